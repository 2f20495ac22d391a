#include "daemon/lmdb/record.h"

#include "base/pack.h"

enum {
    VERSION = 1,
    FLAG_DISABLED = 1,
    FLAG_EARLIER = 2,
    FLAG_EXPIRES = 4,
    FLAG_GROUPS = 8,
    FLAGS = FLAG_DISABLED | FLAG_EARLIER | FLAG_EXPIRES | FLAG_GROUPS,
    CHECK_LEN = 8
};

/* What never changes its meaning, in the order of the names. */
static const uint8_t mechanism_bytes[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_1] = 1,
    [SCRAM_SHA_256] = 2,
};

void
lmdb_record_wipe(struct lmdb_record *record)
{
    OPENSSL_cleanse(record, sizeof(*record));
}

void
lmdb_key_write(enum scram_mechanism mechanism, struct slice user,
               struct buffer *key)
{
    uint8_t tail[2] = {0, mechanism_bytes[mechanism]};

    buffer_put(key, user);
    buffer_put(key, SLICE_ARRAY(tail));
}

bool
lmdb_key_read(struct slice key, enum scram_mechanism *mechanism,
              struct slice *user)
{
    struct slice name;
    int m;

    if (key.len < 3 || key.len > LMDB_KEY_MAX)
        return false;
    name = (struct slice){key.data, key.len - 2};
    if (memchr(name.data, 0, name.len) != NULL || key.data[name.len] != 0)
        return false;
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (key.data[name.len + 1] == mechanism_bytes[m]) {
            *mechanism = (enum scram_mechanism)m;
            *user = name;
            return true;
        }
    }
    return false;
}

/* FNV-1a, of 64 bits: each byte of any of the pieces changes all of it, and it
 * takes the same time whatever they are, keys among them. */
static uint64_t
check_byte(uint64_t check, uint8_t byte)
{
    return (check ^ byte) * 0x100000001b3u;
}

static uint64_t
check_of(struct slice key, struct slice body)
{
    uint64_t check = 0xcbf29ce484222325u;
    size_t i;

    for (i = 0; i < key.len; i++)
        check = check_byte(check, key.data[i]);
    for (i = 0; i < body.len; i++)
        check = check_byte(check, body.data[i]);
    return check;
}

/* Whether those bytes are the check, which keys have a part in. */
static bool
is_check(struct slice bytes, struct slice key, struct slice body)
{
    uint8_t check[CHECK_LEN];

    big_endian_write(check, sizeof(check), check_of(key, body));
    return secret_equal(check, bytes.data, sizeof(check));
}

void
lmdb_record_write(struct slice key, const struct lmdb_record *r,
                  struct buffer *bytes)
{
    const struct scram_verifier *v = &r->verifier;
    size_t begin = bytes->len, hash_len = scram_hash_len(v->mechanism);
    unsigned flags = (v->enabled ? 0u : FLAG_DISABLED) |
                     (r->replaced != 0 ? FLAG_EARLIER : 0u) |
                     (v->expires != 0 ? FLAG_EXPIRES : 0u) |
                     (v->groups.len != 0 ? FLAG_GROUPS : 0u);

    pack_number(bytes, 1, VERSION);
    pack_number(bytes, 1, flags);
    pack_number(bytes, 1, v->salt_len);
    pack_number(bytes, 4, v->iterations);
    pack_number(bytes, 8, r->changed);
    buffer_put(bytes, (struct slice){v->salt, v->salt_len});
    buffer_put(bytes, (struct slice){v->stored_key.data, hash_len});
    buffer_put(bytes, (struct slice){v->server_key.data, hash_len});
    if (r->replaced != 0) {
        pack_number(bytes, 8, r->replaced);
        buffer_put(bytes, (struct slice){r->earlier.data, hash_len});
    }
    if (v->expires != 0)
        pack_number(bytes, 8, v->expires);
    if (v->groups.len != 0)
        pack_bytes(bytes, groups_slice(&v->groups));
    pack_number(
        bytes, CHECK_LEN,
        check_of(key, (struct slice){bytes->data + begin, bytes->len - begin}));
}

/* Take a key of the mechanism's length. */
static void
lmdb_record_take_key(struct unpack *u, size_t len, struct secret_key *key)
{
    struct slice bytes = unpack_raw(u, len);

    if (!u->failed)
        memcpy(key->data, bytes.data, len);
}

/* Take a time that is there, and so is not 0. */
static uint64_t
take_time(struct unpack *u)
{
    uint64_t time = unpack_number(u, 8, UINT64_MAX);

    u->failed = u->failed || time == 0;
    return time;
}

/* What comes behind the keys, as the flags say. */
static void
take_rest(struct unpack *u, unsigned flags, size_t hash_len,
          struct lmdb_record *r)
{
    struct slice groups;

    if (flags & FLAG_EARLIER) {
        r->replaced = take_time(u);
        lmdb_record_take_key(u, hash_len, &r->earlier);
    }
    if (flags & FLAG_EXPIRES)
        r->verifier.expires = take_time(u);
    if (flags & FLAG_GROUPS) {
        groups = unpack_bytes(u, GROUPS_TEXT_MAX);
        u->failed = u->failed || groups.len == 0 ||
                    !groups_set(&r->verifier.groups, groups);
    }
}

bool
lmdb_record_read(struct slice key, struct slice bytes,
                 struct lmdb_record *record)
{
    struct lmdb_record r CLEANUP_LMDB_RECORD = {.changed = 0};
    struct unpack u = {.rest = bytes};
    struct slice user, salt, body, check;
    uint64_t version;
    size_t hash_len;
    unsigned flags;

    if (!lmdb_key_read(key, &r.verifier.mechanism, &user))
        return false;
    hash_len = scram_hash_len(r.verifier.mechanism);
    version = unpack_number(&u, 1, VERSION);
    flags = (unsigned)unpack_number(&u, 1, FLAGS);
    r.verifier.salt_len = (uint8_t)unpack_number(&u, 1, SCRAM_SALT_MAX);
    r.verifier.iterations = (uint32_t)unpack_number(&u, 4, INT32_MAX);
    r.changed = unpack_number(&u, 8, UINT64_MAX);
    salt = unpack_raw(&u, r.verifier.salt_len);
    lmdb_record_take_key(&u, hash_len, &r.verifier.stored_key);
    lmdb_record_take_key(&u, hash_len, &r.verifier.server_key);
    take_rest(&u, flags, hash_len, &r);
    body = slice_before(bytes, u.rest);
    check = unpack_raw(&u, CHECK_LEN);
    if (!unpack_complete(&u) || version != VERSION || salt.len == 0 ||
        r.verifier.iterations == 0 || !is_check(check, key, body))
        return false;
    memcpy(r.verifier.salt, salt.data, salt.len);
    r.verifier.enabled = (flags & FLAG_DISABLED) == 0;
    *record = r;
    return true;
}

bool
lmdb_record_has_earlier(const struct lmdb_record *record, uint64_t now)
{
    return record->replaced != 0 && record->replaced <= now &&
           now - record->replaced <= LMDB_EARLIER_SECONDS;
}
