#include "daemon/lmdb/meta.h"

#include <errno.h>
#include <stdlib.h>

#include "base/pack.h"

#define FORMAT SLICE("\0format")
#define DECOY_KEY SLICE("\0decoy-key")

#define KIND_LEN 13 /* bytes of a kind in a tally */

static const struct slice tallies[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_1] = {(const uint8_t *)"\0tally\1", 7},
    [SCRAM_SHA_256] = {(const uint8_t *)"\0tally\2", 7},
};

static int
lmdb_meta_get(MDB_txn *txn, MDB_dbi dbi, struct slice key, struct slice *bytes)
{
    MDB_val k = lmdb_val(key), value;
    int rc = mdb_get(txn, dbi, &k, &value);

    if (rc == 0)
        *bytes = lmdb_slice(value);
    return rc;
}

static int
lmdb_meta_put(MDB_txn *txn, MDB_dbi dbi, struct slice key, struct slice bytes)
{
    MDB_val k = lmdb_val(key), value = lmdb_val(bytes);

    return mdb_put(txn, dbi, &k, &value, 0);
}

int
lmdb_meta_write_format(MDB_txn *txn, MDB_dbi dbi)
{
    uint8_t version[4];

    big_endian_write(version, sizeof(version), LMDB_FORMAT);
    return lmdb_meta_put(txn, dbi, FORMAT, SLICE_ARRAY(version));
}

int
lmdb_meta_read_format(MDB_txn *txn, MDB_dbi dbi, uint32_t *version)
{
    struct slice bytes;
    int rc = lmdb_meta_get(txn, dbi, FORMAT, &bytes);

    if (rc == 0 && bytes.len != 4)
        return MDB_CORRUPTED;
    if (rc == 0)
        *version = (uint32_t)big_endian_read(bytes.data, bytes.len);
    return rc;
}

int
lmdb_meta_write_decoy_key(MDB_txn *txn, MDB_dbi dbi,
                          const struct secret_key *key)
{
    return lmdb_meta_put(txn, dbi, DECOY_KEY, SLICE_ARRAY(key->data));
}

int
lmdb_meta_read_decoy_key(MDB_txn *txn, MDB_dbi dbi, struct secret_key *key)
{
    struct slice bytes;
    int rc = lmdb_meta_get(txn, dbi, DECOY_KEY, &bytes);

    if (rc == 0 && bytes.len != sizeof(key->data))
        return MDB_CORRUPTED;
    if (rc == 0)
        memcpy(key->data, bytes.data, bytes.len);
    return rc;
}

int
lmdb_meta_write_tally(MDB_txn *txn, MDB_dbi dbi, enum scram_mechanism mechanism,
                      const struct file_tally *tally)
{
    size_t i, size = tally->count * KIND_LEN;
    uint8_t *space = malloc(size + 1);
    struct buffer bytes = {space, 0, size, false};
    int rc;

    if (space == NULL)
        return ENOMEM;
    for (i = 0; i < tally->count; i++) {
        pack_number(&bytes, 4, tally->kinds[i].iterations);
        pack_number(&bytes, 1, tally->kinds[i].salt_len);
        pack_number(&bytes, 8, tally->kinds[i].users);
    }
    rc = lmdb_meta_put(txn, dbi, tallies[mechanism], buffer_slice(&bytes));
    free(space);
    return rc;
}

int
lmdb_meta_read_tally(MDB_txn *txn, MDB_dbi dbi, enum scram_mechanism mechanism,
                     struct file_tally *tally)
{
    struct slice bytes;
    struct unpack u;
    int rc = lmdb_meta_get(txn, dbi, tallies[mechanism], &bytes);

    if (rc == MDB_NOTFOUND)
        return 0; /* nobody was ever put */
    if (rc != 0)
        return rc;
    u = (struct unpack){.rest = bytes};
    while (u.rest.len > 0 && !u.failed) {
        uint32_t iterations = (uint32_t)unpack_number(&u, 4, INT32_MAX);
        uint8_t salt_len = (uint8_t)unpack_number(&u, 1, SCRAM_SALT_MAX);
        uint64_t users = unpack_number(&u, 8, UINT32_MAX);

        if (u.failed || iterations == 0 || salt_len == 0 || users == 0 ||
            tally->count == FILE_TALLY_MAX)
            return MDB_CORRUPTED;
        if (!file_tally_add(tally, iterations, salt_len))
            return ENOMEM;
        tally->kinds[tally->last].users += users - 1;
    }
    return u.failed ? MDB_CORRUPTED : 0;
}
