#include "daemon/agent/entry_keys.h"

#include "base/big_endian.h"

enum scram_status
entry_salt_of(struct slice bytes, uint32_t iterations, struct entry_salt *salt)
{
    uint8_t text[4 + 1024];
    struct buffer all = BUFFER_ARRAY(text);

    big_endian_write(text, 4, iterations);
    all.len = 4;
    buffer_put(&all, bytes);
    if (all.overflow)
        return SCRAM_BAD_ARGUMENT;
    return scram_h(SCRAM_SHA_256, buffer_slice(&all), &salt->hash);
}

const struct scram_keys *
entry_keys_find(struct entry_keys *k, const struct entry_salt *salt)
{
    size_t i;

    for (i = 0; i < ENTRY_KEYS_MAX; i++) {
        if (k->list[i].used != 0 &&
            memcmp(&k->list[i].salt, salt, sizeof(*salt)) == 0) {
            k->list[i].used = ++k->clock;
            return &k->list[i].keys;
        }
    }
    return NULL;
}

uint64_t
entry_keys_take_turn(struct entry_keys *k, uint64_t now)
{
    const uint64_t most = (uint64_t)ENTRY_KEYS_AT_ONCE * ENTRY_KEYS_EACH_MS;
    uint64_t end =
        (k->budget_end > now ? k->budget_end : now) + ENTRY_KEYS_EACH_MS;

    if (end - now > most)
        return end - now - most;
    k->budget_end = end;
    return 0;
}

void
entry_keys_put(struct entry_keys *k, const struct entry_salt *salt,
               const struct scram_keys *derived)
{
    size_t i, oldest = 0;

    for (i = 1; i < ENTRY_KEYS_MAX; i++) {
        if (k->list[i].used < k->list[oldest].used)
            oldest = i;
    }
    k->list[oldest].salt = *salt;
    k->list[oldest].keys = *derived;
    k->list[oldest].used = ++k->clock;
}

void
entry_keys_forget(struct entry_keys *k)
{
    OPENSSL_cleanse(k->list, sizeof(k->list));
}
