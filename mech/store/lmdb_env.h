/*
 * Store files as this process has them open. LMDB allows a process to have a
 * file open once: its locks are fcntl's, which a process loses with the first
 * descriptor that it closes. So stores share one environment a lock file.
 *
 * Who looks at an environment holds a seat (store/seats.h); environments are
 * opened, closed and remapped, and stores change from one to another, while
 * the seats are clear.
 */
#ifndef STORE_LMDB_ENV_H
#define STORE_LMDB_ENV_H

#include <lmdb.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "store/lmdb_file.h"
#include "store/lmdb_meta.h"
#include "store/seats.h"
#include "store/store.h"

/* What a seat keeps of a file from one look-up to the next. */
struct lmdb_reader {
    MDB_txn *txn;                /* to be renewed; NULL: none yet */
    struct scram_decoys *decoys; /* NULL: none yet */
    bool usual_known;            /* as they were after this transaction: */
    size_t usual_at;
    struct lmdb_usual usual[SCRAM_MECHANISMS];
};

/* One file. */
struct lmdb_env {
    struct lmdb_env *next;
    unsigned long generation; /* of the process that it belongs to */
    unsigned stores;          /* that use it */
    char *lock_path;
    struct lmdb_file_id lock;
    struct lmdb_file_id data;
    off_t size;    /* that the file has at least */
    bool writable; /* opened without MDB_RDONLY */
    MDB_env *mdb;  /* NULL: to be opened; what is above says nothing then */
    MDB_dbi verifiers;
    MDB_dbi meta;
    struct secret_key secret;
    struct lmdb_reader readers[STORE_SEATS];
};

/* A store of the kind lmdb. */
struct lmdb_store {
    struct store store;
    char *path; /* the location's */
    bool writable;
    atomic_bool wrote;        /* something was committed */
    atomic_uint looked;       /* at the path last, in milliseconds */
    unsigned long generation; /* of the process that env belongs to */
    struct lmdb_env *env;     /* NULL: none yet */
};

static inline struct lmdb_store *
lmdb_store_of(struct store *store)
{
    return (struct lmdb_store *)store;
}

/* Whether the store has an environment that it can use; with a seat. */
bool lmdb_attached(const struct lmdb_store *store);

/* Whether another file is at the path than the one that is open, or none;
 * with a seat, of an attached store. */
bool lmdb_moved(const struct lmdb_store *store);

/* Whether it is time to look at the path again. One thread is told so. */
bool lmdb_look_due(struct lmdb_store *store);

/*
 * Let the store use the file that is at its path; while the seats are clear.
 * It may have to be done again: the files change while they are looked at.
 *
 * @return SCRAM_OK, also when it has to be done again; or as store_open does
 */
enum scram_status lmdb_attach(struct lmdb_store *store, struct sentence *why);

/* Let go of the file, and close it when no other store uses it; while the
 * seats are clear. */
void lmdb_detach(struct lmdb_store *store);

/* Close the file, for all stores that use it, to be opened again when one of
 * them needs it; while the seats are clear. */
void lmdb_env_shut(struct lmdb_env *env);

/* Whether the lock file of the environment, in which a transaction is open
 * for writing, has counted another file's transactions; see lmdb_make.h. */
bool lmdb_lock_is_foreign(MDB_env *mdb, MDB_txn *txn);

#endif
