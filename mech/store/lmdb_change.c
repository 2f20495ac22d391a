#include "store/lmdb_change.h"

#include <errno.h>

#include "store/lmdb_meta.h"
#include "store/lmdb_txn.h"
#include "store/record.h"

enum scram_status
lmdb_key(enum scram_mechanism mechanism, struct slice user, struct buffer *key,
         struct sentence *why)
{
    enum scram_status status = store_key_write(mechanism, user, key);

    if (status != SCRAM_OK)
        sentence_write(why, "a user's name has 1 to %d bytes, none of them NUL",
                       SCRAM_USER_MAX);
    return status;
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

/* Put a verifier under a key that has none, and count it in. */
static int
put_in(struct lmdb_txn *t, const struct scram_verifier *verifier,
       struct slice key)
{
    uint8_t space[STORE_RECORD_MAX];
    struct buffer record = BUFFER_ARRAY(space);
    MDB_val k = lmdb_val(key), value;
    int rc = EINVAL; /* which our caller has looked at */

    if (store_record_write(verifier, &record) == SCRAM_OK) {
        value = lmdb_val(buffer_slice(&record));
        rc = mdb_put(t->txn, t->verifiers, &k, &value, 0)
                 ?: lmdb_meta_count(t->txn, t->meta, verifier, 1);
    }
    OPENSSL_cleanse(space, sizeof(space));
    return rc;
}

struct putting {
    struct slice user;
    const struct scram_verifier *verifiers;
    size_t count;
    enum store_put how;
};

/*
 * Whether to go on, by whether something is there.
 *
 * @param rc  what looking for it, or taking it out, returned
 * @return 0 to go on, MDB_KEYEXIST, MDB_NOTFOUND, or another @p rc
 */
static int
may_go_on(enum store_put how, int rc)
{
    if (rc == 0)
        return how == STORE_ADD ? MDB_KEYEXIST : 0;
    if (rc == MDB_NOTFOUND)
        return how == STORE_REPLACE ? MDB_NOTFOUND : 0;
    return rc;
}

/* Put one verifier; nothing is changed by one that is not put. */
static int
put_one(struct lmdb_txn *t, struct slice user,
        const struct scram_verifier *verifier, enum store_put how)
{
    uint8_t space[STORE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    MDB_val k, value;
    int rc;

    if (store_key_write(verifier->mechanism, user, &key) != SCRAM_OK)
        return EINVAL; /* which our caller has looked at */
    k = lmdb_val(buffer_slice(&key));
    rc = may_go_on(how, mdb_get(t->txn, t->verifiers, &k, &value));
    if (rc != 0)
        return rc;
    rc = take_out(t, verifier->mechanism, buffer_slice(&key));
    return rc != 0 && rc != MDB_NOTFOUND
               ? rc
               : put_in(t, verifier, buffer_slice(&key));
}

static int
put_change(struct lmdb_txn *t, void *data)
{
    const struct putting *p = data;

    return put_one(t, p->user, p->verifiers, p->how);
}

struct putting_many {
    struct store_entry *entries;
    size_t count;
    enum store_put how;
};

static int
put_many_change(struct lmdb_txn *t, void *data)
{
    const struct putting_many *p = data;
    size_t i;

    for (i = 0; i < p->count; i++) {
        struct store_entry *entry = &p->entries[i];
        int rc;

        if (entry->status == SCRAM_BAD_ARGUMENT)
            continue;
        rc = put_one(t, entry->user, entry->verifier, p->how);
        switch (rc) {
        case 0:
            entry->status = SCRAM_OK;
            break;
        case MDB_KEYEXIST:
            entry->status = SCRAM_USER_EXISTS;
            break;
        case MDB_NOTFOUND:
            entry->status = SCRAM_NO_USER;
            break;
        default:
            return rc;
        }
    }
    return 0;
}

static enum scram_status
read_only(const struct lmdb_store *store, struct sentence *why)
{
    sentence_write(why, "cannot write the store %s: it was opened for reading",
                   store->path);
    return SCRAM_STORE_FORBIDDEN;
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

static int
set_change(struct lmdb_txn *t, void *data)
{
    struct putting *p = data;
    int rc = may_go_on(p->how, remove_change(t, &p->user));
    size_t i;

    for (i = 0; i < p->count && rc == 0; i++) {
        uint8_t space[STORE_KEY_MAX];
        struct buffer key = BUFFER_ARRAY(space);

        rc = store_key_write(p->verifiers[i].mechanism, p->user, &key) ==
                     SCRAM_OK
                 ? put_in(t, &p->verifiers[i], buffer_slice(&key))
                 : EINVAL;
    }
    return rc;
}

/* What can be wrong with the arguments, before anything is changed. */
static enum scram_status
check_put(const struct lmdb_store *store, const struct putting *p,
          struct sentence *why)
{
    uint8_t key[STORE_KEY_MAX], space[STORE_RECORD_MAX];
    enum scram_status status = SCRAM_OK;
    struct buffer buffer = BUFFER_ARRAY(key);
    size_t i;

    if (!store->writable)
        return read_only(store, why);
    for (i = 0; i < p->count && status == SCRAM_OK; i++) {
        struct buffer record = BUFFER_ARRAY(space);

        status = store_record_write(&p->verifiers[i], &record);
    }
    OPENSSL_cleanse(space, sizeof(space));
    if (status != SCRAM_OK || p->count == 0) {
        sentence_write(why, "the verifier has no mechanism, salt or count");
        return SCRAM_BAD_ARGUMENT;
    }
    return lmdb_key(p->verifiers->mechanism, p->user, &buffer, why);
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
                       status == SCRAM_NO_USER ? "not" : "already", store->path,
                       mechanism == NULL ? "" : " for ",
                       mechanism == NULL ? "" : mechanism);
}

enum scram_status
lmdb_put(struct store *base, struct slice user,
         const struct scram_verifier *verifier, enum store_put how,
         struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    struct putting p = {user, verifier, 1, how};
    enum scram_status status = check_put(store, &p, why);

    if (status != SCRAM_OK)
        return status;
    status = lmdb_write(store, put_change, &p, why);
    say_whether_there(store, user, status,
                      scram_mechanism_name(verifier->mechanism), why);
    return status;
}

enum scram_status
lmdb_put_many(struct store *base, struct store_entry *entries, size_t count,
              enum store_put how, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    struct putting_many p = {entries, count, how};
    size_t i;

    if (!store->writable)
        return read_only(store, why);
    for (i = 0; i < count; i++) {
        struct putting one = {entries[i].user, entries[i].verifier, 1, how};

        entries[i].status = check_put(store, &one, NULL);
    }
    return lmdb_write(store, put_many_change, &p, why);
}

enum scram_status
lmdb_set(struct store *base, struct slice user,
         const struct scram_verifier *verifiers, size_t count,
         enum store_put how, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    struct putting p = {user, verifiers, count, how};
    enum scram_status status = check_put(store, &p, why);

    if (status != SCRAM_OK)
        return status;
    status = lmdb_write(store, set_change, &p, why);
    say_whether_there(store, user, status, NULL, why);
    return status;
}

enum scram_status
lmdb_remove(struct store *base, struct slice user, struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    uint8_t space[STORE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    enum scram_status status;

    if (!store->writable)
        return read_only(store, why);
    status = lmdb_key(SCRAM_SHA_256, user, &key, why);
    if (status == SCRAM_OK)
        status = lmdb_write(store, remove_change, &user, why);
    say_whether_there(store, user, status, NULL, why);
    return status;
}
