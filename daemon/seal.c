#include "daemon/seal.h"

#include <sys/types.h>

#include "base/pack.h"

#define LABEL "gss-scram seal 1"
#define HEAD_LEN (sizeof(LABEL) - 1 + 8 + 8 + 4 + 1 + 4)
#define MAC_LEN 32
#define KEY_LEN 32

void
seal_keys_wipe(struct seal_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}

bool
seal_keys_parse(struct slice bytes, uint64_t now, struct seal_keys *keys)
{
    struct seal_keys parsed = {.count = 0};
    struct unpack u = {bytes,
                       bytes.len == 0 || bytes.len > SEAL_KEYS * (8 + KEY_LEN)};
    struct seal_key *key;
    struct slice taken;

    while (!u.failed && u.rest.len != 0) {
        key = &parsed.keys[parsed.count];
        key->epoch = unpack_number(&u, 8, now);
        taken = unpack_raw(&u, KEY_LEN);
        if (u.failed)
            break;
        memcpy(key->key.data, taken.data, KEY_LEN);
        if (now - key->epoch < SEAL_KEYS * (uint64_t)SEAL_KEY_MS)
            parsed.count++;
    }
    if (!u.failed)
        *keys = parsed;
    seal_keys_wipe(&parsed);
    return !u.failed;
}

enum scram_status
sealer_set(struct sealer *sealer, const struct seal_keys *keys)
{
    struct sealer made = {.keys = *keys};
    enum scram_status status = SCRAM_OK;
    size_t i;

    for (i = 0; status == SCRAM_OK && i < keys->count; i++) {
        status = scram_mac_begin(SCRAM_SHA_256, &made.macs[i]);
        if (status == SCRAM_OK)
            status = scram_mac_key(&made.macs[i],
                                   SLICE_ARRAY(keys->keys[i].key.data));
    }
    sealer_end(status == SCRAM_OK ? sealer : &made);
    if (status == SCRAM_OK)
        *sealer = made;
    seal_keys_wipe(&made.keys);
    return status;
}

void
sealer_end(struct sealer *sealer)
{
    size_t i;

    for (i = 0; i < SEAL_KEYS; i++)
        scram_mac_end(&sealer->macs[i]);
    seal_keys_wipe(&sealer->keys);
    *sealer = (struct sealer){0};
}

/* HMAC with the key of that place. */
static enum scram_status
seal_compute(struct sealer *sealer, size_t place,
             const struct seal_scope *scope, uint64_t expiry,
             struct secret_key *mac)
{
    uint8_t memory[HEAD_LEN], client_len[4], server_len[4];
    struct buffer head = BUFFER_ARRAY(memory);
    const struct slice parts[] = {
        {memory, sizeof(memory)}, scope->location,
        SLICE_ARRAY(client_len),  scope->client_first,
        SLICE_ARRAY(server_len),  scope->server_first,
    };

    buffer_put(&head, SLICE(LABEL));
    pack_number(&head, 8, sealer->keys.keys[place].epoch);
    pack_number(&head, 8, expiry);
    pack_number(&head, 4, scope->uid);
    pack_number(&head, 1, scope->mechanism);
    pack_number(&head, 4, scope->location.len);
    big_endian_write(client_len, 4, scope->client_first.len);
    big_endian_write(server_len, 4, scope->server_first.len);
    return scram_mac_compute(&sealer->macs[place], parts,
                             sizeof(parts) / sizeof(parts[0]), mac);
}

enum scram_status
seal_make(struct sealer *sealer, const struct seal_scope *scope,
          uint64_t expiry, struct buffer *seal)
{
    struct secret_key mac CLEANUP_KEY = {{0}};
    enum scram_status status = seal_compute(sealer, 0, scope, expiry, &mac);

    if (status != SCRAM_OK)
        return status;
    pack_number(seal, 8, sealer->keys.keys[0].epoch);
    pack_number(seal, 8, expiry);
    buffer_put(seal, (struct slice){mac.data, MAC_LEN});
    return SCRAM_OK;
}

enum scram_status
seal_check(struct sealer *sealer, const struct seal_scope *scope,
           struct slice seal, uint64_t now)
{
    struct secret_key mac CLEANUP_KEY = {{0}};
    struct unpack u = {seal, false};
    uint64_t epoch = unpack_number(&u, 8, UINT64_MAX);
    uint64_t expiry = unpack_number(&u, 8, UINT64_MAX);
    struct slice sent = unpack_raw(&u, MAC_LEN);
    enum scram_status status;
    size_t place = 0;

    while (place < sealer->keys.count &&
           sealer->keys.keys[place].epoch != epoch)
        place++;
    if (!unpack_complete(&u) || place == sealer->keys.count)
        return SCRAM_BROKER_ANEW;
    status = seal_compute(sealer, place, scope, expiry, &mac);
    if (status != SCRAM_OK)
        return status;
    if (!secret_equal(mac.data, sent.data, MAC_LEN))
        return SCRAM_BROKER_ANEW;
    return now < expiry ? SCRAM_OK : SCRAM_TOO_LATE;
}
