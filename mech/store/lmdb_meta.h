/*
 * What a store says of itself, in the database `meta` of its file:
 *
 *   "format"                                    version, 4 bytes
 *   "secret"                                    32 random bytes, for decoys
 *   "count", mechanism, iterations, salt_len    how many verifiers have them
 *   "usual", mechanism                          the most frequent of those
 *
 * The last two follow each change of the database `verifiers` in the same
 * transaction, so that a decoy looks like most of the users who are there.
 * The functions return what LMDB returns, and MDB_CORRUPTED for what is there
 * and does not make sense.
 */
#ifndef STORE_LMDB_META_H
#define STORE_LMDB_META_H

#include <lmdb.h>
#include <stdint.h>

#include "base/secret.h"
#include "scram/verifier.h"

#define LMDB_VERIFIERS "verifiers" /* the two databases of a file */
#define LMDB_META "meta"
#define LMDB_DATABASES 2

#define LMDB_FORMAT 1 /* the version that we read and write */

static inline MDB_val
lmdb_val(struct slice s)
{
    return (MDB_val){s.len, (void *)(uintptr_t)s.data};
}

static inline struct slice
lmdb_slice(MDB_val value)
{
    return (struct slice){value.mv_data, value.mv_size};
}

/* Write the version of the format, and a new secret. */
int lmdb_meta_init(MDB_txn *txn, MDB_dbi meta);

int lmdb_meta_format(MDB_txn *txn, MDB_dbi meta, uint32_t *version);

int lmdb_meta_secret(MDB_txn *txn, MDB_dbi meta, struct secret_key *secret);

/* What the verifiers of one mechanism most often have. */
struct lmdb_usual {
    uint32_t iterations;
    uint8_t salt_len;
};

/* The usual values; what a new verifier would get while there is none. */
int lmdb_meta_usual(MDB_txn *txn, MDB_dbi meta, enum scram_mechanism mechanism,
                    struct lmdb_usual *usual);

/*
 * Count a verifier that has come or gone.
 *
 * @param change  1 or -1
 */
int lmdb_meta_count(MDB_txn *txn, MDB_dbi meta,
                    const struct scram_verifier *verifier, int change);

#endif
