/*
 * A store's file as it is open for reading. A file is never changed once it is
 * at its path: another takes its place (store/lmdb_draft.h). So nothing here
 * is shared with another process, LMDB locks nothing, and what was read of the
 * file once holds for as long as it is open.
 *
 * Who looks at an environment holds a seat (store/seats.h); a store changes
 * from one to another while the seats are clear.
 */
#ifndef STORE_LMDB_ENV_H
#define STORE_LMDB_ENV_H

#include <lmdb.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "store/lmdb_draft.h"
#include "store/lmdb_file.h"
#include "store/lmdb_meta.h"
#include "store/seats.h"
#include "store/store.h"

/* What a seat keeps of a file: whoever holds it need not begin anew. */
struct lmdb_reader {
    MDB_txn *txn;                /* NULL: none yet */
    struct scram_decoys *decoys; /* NULL: none yet */
};

/* One file. */
struct lmdb_env {
    struct lmdb_file_id id;
    MDB_env *mdb;
    MDB_dbi verifiers;
    MDB_dbi meta;
    struct secret_key secret;
    struct lmdb_usual usual[SCRAM_MECHANISMS];
    struct lmdb_reader readers[STORE_SEATS];
};

/* A store of the kind lmdb. */
struct lmdb_store {
    struct store store;
    char *path; /* the location's */
    bool writable;
    bool together;            /* between store_begin and store_commit */
    struct lmdb_draft *draft; /* what was changed since; NULL: nothing */
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

/* Whether something else is at the path than what was opened, or nothing, or
 * nothing for this account; with a seat, of an attached store. */
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

/* Close the file; while the seats are clear. */
void lmdb_detach(struct lmdb_store *store);

#endif
