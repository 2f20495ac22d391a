/*
 * gss-scramd's own store, lmdb:/path: verifiers in a B-tree that is changed in
 * place, so that one user's new password writes a few pages of a file that may
 * have millions. Only gss-scramd opens it; who administers users asks that. The
 * parts are
 *
 *   record.h  one user's verifier, as bytes
 *   meta.h    what a store says of itself
 *   check.h   whether a file may be given to LMDB
 *   place.h   the file at its path, and the lock on it
 *   make.h    a new one
 *   shared.h  a file that the process has open
 *   change.h  a transaction
 *   fault.h   sentences
 *
 * Unlike other kinds, an open store is not for children of the process.
 */
#ifndef DAEMON_LMDB_STORE_H
#define DAEMON_LMDB_STORE_H

#include "daemon/lmdb/record.h"
#include "store/store.h"

extern const struct store_ops store_lmdb;

/* As store_visit, with all that the record has. */
typedef enum scram_status lmdb_visit(void *data, struct slice user,
                                     const struct lmdb_record *record);

/*
 * Visit every record of the users whose names sort after one.
 *
 * @param after  empty: all
 * @return as store_iterate
 */
enum scram_status lmdb_store_visit(struct store *store, struct slice after,
                                   lmdb_visit *visit, void *data,
                                   struct sentence *why);

/* All that a store has of a user. */
struct lmdb_user {
    bool has[SCRAM_MECHANISMS];
    struct lmdb_record records[SCRAM_MECHANISMS];
};

void lmdb_user_wipe(struct lmdb_user *user);

/*
 * Read a user.
 *
 * @param found  set on SCRAM_OK alone; wipe it with lmdb_user_wipe
 * @return SCRAM_OK, SCRAM_NO_USER, SCRAM_BAD_ARGUMENT, SCRAM_STORE_FAILED
 */
enum scram_status lmdb_store_user(struct store *store, struct slice user,
                                  struct lmdb_user *found,
                                  struct sentence *why);

struct lmdb_stat {
    uint64_t verifiers;
    uint64_t bytes; /* of the file */
};

enum scram_status lmdb_store_stat(struct store *store, struct lmdb_stat *stat,
                                  struct sentence *why);

/* Whether another file has taken the place of one that is open, which is not
 * written to and not read from any more; a sentence then. */
bool lmdb_store_replaced(struct store *store, struct sentence *why);

/* The same of any that this process has open. */
bool lmdb_replaced(struct sentence *why);

#endif
