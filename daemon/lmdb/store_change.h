/*
 * A store of the kind lmdb, and what changes it: what struct store_ops has
 * under these names.
 */
#ifndef DAEMON_LMDB_STORE_CHANGE_H
#define DAEMON_LMDB_STORE_CHANGE_H

#include "daemon/lmdb/change.h"

struct lmdb_store {
    struct store store;
    struct lmdb_shared *shared;
    bool writable;
    bool together;              /* between store_begin and store_commit */
    struct lmdb_change *change; /* what was changed since; NULL: nothing */
};

static inline struct lmdb_store *
lmdb_store_of(struct store *base)
{
    return (struct lmdb_store *)base;
}

enum scram_status lmdb_put(struct store *base, struct slice user,
                           const struct scram_verifier *verifier,
                           enum store_put how, struct sentence *why);
enum scram_status lmdb_put_many(struct store *base, struct store_entry *entries,
                                size_t count, enum store_put how,
                                struct sentence *why);
enum scram_status lmdb_set(struct store *base, struct slice user,
                           const struct scram_verifier *verifiers, size_t count,
                           enum store_put how, struct sentence *why);
enum scram_status lmdb_remove(struct store *base, struct slice user,
                              struct sentence *why);
void lmdb_begin(struct store *base);
enum scram_status lmdb_commit(struct store *base, struct sentence *why);

#endif
