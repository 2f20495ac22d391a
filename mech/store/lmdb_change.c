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

enum scram_status
lmdb_put(struct store *base, struct slice user,
         const struct scram_verifier *verifier, enum store_put how,
         struct sentence *why)
{
    struct lmdb_store *store = lmdb_store_of(base);
    uint8_t key[STORE_KEY_MAX], record[STORE_RECORD_MAX];
    struct putting p = {verifier, how, BUFFER_ARRAY(key), BUFFER_ARRAY(record)};
    enum scram_status status;

    if (!store->writable)
        return read_only(store, why);
    if (store_record_write(verifier, &p.record) != SCRAM_OK) {
        sentence_write(why, "the verifier has no mechanism, salt or count");
        return SCRAM_BAD_ARGUMENT;
    }
    status = lmdb_key(verifier->mechanism, user, &p.key, why);
    if (status == SCRAM_OK)
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
    if (status == SCRAM_NO_USER)
        sentence_write(why, "%.*s is not in the store %s", (int)user.len,
                       (const char *)user.data, store->path);
    return status;
}
