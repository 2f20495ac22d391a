/*
 * Verifiers in a file of LMDB's: lmdb:/path. The parts are
 *
 *   record.h     one verifier as bytes
 *   lmdb_meta.h  what the store says of itself
 *   lmdb_txn.h   reading and writing, whatever happens to the file
 *   lmdb_env.h   the files that this process has open
 *   lmdb_make.h  how a file comes to be
 *   lmdb_file.h  what may be wrong with one
 *   seats.h      the lock that keeps threads out of each other's way
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/lmdb_make.h"
#include "store/lmdb_meta.h"
#include "store/lmdb_txn.h"
#include "store/record.h"
#include "store/store.h"

static struct lmdb_store *
of(struct store *store)
{
    return (struct lmdb_store *)store;
}

static int
settle(struct lmdb_txn *t, void *data)
{
    (void)data;
    return lmdb_meta_touch(t->txn, t->meta);
}

static void
close_lmdb(struct store *base)
{
    struct lmdb_store *store = of(base);

    /* Leave two transactions that say the same: see lmdb_make.h. Where that
     * fails nothing is lost. */
    if (atomic_load(&store->wrote))
        lmdb_write(store, settle, NULL, NULL);
    store_seats_clear();
    lmdb_detach(store);
    store_seats_open();
    free(store->path);
    free(store);
}

static enum scram_status
check_path(struct slice rest, struct sentence *why)
{
    const char *fault = NULL;

    if (rest.len == 0 || rest.data[0] != '/')
        fault = "does not begin with /";
    else if (rest.len >= PATH_MAX - 16) /* room for what is put behind it */
        fault = "is too long";
    if (fault == NULL)
        return SCRAM_OK;
    sentence_write(
        why, "\"lmdb:%.*s\" is not the location of a store: the path %s",
        rest.len < 256 ? (int)rest.len : 256, (const char *)rest.data, fault);
    return SCRAM_BAD_LOCATION;
}

static enum scram_status
make(const char *path, struct sentence *why)
{
    enum scram_status status;

    store_seats_clear();
    status = lmdb_make(path, why);
    store_seats_open();
    return status;
}

static enum scram_status
open_lmdb(struct slice rest, enum store_mode mode, struct store **opened,
          struct sentence *why)
{
    struct lmdb_store *store;
    struct lmdb_txn t;
    enum scram_status status = check_path(rest, why);

    if (status != SCRAM_OK)
        return status;
    store = calloc(1, sizeof(*store));
    if (store == NULL || !store_seats_prepare() ||
        (store->path = strndup((const char *)rest.data, rest.len)) == NULL) {
        free(store);
        sentence_write(why, "out of memory");
        return SCRAM_NO_MEMORY;
    }
    store->store.ops = &store_lmdb;
    store->writable = mode != STORE_READ;
    if (mode == STORE_CREATE)
        status = make(store->path, why);
    if (status == SCRAM_OK)
        status = lmdb_read_begin(store, &t, why);
    if (status != SCRAM_OK) {
        close_lmdb(&store->store);
        return status;
    }
    lmdb_read_end(&t);
    *opened = &store->store;
    return SCRAM_OK;
}

static enum scram_status
not_a_user(struct sentence *why)
{
    sentence_write(why, "a user's name has 1 to %d bytes, none of them NUL",
                   SCRAM_USER_MAX);
    return SCRAM_BAD_ARGUMENT;
}

static enum scram_status
damaged(const struct lmdb_store *store, enum scram_mechanism mechanism,
        struct slice user, struct sentence *why)
{
    sentence_write(why,
                   "what the store %s has of %.*s for %s is damaged; remove "
                   "the user and add it again",
                   store->path, (int)user.len, (const char *)user.data,
                   scram_mechanism_name(mechanism));
    return SCRAM_STORE_FAILED;
}

/*
 * Look up a user, and make a decoy for when there is none. Both are done for
 * everybody, and somebody's record is read for nobody too: what takes longer
 * for those who are there tells who is.
 *
 * @param rc  what LMDB said of the user
 */
