/*
 * Transactions of a store of the kind lmdb: what may get in their way (a fork,
 * another file in the old one's place, a map that is too small, readers that
 * died) is dealt with here, and they are begun again.
 */
#ifndef STORE_LMDB_TXN_H
#define STORE_LMDB_TXN_H

#include "store/lmdb_env.h"

/* What an open transaction works with. */
struct lmdb_txn {
    unsigned seat; /* held while it is open */
    MDB_txn *txn;
    MDB_dbi verifiers;
    MDB_dbi meta;
    struct slice secret;        /* the store's; valid while it is open */
    struct lmdb_reader *reader; /* the seat's; NULL of one that writes */
};

/*
 * Begin to read, from the file that is at the store's path, or was a moment
 * ago.
 *
 * @param t  set on SCRAM_OK alone; end it with lmdb_read_end
 * @return SCRAM_OK, or as store_open does
 */
enum scram_status lmdb_read_begin(struct lmdb_store *store, struct lmdb_txn *t,
                                  struct sentence *why);

void lmdb_read_end(struct lmdb_txn *t);

/*
 * What the verifiers of a mechanism most often have, as lmdb_meta_usual says,
 * but read once for as long as nothing is written; in one that reads.
 */
int lmdb_read_usual(struct lmdb_txn *t, enum scram_mechanism mechanism,
                    struct lmdb_usual *usual);

/*
 * What makes the store's decoys, in a transaction that reads; valid while it
 * is open.
 *
 * @param decoys  set on SCRAM_OK alone
 * @return as scram_decoys_new
 */
enum scram_status lmdb_read_decoys(struct lmdb_txn *t,
                                   struct scram_decoys **decoys);

/*
 * One change: reads and writes in the transaction, and returns what LMDB
 * returned. It is called again when it has to be done again.
 */
typedef int lmdb_change(struct lmdb_txn *t, void *data);

/*
 * Make a change to the file that is at the store's path: it is on disk when
 * this returns SCRAM_OK, and not made otherwise.
 *
 * @param store  a writable one
 * @return SCRAM_OK; SCRAM_USER_EXISTS when @p change returned MDB_KEYEXIST,
 *         SCRAM_NO_USER when it returned MDB_NOTFOUND, both without a
 *         sentence; or as store_open does
 */
enum scram_status lmdb_write(struct lmdb_store *store, lmdb_change *change,
                             void *data, struct sentence *why);

#endif
