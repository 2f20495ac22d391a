#include "store/record.h"

#include "base/big_endian.h"

enum {
    VERSION = 1,
    FLAG_ENABLED = 1 /* the only flag of this version */
};

static const uint8_t mechanism_bytes[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_256] = 1,
    [SCRAM_SHA_1] = 2,
};

uint8_t
store_mechanism_byte(enum scram_mechanism mechanism)
{
    return mechanism_bytes[mechanism];
}

static bool
is_mechanism(enum scram_mechanism mechanism)
{
    return (unsigned)mechanism < SCRAM_MECHANISMS;
}

enum scram_status
store_key_write(enum scram_mechanism mechanism, struct slice user,
                struct buffer *key)
{
    uint8_t tail[2] = {0};

    if (!is_mechanism(mechanism) || user.len == 0 ||
        user.len > SCRAM_USER_MAX || memchr(user.data, 0, user.len) != NULL)
        return SCRAM_BAD_ARGUMENT;
    tail[1] = store_mechanism_byte(mechanism);
    buffer_put(key, user);
    buffer_put(key, SLICE_ARRAY(tail));
    return SCRAM_OK;
}

enum scram_status
store_key_read(struct slice key, enum scram_mechanism *mechanism,
               struct slice *user)
{
    struct slice name = {key.data, key.len - 2};
    int i;

    if (key.len < 3 || key.len > STORE_KEY_MAX ||
        memchr(name.data, 0, name.len) != NULL || key.data[name.len] != 0)
        return SCRAM_BAD_ENCODING;
    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        if (key.data[name.len + 1] == mechanism_bytes[i]) {
            *mechanism = (enum scram_mechanism)i;
            *user = name;
            return SCRAM_OK;
        }
    }
    return SCRAM_BAD_ENCODING;
}

size_t
store_record_len(enum scram_mechanism mechanism, uint8_t salt_len)
{
    return STORE_RECORD_HEADER + salt_len + 2 * scram_hash_len(mechanism);
}

enum scram_status
store_record_write(const struct scram_verifier *verifier, struct buffer *record)
{
    uint8_t header[STORE_RECORD_HEADER] = {VERSION};
    size_t hash_len;

    if (!is_mechanism(verifier->mechanism) || verifier->iterations == 0 ||
        verifier->salt_len == 0 || verifier->salt_len > SCRAM_SALT_MAX)
        return SCRAM_BAD_ARGUMENT;
    hash_len = scram_hash_len(verifier->mechanism);
    header[1] = verifier->enabled ? FLAG_ENABLED : 0;
    header[2] = verifier->salt_len;
    big_endian_write(header + 3, 4, verifier->iterations);
    buffer_put(record, SLICE_ARRAY(header));
    buffer_put(record, (struct slice){verifier->salt, verifier->salt_len});
    buffer_put(record, (struct slice){verifier->stored_key.data, hash_len});
    buffer_put(record, (struct slice){verifier->server_key.data, hash_len});
    return SCRAM_OK;
}

enum scram_status
store_record_read(struct slice record, enum scram_mechanism mechanism,
                  struct scram_verifier *verifier)
{
    const uint8_t *at = record.data;
    uint32_t iterations;
    uint8_t salt_len;
    size_t hash_len;

    if (!is_mechanism(mechanism) || record.len < STORE_RECORD_HEADER ||
        at[0] != VERSION || (at[1] & ~FLAG_ENABLED) != 0)
        return SCRAM_BAD_ENCODING;
    salt_len = at[2];
    iterations = (uint32_t)big_endian_read(at + 3, 4);
    if (salt_len == 0 || salt_len > SCRAM_SALT_MAX || iterations == 0 ||
        record.len != store_record_len(mechanism, salt_len))
        return SCRAM_BAD_ENCODING;

    hash_len = scram_hash_len(mechanism);
    *verifier = (struct scram_verifier){
        .mechanism = mechanism,
        .iterations = iterations,
        .salt_len = salt_len,
        .enabled = (at[1] & FLAG_ENABLED) != 0,
    };
    at += STORE_RECORD_HEADER;
    memcpy(verifier->salt, at, salt_len);
    memcpy(verifier->stored_key.data, at + salt_len, hash_len);
    memcpy(verifier->server_key.data, at + salt_len + hash_len, hash_len);
    return SCRAM_OK;
}
