#include <errno.h>
#include <limits.h>
#include <time.h>

#include "daemon/lmdb/fault.h"
#include "daemon/lmdb/store_change.h"

void
lmdb_user_wipe(struct lmdb_user *user)
{
    OPENSSL_cleanse(user, sizeof(*user));
}

static void
lmdb_store_close(struct store *base)
{
    struct lmdb_store *store = lmdb_store_of(base);

    lmdb_shared_leave(store->shared);
    free(store);
}

static enum scram_status
lmdb_store_open(struct slice location, enum store_mode mode,
                struct store **opened, struct sentence *why)
{
    struct slice path = location, scheme;
    struct lmdb_store *store;
    enum scram_status status;

    if (!slice_take_until(&path, ':', &scheme) || path.len == 0 ||
        path.data[0] != '/' || path.len >= PATH_MAX - 16) {
        sentence_write(why,
                       "\"%.*s\" is not the location of a store: the path "
                       "behind lmdb: has to begin with / and be shorter than "
                       "%d bytes",
                       location.len < 256 ? (int)location.len : 256,
                       (const char *)location.data, PATH_MAX - 16);
        return SCRAM_BAD_LOCATION;
    }
    store = calloc(1, sizeof(*store));
    if (store == NULL)
        return lmdb_fault_memory(why);
    store->store.ops = &store_lmdb;
    status = lmdb_shared_join(path, mode == STORE_CREATE, &store->shared, why);
    if (status != SCRAM_OK) {
        free(store);
        return status;
    }
    store->store.name = store->shared->path;
    *opened = &store->store;
    return SCRAM_OK;
}

/* What decoys of a mechanism are like. */
static void
copy_shares(struct lmdb_shared *shared, enum scram_mechanism mechanism,
            struct file_tally_kind shares[FILE_TALLY_SHARES])
{
    pthread_rwlock_rdlock(&shared->shares_lock);
    memcpy(shares, shared->shares[mechanism],
           sizeof(shared->shares[mechanism]));
    pthread_rwlock_unlock(&shared->shares_lock);
}

/*
 * Look up a user, and make a decoy for when there is none. Both are done for
 * everybody, and a record is read for nobody too.
 */
static enum scram_status
lmdb_store_find(struct lmdb_shared *shared, MDB_txn *txn,
                enum scram_mechanism mechanism, struct slice user, bool salted,
                struct scram_verifier *verifier, struct sentence *why)
{
    struct lmdb_record record CLEANUP_LMDB_RECORD = {.changed = 0};
    struct scram_verifier decoy CLEANUP_VERIFIER;
    struct file_tally_kind shares[FILE_TALLY_SHARES];
    uint8_t space[LMDB_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    enum scram_status status = SCRAM_OK;
    MDB_val k, value;
    bool sound;
    int rc;

    lmdb_key_write(mechanism, user, &key);
    k = lmdb_val(buffer_slice(&key));
    rc = mdb_get(txn, shared->dbi, &k, &value);
    if (rc == MDB_NOTFOUND)
        value = lmdb_val(buffer_slice(&shared->nobody[mechanism]));
    else if (rc != 0)
        return lmdb_fault(shared->path, "read", rc, why);
    sound = lmdb_record_read(buffer_slice(&key), lmdb_slice(value), &record);
    record.verifier.has_earlier =
        lmdb_record_has_earlier(&record, (uint64_t)time(NULL));
    record.verifier.earlier_key = record.earlier;
    decoy = (struct scram_verifier){.mechanism = mechanism};
    if (salted) {
        copy_shares(shared, mechanism, shares);
        status =
            store_decoys_make(&shared->decoys, shares, mechanism, user, &decoy);
    }
    if (status != SCRAM_OK)
        return status;
    if (rc == 0 && !sound)
        return lmdb_fault_damage(shared->path, "a user's record", why);
    *verifier = rc == 0 ? record.verifier : decoy;
    return rc == 0 ? SCRAM_OK : SCRAM_NO_USER;
}

static enum scram_status
lmdb_store_look_up(struct store *base, enum scram_mechanism mechanism,
                   struct slice user, bool salted,
                   struct scram_verifier *verifier, struct sentence *why)
{
    struct lmdb_shared *shared = lmdb_store_of(base)->shared;
    MDB_txn *txn;
    enum scram_status status = lmdb_read_begin(shared, &txn, why);

