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
};

static inline struct lmdb_store *
lmdb_store_of(struct store *base)
{
    return (struct lmdb_store *)base;
}

enum scram_status lmdb_begin(struct store *base,
                             struct store_transaction **transaction,
                             struct sentence *why);
enum scram_status lmdb_change(struct store_transaction *transaction,
                              const struct store_change *change,
                              struct sentence *why);
enum scram_status lmdb_end(struct store_transaction *transaction, bool keep,
                           struct sentence *why);

#endif