static enum scram_status
find(struct lmdb_txn *t, enum scram_mechanism mechanism, struct slice user,
     struct slice key, struct scram_verifier *found,
     struct scram_verifier *decoy, int *rc)
{
    static const uint8_t nobody[STORE_RECORD_MAX] = {1, 0, SCRAM_SALT_LEN, 0, 0,
                                                     1, 0};
    MDB_val k = lmdb_val(key), value;
    enum scram_status status;
    struct lmdb_usual usual;
    int usual_rc;

    *rc = mdb_get(t->txn, t->verifiers, &k, &value);
    usual_rc = lmdb_meta_usual(t->txn, t->meta, mechanism, &usual);
    if (*rc == MDB_NOTFOUND)
        value = lmdb_val((struct slice){
            nobody, store_record_len(mechanism, SCRAM_SALT_LEN)});
    if (usual_rc != 0 || (*rc != 0 && *rc != MDB_NOTFOUND)) {
        *rc = usual_rc != 0 ? usual_rc : *rc;
        return SCRAM_STORE_FAILED;
    }
    status = scram_verifier_decoy(mechanism, t->secret, user, usual.iterations,
                                  usual.salt_len, decoy);
    if (status != SCRAM_OK)
        return status;
    return store_record_read(lmdb_slice(value), mechanism, found);
}

static enum scram_status
look_up(struct store *base, enum scram_mechanism mechanism, struct slice user,
        struct scram_verifier *verifier, struct sentence *why)
{
    CLEANUP_VERIFIER struct scram_verifier found, decoy;
    struct lmdb_store *store = of(base);
    uint8_t space[STORE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    enum scram_status status;
    struct lmdb_txn t;
    int rc;

    if (store_key_write(mechanism, user, &key) != SCRAM_OK)
        return not_a_user(why);
    status = lmdb_read_begin(store, &t, why);
    if (status != SCRAM_OK)
        return status;
    status = find(&t, mechanism, user, buffer_slice(&key), &found, &decoy, &rc);
    lmdb_read_end(&t);

    switch (status) {
    case SCRAM_OK:
        *verifier = rc == 0 ? found : decoy;
        return rc == 0 ? SCRAM_OK : SCRAM_NO_USER;
    case SCRAM_BAD_ENCODING:
        return damaged(store, mechanism, user, why);
    case SCRAM_STORE_FAILED:
        return lmdb_file_failed(store->path, "read", rc, why);
    default:
        return status;
    }
}

/*
 * Take out the verifier that is under a key, and count it out.
 *
 * @return MDB_NOTFOUND when there is none
 */
static int
take_out(struct lmdb_txn *t, enum scram_mechanism mechanism, struct slice key)
{
    CLEANUP_VERIFIER struct scram_verifier old;
    MDB_val k = lmdb_val(key), value;
    int rc = mdb_get(t->txn, t->verifiers, &k, &value);

    if (rc != 0)
        return rc;
    /* A damaged one can be taken out too: nobody knows what it counted for. */
    if (store_record_read(lmdb_slice(value), mechanism, &old) == SCRAM_OK)
        rc = lmdb_meta_count(t->txn, t->meta, &old, -1);
    return rc ?: mdb_del(t->txn, t->verifiers, &k, NULL);
}

struct putting {
    const struct scram_verifier *verifier;
    enum store_put how;
    struct buffer key;
    struct buffer record;
};

static int
put_change(struct lmdb_txn *t, void *data)
{
    const struct putting *p = data;
    MDB_val key = lmdb_val(buffer_slice(&p->key));
    MDB_val record = lmdb_val(buffer_slice(&p->record));
    int rc = take_out(t, p->verifier->mechanism, buffer_slice(&p->key));

    if (p->how == STORE_ADD && rc == 0)
        return MDB_KEYEXIST;
    if (rc != 0 && !(p->how == STORE_ADD && rc == MDB_NOTFOUND))
        return rc;
    return mdb_put(t->txn, t->verifiers, &key, &record, 0)
               ?: lmdb_meta_count(t->txn, t->meta, p->verifier, 1);
}

static enum scram_status
read_only(const struct lmdb_store *store, struct sentence *why)
{
    sentence_write(why, "cannot write the store %s: it was opened for reading",
                   store->path);
    return SCRAM_STORE_FORBIDDEN;
}

static enum scram_status
put(struct store *base, struct slice user,
    const struct scram_verifier *verifier, enum store_put how,
    struct sentence *why)
{
    struct lmdb_store *store = of(base);
    uint8_t key[STORE_KEY_MAX], record[STORE_RECORD_MAX];
    struct putting p = {verifier, how, BUFFER_ARRAY(key), BUFFER_ARRAY(record)};
    enum scram_status status;

