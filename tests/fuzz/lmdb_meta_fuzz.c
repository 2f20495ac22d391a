/*
 * What a store says of itself, and its verifiers' keys and records, as whoever
 * can write its file may have made them. The input is pairs of a block of key
 * and one of value for the database `meta`, as many as the first byte says, and
 * then for `verifiers`. LMDB's own pages are not touched: it trusts them.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <lmdb.h>

#include "store/lmdb_meta.h"
#include "store/record.h"
#include "store/store.h"

static MDB_env *env;
static MDB_dbi meta, verifiers;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    MDB_txn *txn;

    (void)argc;
    (void)argv;
    FUZZ_CHECK(mdb_env_create(&env) == 0);
    FUZZ_CHECK(mdb_env_set_maxdbs(env, LMDB_DATABASES) == 0);
    FUZZ_CHECK(mdb_env_open(env, fuzz_path("meta.mdb"),
                            MDB_NOSUBDIR | MDB_NOSYNC, 0600) == 0);
    FUZZ_CHECK(mdb_txn_begin(env, NULL, 0, &txn) == 0);
    FUZZ_CHECK(mdb_dbi_open(txn, LMDB_META, MDB_CREATE, &meta) == 0);
    FUZZ_CHECK(mdb_dbi_open(txn, LMDB_VERIFIERS, MDB_CREATE, &verifiers) == 0);
    FUZZ_CHECK(mdb_txn_commit(txn) == 0);
    return 0;
}

static void
put(MDB_txn *txn, MDB_dbi dbi, struct slice *rest)
{
    struct slice key = fuzz_block(rest), value = fuzz_block(rest);
    MDB_val k = lmdb_val(key), v = lmdb_val(value);

    if (key.len != 0 && key.len <= 511)
        FUZZ_CHECK(mdb_put(txn, dbi, &k, &v, 0) == 0);
}

/* Whether LMDB, or what reads it, may say so. */
static void
check_rc(int rc)
{
    FUZZ_CHECK(rc == 0 || rc == MDB_NOTFOUND || rc == MDB_CORRUPTED);
}

static void
read_meta(MDB_txn *txn)
{
    struct lmdb_usual usual;
    struct secret_key secret;
    uint32_t version;
    int m, rc;

    check_rc(lmdb_meta_format(txn, meta, &version));
    check_rc(lmdb_meta_secret(txn, meta, &secret));
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        rc = lmdb_meta_usual(txn, meta, (enum scram_mechanism)m, &usual);
        check_rc(rc);
        FUZZ_CHECK(rc != 0 || (usual.iterations != 0 && usual.salt_len != 0 &&
                               usual.salt_len <= SCRAM_SALT_MAX));
    }
}

static void
change_meta(MDB_txn *txn, struct slice *rest)
{
    struct scram_verifier v = {.mechanism = SCRAM_SHA_256};
    struct lmdb_usual usual;
    uint8_t changes = fuzz_byte(rest) % 16;
    int rc;

    while (changes-- > 0) {
        uint8_t how = fuzz_byte(rest);

        v.mechanism = how & 1 ? SCRAM_SHA_1 : SCRAM_SHA_256;
        v.iterations = 4096 + (how >> 2 & 3);
        v.salt_len = 16 + (how >> 4 & 3);
        rc = lmdb_meta_count(txn, meta, &v, how & 2 ? -1 : 1);
        check_rc(rc);
        if (rc == 0)
            check_rc(lmdb_meta_usual(txn, meta, v.mechanism, &usual));
    }
}

static void
read_verifiers(MDB_txn *txn)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    struct scram_verifier v;
    enum scram_mechanism mechanism;
    struct slice user;

    FUZZ_CHECK(mdb_cursor_open(txn, verifiers, &cursor) == 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        if (store_key_read(lmdb_slice(key), &mechanism, &user) == SCRAM_OK)
            (void)store_record_read(lmdb_slice(value), mechanism, &v);
    }
    mdb_cursor_close(cursor);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    MDB_txn *txn;
    uint8_t n;

    FUZZ_CHECK(mdb_txn_begin(env, NULL, 0, &txn) == 0);
    n = fuzz_byte(&rest);
    if (n & 0x80)
        FUZZ_CHECK(lmdb_meta_init(txn, meta) == 0);
    for (n &= 0x1f; n > 0; n--)
        put(txn, meta, &rest);
    for (n = fuzz_byte(&rest) & 0x1f; n > 0; n--)
        put(txn, verifiers, &rest);
    read_meta(txn);
    read_verifiers(txn);
    change_meta(txn, &rest);
    mdb_txn_abort(txn);
    return 0;
}
