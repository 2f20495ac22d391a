#include "daemon/lmdb/store_change.h"

#include "daemon/lmdb/change_write.h"

enum scram_status
lmdb_begin(struct store *base, struct store_transaction **transaction,
           struct sentence *why)
{
    struct lmdb_change *change;
    enum scram_status status =
        lmdb_change_begin(lmdb_store_of(base)->shared, &change, why);

    if (status != SCRAM_OK)
        return status;
    change->transaction.store = base;
    *transaction = &change->transaction;
    return SCRAM_OK;
}

enum scram_status
lmdb_change(struct store_transaction *transaction, const struct store_change *c,
            struct sentence *why)
{
    struct lmdb_change *change = (struct lmdb_change *)transaction;
    enum scram_status status =
        c->whole ? lmdb_change_set(change, c->user, c->verifiers, c->count,
                                   c->how, false, why)
                 : lmdb_change_put(change, c->user, c->verifiers, c->how, false,
                                   why);

    /* It says so itself of anything else. */
    if (status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER)
        (void)store_may_change(transaction->store, c,
                               status == SCRAM_USER_EXISTS, why);
    return status;
}

enum scram_status
lmdb_end(struct store_transaction *transaction, bool keep, struct sentence *why)
{
    struct lmdb_change *change = (struct lmdb_change *)transaction;
    enum scram_status status =
        keep ? lmdb_change_commit(change, why) : SCRAM_OK;

    lmdb_change_drop(change);
    return status;
}
