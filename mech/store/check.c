#include "store/check.h"

enum scram_status
store_check_user(struct slice user, struct sentence *why)
{
    if (user.len > 0 && user.len <= SCRAM_USER_MAX &&
        memchr(user.data, '\0', user.len) == NULL)
        return SCRAM_OK;
    sentence_write(why, "a user's name has 1 to %d bytes, none of them NUL",
                   SCRAM_USER_MAX);
    return SCRAM_BAD_ARGUMENT;
}

enum scram_status
store_check_put(struct slice user, const struct scram_verifier *v,
                struct sentence *why)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(space);
    enum scram_status status = store_check_user(user, why);

    if (status != SCRAM_OK)
        return status;
    if (scram_prepare_user(user, &prepared) != SCRAM_OK ||
        !slice_equal(buffer_slice(&prepared), user)) {
        sentence_write(why, "a user's name has to be in SASLprep's form");
        return SCRAM_BAD_ARGUMENT;
    }
    if (v->mechanism >= SCRAM_MECHANISMS || v->iterations == 0 ||
        v->iterations > INT32_MAX || v->salt_len == 0 ||
        v->salt_len > SCRAM_SALT_MAX) {
        sentence_write(why, "the verifier has no mechanism, salt or count");
        return SCRAM_BAD_ARGUMENT;
    }
    return SCRAM_OK;
}
