/*
 * Transactions of a store of the kind lmdb. One that reads sees the file that
 * is at the store's path; one that writes makes a new file, and puts it in the
 * place of the old one.
 */
#ifndef STORE_LMDB_TXN_H
#define STORE_LMDB_TXN_H

#include "store/lmdb_env.h"

/* What one who reads works with. */
struct lmdb_reading {
    unsigned seat; /* held while it reads */
    MDB_txn *txn;
    const struct lmdb_env *env;
    struct lmdb_reader *reader; /* the seat's */
};

/*
 * Begin to read, from the file that is at the store's path, or was there some
 * milliseconds ago (LMDB_LOOK_INTERVAL).
 *
 * @param r  set on SCRAM_OK alone; end it with lmdb_read_end
 * @return SCRAM_OK, or as store_open does
 */
enum scram_status lmdb_read_begin(struct lmdb_store *store,
                                  struct lmdb_reading *r, struct sentence *why);

void lmdb_read_end(struct lmdb_reading *r);

/*
 * What makes the store's decoys; valid until reading ends.
 *
 * @param decoys  set on SCRAM_OK alone
 * @return as scram_decoys_new
 */
enum scram_status lmdb_read_decoys(struct lmdb_reading *r,
                                   struct scram_decoys **decoys);

/*
 * Make a change to the file that is at the store's path. It is on disk when
 * this returns SCRAM_OK, or will be after lmdb_commit when changes are made
 * together; and it is not made otherwise.
 *
 * @param store  a writable one
 * @return SCRAM_OK; SCRAM_USER_EXISTS when @p change returned MDB_KEYEXIST,
 *         SCRAM_NO_USER when it returned MDB_NOTFOUND, both without a
 *         sentence; or as store_open does
 */
enum scram_status lmdb_write(struct lmdb_store *store, lmdb_change *change,
                             void *data, struct sentence *why);

/* What struct store_ops has under these names. */
void lmdb_begin(struct store *base);
enum scram_status lmdb_commit(struct store *base, struct sentence *why);

#endif
