#include "daemon/lmdb/store_change.h"

#include "daemon/lmdb/change.h"
#include "store/check.h"

/* Begin a change, or go on with the one that was begun. */
static enum scram_status
begin_change(struct lmdb_store *store, struct lmdb_change **change,
             struct sentence *why)
{
    *change = store->change;
    if (!store->writable) {
        sentence_write(why,
                       "cannot write the store %s: it was opened for reading",
                       store->shared->path);
        return SCRAM_STORE_FORBIDDEN;
    }
    return *change == NULL ? lmdb_change_begin(store->shared, change, why)
                           : SCRAM_OK;
}

/* End a change, or keep it for what follows. */
static enum scram_status
end_change(struct lmdb_store *store, struct lmdb_change *change,
           enum scram_status status, struct sentence *why)
{
    if (store->together) {
        store->change = change;
        return status;
    }
    if (status == SCRAM_OK)
        status = lmdb_change_commit(change, why);
    lmdb_change_drop(change);
    return status;
}

/* The sentence for a user who is there already, or is not. */
static void
say_whether_there(const struct lmdb_store *store, struct slice user,
                  enum scram_status status, const char *mechanism,
                  struct sentence *why)
{
    if (status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER)
        sentence_write(why, "%.*s is %s in the store %s%s%s", (int)user.len,
                       (const char *)user.data,
                       status == SCRAM_NO_USER ? "not" : "already",
                       store->shared->path, mechanism == NULL ? "" : " for ",
                       mechanism == NULL ? "" : mechanism);
}

enum scram_status
lmdb_put(struct store *base, struct slice user, const struct scram_verifier *v,
         enum store_put how, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    enum scram_status status = store_check_put(user, v, why);
    struct lmdb_change *change;

    if (status == SCRAM_OK)
        status = begin_change(store, &change, why);
    if (status != SCRAM_OK)
        return status;
    status = lmdb_change_put(change, user, v, how, false, why);
    say_whether_there(store, user, status, scram_mechanism_name(v->mechanism),
                      why);
    return end_change(store, change, status, why);
}

enum scram_status
lmdb_put_many(struct store *base, struct store_entry *entries, size_t count,
              enum store_put how, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    struct lmdb_change *change;
    enum scram_status status = begin_change(store, &change, why);
    size_t i;

    if (status != SCRAM_OK)
        return status;
    for (i = 0; i < count && status == SCRAM_OK; i++) {
        struct store_entry *e = &entries[i];

        e->status = store_check_put(e->user, e->verifier, NULL);
        if (e->status == SCRAM_OK)
            e->status =
                lmdb_change_put(change, e->user, e->verifier, how, false, why);
        if (e->status != SCRAM_OK && e->status != SCRAM_USER_EXISTS &&
            e->status != SCRAM_NO_USER && e->status != SCRAM_BAD_ARGUMENT)
            status = e->status;
    }
    return end_change(store, change, status, why);
}

enum scram_status
lmdb_set(struct store *base, struct slice user,
         const struct scram_verifier *verifiers, size_t count,
         enum store_put how, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    enum scram_status status =
        count == 0 ? SCRAM_BAD_ARGUMENT : store_check_put(user, verifiers, why);
    struct lmdb_change *change;
    size_t i;

    for (i = 1; i < count && status == SCRAM_OK; i++)
        status = store_check_put(user, &verifiers[i], why);
    if (status == SCRAM_OK)
        status = begin_change(store, &change, why);
    if (status != SCRAM_OK)
        return status;
    status = lmdb_change_set(change, user, verifiers, count, how, false, why);
    say_whether_there(store, user, status, NULL, why);
    return end_change(store, change, status, why);
}

enum scram_status
lmdb_remove(struct store *base, struct slice user, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    enum scram_status status = store_check_user(user, why);
    struct lmdb_change *change;

    if (status == SCRAM_OK)
        status = begin_change(store, &change, why);
    if (status != SCRAM_OK)
        return status;
    status = lmdb_change_set(change, user, NULL, 0, STORE_REPLACE, false, why);
    say_whether_there(store, user, status, NULL, why);
    return end_change(store, change, status, why);
}

void
lmdb_begin(struct store *base)
{
    lmdb_store_of(base)->together = true;
}

enum scram_status
lmdb_commit(struct store *base, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    enum scram_status status = SCRAM_OK;

    if (store->change != NULL)
        status = lmdb_change_commit(store->change, why);
    lmdb_change_drop(store->change);
    store->change = NULL;
    store->together = false;
    return status;
}
