#include "store/lmdb_meta.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdbool.h>

#include "base/big_endian.h"
#include "base/libcrypto.h"
#include "store/record.h"

#define FORMAT SLICE("format")
#define SECRET SLICE("secret")
#define USUAL SLICE("usual")
#define COUNT SLICE("count")

enum {
    FORMAT_LEN = 4,
    USUAL_LEN = 5,  /* iterations, salt_len */
    COUNT_LEN = 8,  /* a number */
    KEY_MAX = 5 + 1 /* "usual" or "count", and the mechanism */
};

/* Read a value that has to have a certain length. */
static int
get(MDB_txn *txn, MDB_dbi meta, struct slice key, size_t len,
    const uint8_t **bytes)
{
    MDB_val k = lmdb_val(key), value;
    int rc = mdb_get(txn, meta, &k, &value);

    if (rc == 0 && value.mv_size != len)
        return MDB_CORRUPTED;
    if (rc == 0)
        *bytes = value.mv_data;
    return rc;
}

static int
put(MDB_txn *txn, MDB_dbi meta, struct slice key, struct slice value)
{
    MDB_val k = lmdb_val(key), v = lmdb_val(value);

    return mdb_put(txn, meta, &k, &v, 0);
}

int
lmdb_meta_init(MDB_txn *txn, MDB_dbi meta)
{
    CLEANUP_KEY struct secret_key secret;
    uint8_t version[FORMAT_LEN];
    bool drawn;

    big_endian_write(version, sizeof(version), LMDB_FORMAT);
    if (!libcrypto_enter())
        return EIO;
    drawn = RAND_bytes(secret.data, sizeof(secret.data)) == 1;
    libcrypto_leave();
    if (!drawn)
        return EIO;
    return put(txn, meta, SECRET, SLICE_ARRAY(secret.data))
               ?: put(txn, meta, FORMAT, SLICE_ARRAY(version));
}

int
lmdb_meta_format(MDB_txn *txn, MDB_dbi meta, uint32_t *version)
{
    const uint8_t *bytes;
    int rc = get(txn, meta, FORMAT, FORMAT_LEN, &bytes);

    if (rc == 0)
        *version = (uint32_t)big_endian_read(bytes, FORMAT_LEN);
    return rc;
}

int
lmdb_meta_secret(MDB_txn *txn, MDB_dbi meta, struct secret_key *secret)
{
    const uint8_t *bytes;
    int rc = get(txn, meta, SECRET, sizeof(secret->data), &bytes);

    if (rc == 0)
        memcpy(secret->data, bytes, sizeof(secret->data));
    return rc;
}

/* Begin a key that has the mechanism in it. */
static void
key_begin(struct buffer *key, struct slice name, enum scram_mechanism mechanism)
{
    uint8_t byte = store_mechanism_byte(mechanism);

    buffer_put(key, name);
    buffer_put(key, (struct slice){&byte, 1});
}

static void
usual_write(struct lmdb_usual usual, uint8_t *bytes)
{
    big_endian_write(bytes, 4, usual.iterations);
    bytes[4] = usual.salt_len;
}

static struct lmdb_usual
usual_read(const uint8_t *bytes)
{
    return (struct lmdb_usual){(uint32_t)big_endian_read(bytes, 4), bytes[4]};
}

