/*
 * A store's file as this process has it open: once, however it is named, as
 * LMDB asks for. It is used in place: readers see what the last commit left,
 * and wait neither for the writer nor for one another. They wait while the map
 * grows, which happens each time that the file has doubled, and takes as long
 * as one mmap(2).
 */
#ifndef DAEMON_LMDB_SHARED_H
#define DAEMON_LMDB_SHARED_H

#include <pthread.h>

#include "daemon/lmdb/meta.h"
#include "daemon/lmdb/place.h"
#include "daemon/lmdb/record.h"
#include "store/decoys.h"

#define LMDB_READERS_KEPT 16 /* transactions for threads that look up */
#define LMDB_READERS_MAX 1024

#define LMDB_NOBODY_MAX 128

struct lmdb_shared {
    struct lmdb_shared *next;
    unsigned holders;
    char *path;
    struct lmdb_place place;
    atomic_uint looked; /* at the path last, in milliseconds */
    atomic_bool replaced;

    /* Held for reading by a thread that has a transaction that reads, and for
     * writing while the map, the decoy key or the environment is another. */
    pthread_rwlock_t map;
    MDB_env *env;
    MDB_dbi dbi;
    _Atomic(MDB_txn *) readers[LMDB_READERS_KEPT]; /* free, and reset */
    struct store_decoys decoys;
    struct buffer nobody[SCRAM_MECHANISMS]; /* a record for a stranger */
    uint8_t nobody_space[SCRAM_MECHANISMS][LMDB_NOBODY_MAX];

    pthread_mutex_t writer; /* one at a time; below: what it alone changes */
    struct file_tally tally[SCRAM_MECHANISMS];
    pthread_rwlock_t shares_lock;
    struct file_tally_kind shares[SCRAM_MECHANISMS][FILE_TALLY_SHARES];
    uint64_t verifiers; /* that are there */
};

/*
 * Open a file, or go on with the one that is open.
 *
 * @param path    absolute
 * @param create  make a store where there is none
 * @param shared  set on SCRAM_OK alone; release it with lmdb_shared_leave
 * @return SCRAM_OK, or as store_open does
 */
enum scram_status lmdb_shared_join(struct slice path, bool create,
                                   struct lmdb_shared **shared,
                                   struct sentence *why);

/* Let go of it; NULL is none. The last one closes the file. */
void lmdb_shared_leave(struct lmdb_shared *shared);

/* Whether another file is at the path by now, once and for all; it is looked
 * for every few milliseconds at most. */
bool lmdb_shared_replaced(struct lmdb_shared *shared);

/*
 * Begin to read.
 *
 * @param txn  set on SCRAM_OK alone; end it with lmdb_read_end
 */
enum scram_status lmdb_read_begin(struct lmdb_shared *shared, MDB_txn **txn,
                                  struct sentence *why);
void lmdb_read_end(struct lmdb_shared *shared, MDB_txn *txn);

/* Make the map twice as large; by the writer, without a transaction. Returns
 * LMDB's number. */
int lmdb_shared_grow(struct lmdb_shared *shared);

/* Open the file anew if LMDB has given it up (MDB_PANIC), as it does when it
 * could not write the page that ends a change; by the writer, without a
 * transaction. */
void lmdb_shared_mend(struct lmdb_shared *shared);

/* Let strangers look like what the tally says by now; by the writer. */
void lmdb_shared_share(struct lmdb_shared *shared);

#endif
