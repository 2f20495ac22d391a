#include "scram/saslprep.h"

#include <stringprep.h>

#include "scram/verifier.h"

/* NFKC makes at most eighteen characters of one, and few of those occur. */
#define WORK_MAX (4 * SCRAM_PASSWORD_MAX)

/* Printable ASCII is what SASLprep leaves as it is: no need to ask libidn. */
static bool
scram_saslprep_is_plain(struct slice s)
{
    static const uint8_t none = 0;
    size_t i;
    uint8_t odd = 0;

    /* No early end: a password comes this way too. */
    for (i = 0; i < s.len; i++)
        odd |= (uint8_t)((s.data[i] < 0x20) | (s.data[i] > 0x7e));
    return secret_equal(&odd, &none, 1);
}

/*
 * @param prepared  holds the result on true alone
 */
static bool
saslprep(struct slice s, Stringprep_profile_flags flags,
         struct buffer *prepared)
{
    char work[WORK_MAX + 1];
    bool good;

    if (s.len == 0 || s.len > SCRAM_PASSWORD_MAX)
        return false;
    if (scram_saslprep_is_plain(s)) {
        buffer_put(prepared, s);
        return !prepared->overflow;
    }
    if (memchr(s.data, '\0', s.len) != NULL)
        return false;
    memcpy(work, s.data, s.len);
    work[s.len] = '\0';
    good = stringprep(work, sizeof(work), flags, stringprep_saslprep) ==
               STRINGPREP_OK &&
           work[0] != '\0';
    if (good)
        buffer_put(prepared, slice_of(work));
    OPENSSL_cleanse(work, sizeof(work));
    return good && !prepared->overflow;
}

enum scram_status
scram_prepare_password(struct slice password, struct secret *prepared)
{
    uint8_t bytes[SCRAM_PASSWORD_MAX];
    struct buffer buffer = BUFFER_ARRAY(bytes);
    enum scram_status status = SCRAM_OK;

    if (!saslprep(password, STRINGPREP_NO_UNASSIGNED, &buffer))
        status = SCRAM_BAD_PASSWORD;
    else if (!secret_copy(prepared, buffer_slice(&buffer)))
        status = SCRAM_NO_MEMORY;
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return status;
}

/* The flags are those of a stored or of a query string (RFC 3454, section 7).
 */
static enum scram_status
prepare_user(struct slice user, Stringprep_profile_flags flags,
             struct buffer *prepared)
{
    uint8_t bytes[SCRAM_USER_MAX];
    struct buffer buffer = BUFFER_ARRAY(bytes);

    if (!saslprep(user, flags, &buffer))
        return SCRAM_BAD_USERNAME;
    buffer_put(prepared, buffer_slice(&buffer));
    return prepared->overflow ? SCRAM_BAD_USERNAME : SCRAM_OK;
}

enum scram_status
scram_prepare_user(struct slice user, struct buffer *prepared)
{
    return prepare_user(user, 0, prepared);
}

enum scram_status
scram_prepare_new_user(struct slice user, struct buffer *prepared)
{
    return prepare_user(user, STRINGPREP_NO_UNASSIGNED, prepared);
}