int
lmdb_meta_usual(MDB_txn *txn, MDB_dbi meta, enum scram_mechanism mechanism,
                struct lmdb_usual *usual)
{
    uint8_t space[KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    const uint8_t *bytes;
    int rc;

    key_begin(&key, USUAL, mechanism);
    rc = get(txn, meta, buffer_slice(&key), USUAL_LEN, &bytes);
    if (rc == MDB_NOTFOUND) {
        *usual = (struct lmdb_usual){scram_default_iterations(mechanism),
                                     SCRAM_SALT_LEN};
        return 0;
    }
    if (rc != 0)
        return rc;
    *usual = usual_read(bytes);
    if (usual->iterations == 0 || usual->salt_len == 0 ||
        usual->salt_len > SCRAM_SALT_MAX)
        return MDB_CORRUPTED;
    return 0;
}

/* Add to how many have these values. */
static int
add(MDB_txn *txn, MDB_dbi meta, struct slice key, int change)
{
    uint8_t value[COUNT_LEN];
    const uint8_t *bytes;
    uint64_t count = 0;
    MDB_val k = lmdb_val(key);
    int rc = get(txn, meta, key, COUNT_LEN, &bytes);

    if (rc != 0 && rc != MDB_NOTFOUND)
        return rc;
    if (rc == 0)
        count = big_endian_read(bytes, COUNT_LEN);
    if (change < 0 && count <= 1)
        return rc == 0 ? mdb_del(txn, meta, &k, NULL) : 0;
    count = change < 0 ? count - 1 : count + 1;
    big_endian_write(value, sizeof(value), count);
    return put(txn, meta, key, SLICE_ARRAY(value));
}

/*
 * Find the values that most verifiers of a mechanism have. Where several are
 * as frequent, those that were usual so far stay so, as an unknown user's
 * iteration count should not change without need; else the smallest are.
 *
 * @param prefix  of the mechanism's counts
 * @param usual   what was usual so far, and what is now
 * @param most    how many have it; 0 when there is none
 */
static int
find_most(MDB_cursor *cursor, struct slice prefix, struct lmdb_usual *usual,
          uint64_t *most)
{
    struct lmdb_usual so_far = *usual;
    MDB_val key = lmdb_val(prefix), value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

    *most = 0;
    while (rc == 0 && slice_starts_with(lmdb_slice(key), prefix)) {
        struct lmdb_usual these;
        uint64_t count;

        if (key.mv_size != prefix.len + USUAL_LEN || value.mv_size != COUNT_LEN)
            return MDB_CORRUPTED;
        these = usual_read((const uint8_t *)key.mv_data + prefix.len);
        count = big_endian_read(value.mv_data, COUNT_LEN);
        if (count > *most ||
            (count == *most && these.iterations == so_far.iterations &&
             these.salt_len == so_far.salt_len)) {
            *usual = these;
            *most = count;
        }
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Write down what is usual now. */
static int
choose(MDB_txn *txn, MDB_dbi meta, enum scram_mechanism mechanism)
{
    uint8_t usual_space[KEY_MAX], count_space[KEY_MAX], value[USUAL_LEN];
    struct buffer usual_key = BUFFER_ARRAY(usual_space);
    struct buffer counts = BUFFER_ARRAY(count_space);
    struct lmdb_usual usual;
    uint64_t most = 0;
    MDB_cursor *cursor;
    int rc = lmdb_meta_usual(txn, meta, mechanism, &usual)
                 ?: mdb_cursor_open(txn, meta, &cursor);

    if (rc != 0)
        return rc;
    key_begin(&counts, COUNT, mechanism);
    rc = find_most(cursor, buffer_slice(&counts), &usual, &most);
    mdb_cursor_close(cursor);
    if (rc != 0)
        return rc;

    key_begin(&usual_key, USUAL, mechanism);
    if (most == 0) {
        MDB_val key = lmdb_val(buffer_slice(&usual_key));

        rc = mdb_del(txn, meta, &key, NULL);
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    usual_write(usual, value);
    return put(txn, meta, buffer_slice(&usual_key), SLICE_ARRAY(value));
}

int
lmdb_meta_count(MDB_txn *txn, MDB_dbi meta,
                const struct scram_verifier *verifier, int change)
{
    struct lmdb_usual these = {verifier->iterations, verifier->salt_len};
    uint8_t space[KEY_MAX + USUAL_LEN], tail[USUAL_LEN];
    struct buffer key = BUFFER_ARRAY(space);

    usual_write(these, tail);
    key_begin(&key, COUNT, verifier->mechanism);
    buffer_put(&key, SLICE_ARRAY(tail));
    return add(txn, meta, buffer_slice(&key), change)
               ?: choose(txn, meta, verifier->mechanism);
}