    if (!store->writable)
        return read_only(store, why);
    if (store_record_write(verifier, &p.record) != SCRAM_OK) {
        sentence_write(why, "the verifier has no mechanism, salt or count");
        return SCRAM_BAD_ARGUMENT;
    }
    if (store_key_write(verifier->mechanism, user, &p.key) != SCRAM_OK)
        status = not_a_user(why);
    else
        status = lmdb_write(store, put_change, &p, why);
    OPENSSL_cleanse(record, sizeof(record));
    if (status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER)
        sentence_write(why, "%.*s is %s in the store %s for %s", (int)user.len,
                       (const char *)user.data,
                       status == SCRAM_NO_USER ? "not" : "already", store->path,
                       scram_mechanism_name(verifier->mechanism));
    return status;
}

static int
remove_change(struct lmdb_txn *t, void *data)
{
    const struct slice *user = data;
    bool found = false;
    int i;

    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        enum scram_mechanism mechanism = (enum scram_mechanism)i;
        uint8_t space[STORE_KEY_MAX];
        struct buffer key = BUFFER_ARRAY(space);
        int rc;

        if (store_key_write(mechanism, *user, &key) != SCRAM_OK)
            return EINVAL; /* which our caller has looked at */
        rc = take_out(t, mechanism, buffer_slice(&key));
        if (rc != 0 && rc != MDB_NOTFOUND)
            return rc;
        found = found || rc == 0;
    }
    return found ? 0 : MDB_NOTFOUND;
}

static enum scram_status
remove_lmdb(struct store *base, struct slice user, struct sentence *why)
{
    struct lmdb_store *store = of(base);
    uint8_t space[STORE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    enum scram_status status;

    if (!store->writable)
        return read_only(store, why);
    if (store_key_write(SCRAM_SHA_256, user, &key) != SCRAM_OK)
        return not_a_user(why);
    status = lmdb_write(store, remove_change, &user, why);
    if (status == SCRAM_NO_USER)
        sentence_write(why, "%.*s is not in the store %s", (int)user.len,
                       (const char *)user.data, store->path);
    return status;
}

/* Visit what a cursor comes across. */
static enum scram_status
visit_all(const struct lmdb_store *store, MDB_cursor *cursor,
          store_visit *visit, void *data, struct sentence *why)
{
    MDB_val key, record;
    int rc = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);

    while (rc == 0) {
        CLEANUP_VERIFIER struct scram_verifier verifier;
        enum scram_mechanism mechanism;
        enum scram_status status;
        struct slice user;

        if (store_key_read(lmdb_slice(key), &mechanism, &user) != SCRAM_OK)
            return lmdb_file_failed(store->path, "read", MDB_CORRUPTED, why);
        if (store_record_read(lmdb_slice(record), mechanism, &verifier) !=
            SCRAM_OK)
            return damaged(store, mechanism, user, why);
        status = visit(data, user, &verifier);
        if (status != SCRAM_OK)
            return status;
        rc = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? SCRAM_OK
                              : lmdb_file_failed(store->path, "read", rc, why);
}

static enum scram_status
iterate(struct store *base, store_visit *visit, void *data,
        struct sentence *why)
{
    struct lmdb_store *store = of(base);
    enum scram_status status;
    MDB_cursor *cursor;
    struct lmdb_txn t;
    int rc;

    status = lmdb_read_begin(store, &t, why);
    if (status != SCRAM_OK)
        return status;
    rc = mdb_cursor_open(t.txn, t.verifiers, &cursor);
    if (rc == 0) {
        status = visit_all(store, cursor, visit, data, why);
        mdb_cursor_close(cursor);
    } else {
        status = lmdb_file_failed(store->path, "read", rc, why);
    }
    lmdb_read_end(&t);
    return status;
}

const struct store_ops store_lmdb = {
    .open = open_lmdb,
    .look_up = look_up,
    .put = put,
    .remove = remove_lmdb,
    .iterate = iterate,
    .close = close_lmdb,
};
