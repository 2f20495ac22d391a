/*
 * What a store says of itself, under keys that begin with a NUL, as no user's
 * name does:
 *
 *   NUL "format"           version, 4 bytes
 *   NUL "decoy-key"        32 random bytes
 *   NUL "tally" mechanism  how many verifiers have which count and length of
 *                          salt: iterations (4 bytes), salt-length (1), how
 *                          many (8), in that order, of each kind that there is
 *
 * A tally follows each change in the change's own transaction, so that nobody
 * has to read all users to know what a decoy looks like. The functions return
 * what LMDB returns, and MDB_CORRUPTED for what is there and makes no sense.
 */
#ifndef DAEMON_LMDB_META_H
#define DAEMON_LMDB_META_H

#include <lmdb.h>

#include "base/secret.h"
#include "scram/verifier.h"
#include "store/file_tally.h"

#define LMDB_FORMAT 1 /* the version that is read and written */

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

/* A key that no user's sorts before. */
#define LMDB_FIRST_USER SLICE("\1")

/* Write the version of the format. */
int lmdb_meta_write_format(MDB_txn *txn, MDB_dbi dbi);
int lmdb_meta_read_format(MDB_txn *txn, MDB_dbi dbi, uint32_t *version);

int lmdb_meta_write_decoy_key(MDB_txn *txn, MDB_dbi dbi,
                              const struct secret_key *key);
int lmdb_meta_read_decoy_key(MDB_txn *txn, MDB_dbi dbi, struct secret_key *key);

int lmdb_meta_write_tally(MDB_txn *txn, MDB_dbi dbi,
                          enum scram_mechanism mechanism,
                          const struct file_tally *tally);

/* @param tally  empty; ENOMEM without memory */
int lmdb_meta_read_tally(MDB_txn *txn, MDB_dbi dbi,
                         enum scram_mechanism mechanism,
                         struct file_tally *tally);

#endif
