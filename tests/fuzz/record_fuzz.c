/*
 * A store's keys and records: what is read is written again as it was.
 */
#include "fuzz.h"

#include "store/record.h"

static void
key(struct slice bytes)
{
    uint8_t memory[STORE_KEY_MAX];
    struct buffer again = BUFFER_ARRAY(memory);
    enum scram_mechanism mechanism;
    struct slice user;
    enum scram_status status = store_key_read(bytes, &mechanism, &user);

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(fuzz_is_within(user, bytes));
        FUZZ_CHECK(store_key_write(mechanism, user, &again) == SCRAM_OK);
        FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
    }
    /* And any bytes as a user. */
    again = BUFFER_ARRAY(memory);
    if (store_key_write(SCRAM_SHA_1, bytes, &again) != SCRAM_OK)
        return;
    FUZZ_CHECK(store_key_read(buffer_slice(&again), &mechanism, &user) ==
               SCRAM_OK);
    FUZZ_CHECK(mechanism == SCRAM_SHA_1 && slice_equal(user, bytes));
}

static void
record(enum scram_mechanism mechanism, struct slice bytes)
{
    uint8_t memory[STORE_RECORD_MAX];
    struct buffer again = BUFFER_ARRAY(memory);
    struct scram_verifier v = {.iterations = 7};
    enum scram_status status = store_record_read(bytes, mechanism, &v);

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING);
    if (status != SCRAM_OK) {
        FUZZ_CHECK(v.iterations == 7);
        /* A verifier that makes no sense is not written. */
        if (bytes.len > 1) {
            v.salt_len = bytes.data[0];
            v.iterations = bytes.data[1];
            v.mechanism = mechanism;
            FUZZ_CHECK((store_record_write(&v, &again) == SCRAM_OK) ==
                       (mechanism < SCRAM_MECHANISMS && v.iterations != 0 &&
                        v.salt_len != 0 && v.salt_len <= SCRAM_SALT_MAX));
        }
        return;
    }
    FUZZ_CHECK(v.salt_len != 0 && v.salt_len <= SCRAM_SALT_MAX);
    FUZZ_CHECK(store_record_write(&v, &again) == SCRAM_OK);
    FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, bytes;
    uint8_t which = fuzz_byte(&rest);

    bytes = fuzz_copy(rest);
    if (which % 4 == 0)
        key(bytes);
    else
        record((enum scram_mechanism)(which % 4 - 1), bytes);
    fuzz_free(bytes);
    return 0;
}
