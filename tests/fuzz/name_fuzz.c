/*
 * User names and passwords: escaped and unescaped, and prepared by SASLprep,
 * which leaves alone what it has prepared.
 */
#include "fuzz.h"

#include "scram/saslname.h"
#include "scram/saslprep.h"
#include "scram/verifier.h"

/* A password, and a name that is escaped. */
const size_t fuzz_input_max = 3 * SCRAM_PASSWORD_MAX + FUZZ_OVER;

static void
escape(struct slice saslname)
{
    size_t size = saslname.len;
    uint8_t *decoded = malloc(size + 1), *encoded = malloc(3 * size + 1);
    struct buffer user = {decoded, 0, size, false};
    struct buffer text = {encoded, 0, 3 * size, false};

    if (scram_saslname_decode(saslname, &user) == SCRAM_OK) {
        scram_saslname_encode(buffer_slice(&user), &text);
        FUZZ_CHECK(!text.overflow);
        /* No parser leaves a comma in a saslname. */
        FUZZ_CHECK(slice_equal(buffer_slice(&text), saslname) ||
                   memchr(saslname.data, ',', saslname.len) != NULL);
    }
    text = (struct buffer){encoded, 0, 3 * size, false};
    user = (struct buffer){decoded, 0, size, false};
    scram_saslname_encode(saslname, &text);
    FUZZ_CHECK(scram_saslname_decode(buffer_slice(&text), &user) == SCRAM_OK);
    FUZZ_CHECK(slice_equal(buffer_slice(&user), saslname));
    free(decoded);
    free(encoded);
}

static void
prepare_user(struct slice text)
{
    uint8_t memory[3][SCRAM_USER_MAX];
    struct buffer once = BUFFER_ARRAY(memory[0]);
    struct buffer twice = BUFFER_ARRAY(memory[1]);
    struct buffer new = BUFFER_ARRAY(memory[2]);
    enum scram_status status = scram_prepare_user(text, &once);

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_USERNAME);
    FUZZ_CHECK((status == SCRAM_OK) == (once.len != 0));
    if (status == SCRAM_OK) {
        FUZZ_CHECK(memchr(once.data, '\0', once.len) == NULL);
        FUZZ_CHECK(scram_prepare_user(buffer_slice(&once), &twice) == SCRAM_OK);
        FUZZ_CHECK(slice_equal(buffer_slice(&once), buffer_slice(&twice)));
    }
    /* What is to be stored is prepared alike, or refused. */
    if (scram_prepare_new_user(text, &new) == SCRAM_OK)
        FUZZ_CHECK(slice_equal(buffer_slice(&once), buffer_slice(&new)));
}

static void
prepare_password(struct slice text)
{
    struct secret prepared;
    enum scram_status status = scram_prepare_password(text, &prepared);

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_PASSWORD);
    if (status != SCRAM_OK)
        return;
    FUZZ_CHECK(prepared.len != 0 && prepared.len <= SCRAM_PASSWORD_MAX);
    secret_clear(&prepared);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = fuzz_copy((struct slice){data, size});

    escape(text);
    prepare_user(text);
    prepare_password(text);
    fuzz_free(text);
    return 0;
}
