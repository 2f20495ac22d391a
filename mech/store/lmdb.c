/*
 * Verifiers in a file of LMDB's: lmdb:/path. The parts are
 *
 *   record.h       one verifier as bytes
 *   lmdb_meta.h    what the store says of itself
 *   lmdb_change.h  who is put in and who is taken out
 *   lmdb_txn.h     reading and writing, whatever happens to the file
 *   lmdb_env.h     the file as it is open for reading
 *   lmdb_draft.h   the copy that is changed and takes the file's place
 *   lmdb_copy.h    what it begins with
 *   lmdb_rights.h  who may read it and write to it
 *   lmdb_place.h   that place, and the lock for one writer at a time
 *   lmdb_file.h    what may be wrong with a file
 *   seats.h        the lock that keeps threads out of each other's way
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/lmdb_change.h"
#include "store/lmdb_meta.h"
#include "store/lmdb_txn.h"
#include "store/record.h"
#include "store/store.h"

static void
close_lmdb(struct store *base)
{
    struct lmdb_store *store = lmdb_store_of(base);

    lmdb_draft_drop(store->draft);
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

/*
 * Have libcrypto fetch what a decoy takes, which it does once: better now than
 * when somebody waits, or while another thread forks; what libcrypto is doing
 * then is never done in the child.
 */
static enum scram_status
warm_up(struct lmdb_reading *r, struct sentence *why)
{
    struct scram_decoys *decoys;
    struct scram_verifier decoy;
    enum scram_status status = lmdb_read_decoys(r, &decoys);

    if (status == SCRAM_OK)
        status = scram_verifier_decoy(decoys, SCRAM_SHA_256, SLICE("anybody"),
                                      1, 1, &decoy);
    if (status != SCRAM_OK)
        sentence_write(why, "libcrypto does not compute HMAC-SHA-256");
    return status;
}

static enum scram_status
open_lmdb(struct slice rest, enum store_mode mode, struct store **opened,
          struct sentence *why)
{
    struct lmdb_store *store;
    struct lmdb_reading r;
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
        status = lmdb_make(store->path, why);
    if (status == SCRAM_OK)
        status = lmdb_read_begin(store, &r, why);
    if (status == SCRAM_OK) {
        status = warm_up(&r, why);
        lmdb_read_end(&r);
    }
    if (status != SCRAM_OK)
        close_lmdb(&store->store);
    else
        *opened = &store->store;
    return status;
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
find(struct lmdb_reading *r, enum scram_mechanism mechanism, struct slice user,
     struct slice key, struct scram_verifier *found,
     struct scram_verifier *decoy, int *rc)
{
    static const uint8_t nobody[STORE_RECORD_MAX] = {1, 0, SCRAM_SALT_LEN, 0, 0,
                                                     1, 0};
    MDB_val k = lmdb_val(key), value;
    const struct lmdb_usual *usual = &r->env->usual[mechanism];
    struct scram_decoys *decoys;
    enum scram_status status;

    *rc = mdb_get(r->txn, r->env->verifiers, &k, &value);
    if (*rc == MDB_NOTFOUND)
        value = lmdb_val((struct slice){
            nobody, store_record_len(mechanism, SCRAM_SALT_LEN)});
    else if (*rc != 0)
        return SCRAM_STORE_FAILED;
    status = lmdb_read_decoys(r, &decoys);
    if (status == SCRAM_OK)
        status = scram_verifier_decoy(
            decoys, mechanism, user, usual->iterations, usual->salt_len, decoy);
    if (status != SCRAM_OK)
        return status;
    return store_record_read(lmdb_slice(value), mechanism, found);
}

static enum scram_status
look_up(struct store *base, enum scram_mechanism mechanism, struct slice user,
        struct scram_verifier *verifier, struct sentence *why)
{
    CLEANUP_VERIFIER struct scram_verifier found, decoy;
    struct lmdb_store *store = lmdb_store_of(base);
    uint8_t space[STORE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    enum scram_status status;
    struct lmdb_reading r;
    int rc;

    status = lmdb_key(mechanism, user, &key, why);
    if (status == SCRAM_OK)
        status = lmdb_read_begin(store, &r, why);
    if (status != SCRAM_OK)
        return status;
    status = find(&r, mechanism, user, buffer_slice(&key), &found, &decoy, &rc);
    lmdb_read_end(&r);

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
    struct lmdb_store *store = lmdb_store_of(base);
    enum scram_status status;
    MDB_cursor *cursor;
    struct lmdb_reading r;
    int rc;

    status = lmdb_read_begin(store, &r, why);
    if (status != SCRAM_OK)
        return status;
    rc = mdb_cursor_open(r.txn, r.env->verifiers, &cursor);
    if (rc == 0) {
        status = visit_all(store, cursor, visit, data, why);
        mdb_cursor_close(cursor);
    } else {
        status = lmdb_file_failed(store->path, "read", rc, why);
    }
    lmdb_read_end(&r);
    return status;
}

const struct store_ops store_lmdb = {
    .open = open_lmdb,
    .look_up = look_up,
    .put = lmdb_put,
    .put_many = lmdb_put_many,
    .set = lmdb_set,
    .remove = lmdb_remove,
    .begin = lmdb_begin,
    .commit = lmdb_commit,
    .iterate = iterate,
    .close = close_lmdb,
};
