/*
 * A change under way, for the files that it is made of.
 */
#ifndef DAEMON_LMDB_CHANGE_WRITE_H
#define DAEMON_LMDB_CHANGE_WRITE_H

#include "daemon/lmdb/change.h"

/* What is to stand under a key. */
struct lmdb_written {
    struct lmdb_written *next;
    size_t key_len;
    size_t len; /* 0: nothing */
    uint8_t bytes[];
};

struct lmdb_change {
    struct store_transaction transaction;
    struct lmdb_shared *shared;
    MDB_txn *txn;
    struct lmdb_written *first, **end;
    size_t count;
    int failed; /* what LMDB did not do: nothing more is done either */
    uint64_t now;
    struct file_tally tally[SCRAM_MECHANISMS];
    bool new_key;
    struct secret_key key;
};

/*
 * Write a record under a key, or nothing.
 *
 * @param record  empty: nothing
 * @return LMDB's number
 */
int lmdb_change_write(struct lmdb_change *change, struct slice key,
                      struct slice record);

/* End a change for good, with LMDB's number. */
enum scram_status lmdb_change_fail(struct lmdb_change *change, int rc,
                                   struct sentence *why);

#endif
