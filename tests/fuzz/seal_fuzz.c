/*
 * The seal of a login, and the keys that are written down. A seal is right as
 * it was made and in no other way; keys that are read are in their time, and
 * are written as they were.
 */
#include "fuzz.h"

#include "base/pack.h"
#include "daemon/seal.h"
#include "wire/message.h"

const size_t fuzz_input_max = 2 * WIRE_FIRST_MAX + FUZZ_OVER;

#define NOW 50000000000 /* ms */

/* Any bytes: the keys are known here, so that a fuzzer which sees what is
 * compared finds the right ones, and they are what seal_make makes. */
static void
try_bytes(struct sealer *sealer, const struct seal_scope *scope,
          struct slice rest)
{
    struct slice bytes = fuzz_copy(rest);
    struct seal_keys older = {.keys = {sealer->keys.keys[1]}, .count = 1};
    struct sealer other = {.keys = {.count = 0}};
    uint8_t made[SEAL_LEN];
    struct buffer seal = BUFFER_ARRAY(made);
    bool is_older;

    if (seal_check(sealer, scope, bytes, NOW) != SCRAM_BROKER_ANEW) {
        FUZZ_CHECK(bytes.len == SEAL_LEN);
        is_older = big_endian_read(bytes.data, 8) == older.keys[0].epoch;
        FUZZ_CHECK(sealer_set(&other, &older) == SCRAM_OK);
        FUZZ_CHECK(seal_make(is_older ? &other : sealer, scope,
                             big_endian_read(bytes.data + 8, 8),
                             &seal) == SCRAM_OK);
        FUZZ_CHECK(slice_equal(bytes, buffer_slice(&seal)));
        sealer_end(&other);
    }
    fuzz_free(bytes);
}

static void
try_seal(struct slice rest)
{
    static const struct seal_keys keys = {
        .keys = {{NOW, {{1}}}, {NOW - SEAL_KEY_MS, {{2}}}}, .count = 2};
    struct sealer sealer = {.keys = {.count = 0}};
    struct seal_scope scope = {.uid = 33, .location = SLICE("file:/users")};
    uint64_t expiry = NOW + fuzz_number(&rest, 4);
    uint8_t bytes[SEAL_LEN];
    struct buffer seal = BUFFER_ARRAY(bytes);
    enum scram_status status;
    bool changed;

    scope.client_first = fuzz_block(&rest);
    scope.server_first = fuzz_block(&rest);
    FUZZ_CHECK(sealer_set(&sealer, &keys) == SCRAM_OK);
    FUZZ_CHECK(seal_make(&sealer, &scope, expiry, &seal) == SCRAM_OK);
    FUZZ_CHECK(seal.len == SEAL_LEN && !seal.overflow);
    changed = fuzz_edit(&rest, bytes, sizeof(bytes));
    status = seal_check(&sealer, &scope, buffer_slice(&seal), NOW + 1000);
    FUZZ_CHECK(status == (changed                ? SCRAM_BROKER_ANEW
                          : expiry <= NOW + 1000 ? SCRAM_TOO_LATE
                                                 : SCRAM_OK));
    try_bytes(&sealer, &scope, rest);
    sealer_end(&sealer);
}

static void
try_keys(struct slice rest)
{
    struct seal_keys keys = {.count = 7};
    struct slice bytes = fuzz_copy(rest);
    size_t i;

    if (!seal_keys_parse(bytes, NOW, &keys)) {
        FUZZ_CHECK(keys.count == 7);
    } else {
        FUZZ_CHECK(keys.count <= SEAL_KEYS && keys.count <= bytes.len / 40);
        for (i = 0; i < keys.count; i++) {
            FUZZ_CHECK(keys.keys[i].epoch <= NOW);
            FUZZ_CHECK(NOW - keys.keys[i].epoch < 2 * SEAL_KEY_MS);
            FUZZ_CHECK(memmem(bytes.data, bytes.len, keys.keys[i].key.data,
                              32) != NULL);
        }
    }
    fuzz_free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};

    if (fuzz_byte(&rest) % 2 == 0)
        try_seal(rest);
    else
        try_keys(rest);
    return 0;
}