    if (status != SCRAM_OK)
        return status;
    status =
        lmdb_store_find(shared, txn, mechanism, user, salted, verifier, why);
    lmdb_read_end(shared, txn);
    return status;
}

/* Visit what a cursor finds from a key on. */
static enum scram_status
visit_from(struct lmdb_shared *shared, MDB_cursor *cursor, struct slice first,
           lmdb_visit *visit, void *data, struct sentence *why)
{
    MDB_val key = lmdb_val(first), value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    enum scram_status status = SCRAM_OK;

    while (rc == 0 && status == SCRAM_OK) {
        struct lmdb_record record CLEANUP_LMDB_RECORD;
        enum scram_mechanism mechanism;
        struct slice user;

        if (!lmdb_key_read(lmdb_slice(key), &mechanism, &user) ||
            !lmdb_record_read(lmdb_slice(key), lmdb_slice(value), &record))
            return lmdb_fault_damage(shared->path, "a user's record", why);
        status = visit(data, user, &record);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (rc == 0 || rc == MDB_NOTFOUND)
        return status;
    return lmdb_fault(shared->path, "read", rc, why);
}

enum scram_status
lmdb_store_visit(struct store *base, struct slice after, lmdb_visit *visit,
                 void *data, struct sentence *why)
{
    struct lmdb_shared *shared = lmdb_store_of(base)->shared;
    uint8_t space[SCRAM_USER_MAX + 1];
    struct buffer first = BUFFER_ARRAY(space);
    enum scram_status status;
    MDB_cursor *cursor;
    MDB_txn *txn;
    int rc;

    /* Behind all that the user has, whose keys go on with a NUL. */
    buffer_put(&first, after);
    buffer_put(&first, LMDB_FIRST_USER);
    if (first.overflow)
        return store_check_user(after, why);
    status = lmdb_read_begin(shared, &txn, why);
    if (status != SCRAM_OK)
        return status;
    rc = mdb_cursor_open(txn, shared->dbi, &cursor);
    if (rc == 0) {
        status =
            visit_from(shared, cursor, buffer_slice(&first), visit, data, why);
        mdb_cursor_close(cursor);
    } else {
        status = lmdb_fault(shared->path, "read", rc, why);
    }
    lmdb_read_end(shared, txn);
    return status;
}

struct visiting {
    store_visit *visit;
    void *data;
};

/* lmdb_visit */
static enum scram_status
visit_verifier(void *data, struct slice user, const struct lmdb_record *record)
{
    const struct visiting *v = data;

    return v->visit(v->data, user, &record->verifier);
}

static enum scram_status
lmdb_store_iterate(struct store *base, store_visit *visit, void *data,
                   struct sentence *why)
{
    struct visiting v = {visit, data};

    return lmdb_store_visit(base, SLICE(""), visit_verifier, &v, why);
}

/* Read one mechanism's record of a user. */
static enum scram_status
read_one(struct lmdb_shared *shared, MDB_txn *txn,
         enum scram_mechanism mechanism, struct slice user,
         struct lmdb_user *found, struct sentence *why)
{
    struct lmdb_record *record = &found->records[mechanism];
    uint8_t space[LMDB_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    MDB_val k, value;
    int rc;

    lmdb_key_write(mechanism, user, &key);
    k = lmdb_val(buffer_slice(&key));
    rc = mdb_get(txn, shared->dbi, &k, &value);
    if (rc == MDB_NOTFOUND)
        return SCRAM_OK;
    if (rc != 0)
        return lmdb_fault(shared->path, "read", rc, why);
    if (!lmdb_record_read(buffer_slice(&key), lmdb_slice(value), record))
        return lmdb_fault_damage(shared->path, "the user's record", why);
    found->has[mechanism] = true;
    return SCRAM_OK;
}

enum scram_status
lmdb_store_user(struct store *base, struct slice user, struct lmdb_user *found,
                struct sentence *why)
{
    struct lmdb_shared *shared = lmdb_store_of(base)->shared;
    enum scram_status status = store_check_user(user, why);
    bool any = false;
    MDB_txn *txn;
    int i;

    if (status == SCRAM_OK)
        status = lmdb_read_begin(shared, &txn, why);
    if (status != SCRAM_OK)
        return status;
    *found = (struct lmdb_user){0};
    for (i = 0; i < SCRAM_MECHANISMS && status == SCRAM_OK; i++) {
        status =
            read_one(shared, txn, (enum scram_mechanism)i, user, found, why);
        any = any || found->has[i];
    }
    lmdb_read_end(shared, txn);
    if (status != SCRAM_OK)
        lmdb_user_wipe(found);
    return status == SCRAM_OK && !any ? SCRAM_NO_USER : status;
}

enum scram_status
lmdb_store_stat(struct store *base, struct lmdb_stat *stat,
                struct sentence *why)
{
    struct lmdb_shared *shared = lmdb_store_of(base)->shared;
    struct stat st;

    if (lmdb_shared_replaced(shared))
        return lmdb_fault_replaced(shared->path, why);
    if (fstat(shared->place.fd, &st) != 0)
        return lmdb_fault(shared->path, "read", errno, why);
    stat->bytes = (uint64_t)st.st_size;
    pthread_rwlock_rdlock(&shared->shares_lock);
    stat->verifiers = shared->verifiers;
    pthread_rwlock_unlock(&shared->shares_lock);
    return SCRAM_OK;
}

bool
lmdb_store_replaced(struct store *base, struct sentence *why)
{
    struct lmdb_shared *shared = lmdb_store_of(base)->shared;

    if (!lmdb_shared_replaced(shared))
        return false;
    lmdb_fault_replaced(shared->path, why);
    return true;
}

const struct store_ops store_lmdb = {
    .schemes = {"lmdb"},
    .open = lmdb_store_open,
    .look_up = lmdb_store_look_up,
    .iterate = lmdb_store_iterate,
    .close = lmdb_store_close,
    .begin = lmdb_begin,
    .change = lmdb_change,
    .end = lmdb_end,
};
