/*
 * A verifier's text form, which is one way of writing it; and what makes
 * verifiers: a password, and the name of a user who is not there. The first
 * byte says which.
 */
#include "fuzz.h"

#include "scram/saslprep.h"
#include "scram/verifier.h"

const size_t fuzz_input_max = SCRAM_PASSWORD_MAX + SCRAM_SALT_MAX + FUZZ_OVER;

static void
text(struct slice rest)
{
    uint8_t memory[SCRAM_VERIFIER_TEXT_MAX];
    struct buffer again = BUFFER_ARRAY(memory);
    struct slice bytes = fuzz_copy(rest);
    struct scram_verifier v = {.iterations = 7};
    enum scram_status status = scram_verifier_parse(bytes, &v);

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(v.enabled && v.iterations != 0);
        FUZZ_CHECK(slice_starts_with(
            bytes, slice_of(scram_mechanism_name(v.mechanism))));
        FUZZ_CHECK(v.salt_len != 0 && v.salt_len <= SCRAM_SALT_MAX);
        scram_verifier_format(&v, &again);
        FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
    } else {
        FUZZ_CHECK(v.iterations == 7);
    }
    fuzz_free(bytes);
}

static void
decoy(struct slice rest)
{
    enum scram_mechanism mechanism =
        (enum scram_mechanism)(fuzz_byte(&rest) % SCRAM_MECHANISMS);
    uint8_t salt_len = fuzz_byte(&rest);
    struct slice secret = fuzz_block(&rest);
    struct scram_verifier v, again;
    struct scram_decoys *decoys = NULL;
    unsigned number = 99;
    enum scram_status status = scram_decoys_new(secret, &decoys);

    FUZZ_CHECK((status == SCRAM_OK) == (secret.len == SCRAM_DECOY_SECRET_LEN));
    if (status != SCRAM_OK)
        return;
    FUZZ_CHECK(scram_decoys_draw(decoys, rest, &number) == SCRAM_OK &&
               number < 16);
    status = scram_verifier_decoy(decoys, mechanism, rest, 4096, salt_len, &v);
    FUZZ_CHECK((status == SCRAM_OK) ==
               (salt_len != 0 && salt_len <= SCRAM_SALT_MAX));
    if (status == SCRAM_OK) {
        FUZZ_CHECK(!v.enabled && v.salt_len == salt_len);
        FUZZ_CHECK(scram_verifier_decoy(decoys, mechanism, rest, 4096, salt_len,
                                        &again) == SCRAM_OK);
        FUZZ_CHECK(!memcmp(v.salt, again.salt, salt_len));
    }
    scram_decoys_free(decoys);
}

static void
derive(struct slice rest)
{
    enum scram_mechanism mechanism =
        (enum scram_mechanism)(fuzz_byte(&rest) % SCRAM_MECHANISMS);
    uint32_t iterations = 4095 + (uint32_t)fuzz_byte(&rest) % 2;
    struct slice salt = fuzz_block(&rest);
    struct scram_verifier v = {.iterations = 7};
    enum scram_status status;

    FUZZ_CHECK(scram_default_iterations(mechanism) >= SCRAM_ITERATIONS_MIN);
    if (salt.len == 0)
        return;
    status = scram_verifier_derive(mechanism, rest, salt, iterations, &v);
    if (status == SCRAM_OK)
        FUZZ_CHECK(v.enabled && v.iterations == 4096 &&
                   !memcmp(v.salt, salt.data, salt.len));
    else
        FUZZ_CHECK(status == SCRAM_BAD_PASSWORD ||
                   (status == SCRAM_BAD_ARGUMENT &&
                    (iterations == 4095 || salt.len > SCRAM_SALT_MAX)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    uint8_t which = fuzz_byte(&rest);

    if (which == 'd')
        decoy(rest);
    else if (which == 'p')
        derive(rest);
    else
        text(rest);
    return 0;
}
