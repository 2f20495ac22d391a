/*
 * What a change does to users.
 */
#include <errno.h>

#include "daemon/lmdb/change_write.h"
#include "daemon/lmdb/fault.h"

/* What there is under a key. */
struct there {
    bool is;
    bool sound;
    struct lmdb_record record; /* if it is, and is sound */
};

static void
there_wipe(struct there *there)
{
    lmdb_record_wipe(&there->record);
}

#define CLEANUP_THERE __attribute__((cleanup(there_wipe)))

static int
lmdb_change_put_find(struct lmdb_change *c, struct slice key,
                     struct there *there)
{
    MDB_val k = lmdb_val(key), value;
    int rc;

    if (c->failed != 0)
        return c->failed;
    rc = mdb_get(c->txn, c->shared->dbi, &k, &value);
    there->is = rc == 0;
    there->sound =
        rc == 0 && lmdb_record_read(key, lmdb_slice(value), &there->record);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Count what goes and what comes; a damaged one was counted as nobody knows
 * what, and stays so. */
static bool
lmdb_change_put_count(struct lmdb_change *c, enum scram_mechanism mechanism,
                      const struct there *there,
                      const struct scram_verifier *new)
{
    const struct scram_verifier *old = &there->record.verifier;

    if (there->sound)
        file_tally_remove(&c->tally[mechanism], old->iterations, old->salt_len);
    return new == NULL ||
           file_tally_add(&c->tally[mechanism], new->iterations, new->salt_len);
}

/* Whether two verifiers have one salt and count. */
static bool
same_salt(const struct scram_verifier *a, const struct scram_verifier *b)
{
    return a->iterations == b->iterations && a->salt_len == b->salt_len &&
           secret_equal(a->salt, b->salt, a->salt_len);
}

static bool
same_keys(const struct scram_verifier *a, const struct scram_verifier *b)
{
    size_t len = scram_hash_len(a->mechanism);

    return same_salt(a, b) &&
           secret_equal(a->stored_key.data, b->stored_key.data, len) &&
           secret_equal(a->server_key.data, b->server_key.data, len);
}

/* What becomes of the earlier key when a verifier takes another's place. */
static void
keep_earlier(const struct lmdb_change *c, const struct lmdb_record *old,
             struct lmdb_record *new, bool password)
{
    if (same_keys(&old->verifier, &new->verifier) &&
        lmdb_record_has_earlier(old, c->now)) {
        new->replaced = old->replaced;
        new->earlier = old->earlier;
    } else if (password && same_salt(&old->verifier, &new->verifier) &&
               !same_keys(&old->verifier, &new->verifier)) {
        new->replaced = c->now;
        new->earlier = old->verifier.stored_key;
    }
}

/* Write a verifier where something, or nothing, is. */
static int
lmdb_change_put_there(struct lmdb_change *c, struct slice key,
                      const struct there *there,
                      const struct scram_verifier *verifier, bool password)
{
    struct lmdb_record new CLEANUP_LMDB_RECORD = {.verifier = *verifier,
                                                  .changed = c->now};
    const struct lmdb_record *old = &there->record;
    uint8_t space[LMDB_RECORD_MAX];
    struct buffer bytes = BUFFER_ARRAY(space);
    int rc;

    if (there->sound) {
        if (same_keys(&old->verifier, verifier)) {
            if (old->verifier.enabled == verifier->enabled &&
                old->verifier.expires == verifier->expires &&
                slice_equal(groups_slice(&old->verifier.groups),
                            groups_slice(&verifier->groups)))
                return 0;
            new.changed = old->changed;
        }
        keep_earlier(c, old, &new, password);
    }
    if (!lmdb_change_put_count(c, verifier->mechanism, there, verifier))
        return ENOMEM;
    lmdb_record_write(key, &new, &bytes);
    rc = lmdb_change_write(c, key, buffer_slice(&bytes));
    OPENSSL_cleanse(space, sizeof(space));
    return rc;
}

/* Whether to go on, by whether something is there. */
static enum scram_status
lmdb_change_put_may_go_on(enum store_put how, bool is)
{
    if (is && how == STORE_ADD)
        return SCRAM_USER_EXISTS;
    return !is && how == STORE_REPLACE ? SCRAM_NO_USER : SCRAM_OK;
}

enum scram_status
lmdb_change_put(struct lmdb_change *c, struct slice user,
                const struct scram_verifier *verifier, enum store_put how,
                bool password, struct sentence *why)
{
    struct there there CLEANUP_THERE = {.is = false};
    uint8_t space[LMDB_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    enum scram_status status;
    int rc;

    lmdb_key_write(verifier->mechanism, user, &key);
    rc = lmdb_change_put_find(c, buffer_slice(&key), &there);
    if (rc == 0) {
        status = lmdb_change_put_may_go_on(how, there.is);
        if (status != SCRAM_OK)
            return status;
        rc = lmdb_change_put_there(c, buffer_slice(&key), &there, verifier,
                                   password);
    }
    return rc == 0 ? SCRAM_OK : lmdb_change_fail(c, rc, why);
}

/* The one of some verifiers that is for a mechanism. */
static const struct scram_verifier *
lmdb_change_put_verifier_for(const struct scram_verifier *verifiers,
                             size_t count, enum scram_mechanism mechanism)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (verifiers[i].mechanism == mechanism)
            return &verifiers[i];
    return NULL;
}

/* Let a user have one of these verifiers, or none, for a mechanism. */
static int
set_one(struct lmdb_change *c, struct slice key, const struct there *there,
        const struct scram_verifier *verifier, enum scram_mechanism mechanism,
        bool password)
{
    if (verifier != NULL)
        return lmdb_change_put_there(c, key, there, verifier, password);
    if (!there->is)
        return 0;
    return lmdb_change_put_count(c, mechanism, there, NULL)
               ? lmdb_change_write(c, key, (struct slice){NULL, 0})
               : ENOMEM;
}

enum scram_status
lmdb_change_set(struct lmdb_change *c, struct slice user,
                const struct scram_verifier *verifiers, size_t verifier_count,
                enum store_put how, bool password, struct sentence *why)
{
    enum scram_status status;
    bool is = false, looking = true;
    int i, rc = 0;

    do { /* look first, so that what is not put leaves all as it was */
        for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++) {
            enum scram_mechanism m = (enum scram_mechanism)i;
            struct there there CLEANUP_THERE = {.is = false};
            uint8_t space[LMDB_KEY_MAX];
            struct buffer key = BUFFER_ARRAY(space);

            lmdb_key_write(m, user, &key);
            rc = lmdb_change_put_find(c, buffer_slice(&key), &there);
            is = is || there.is;
            if (rc == 0 && !looking)
                rc = set_one(
                    c, buffer_slice(&key), &there,
                    lmdb_change_put_verifier_for(verifiers, verifier_count, m),
                    m, password);
        }
        if (looking && rc == 0) {
            status = lmdb_change_put_may_go_on(how, is);
            if (status != SCRAM_OK)
                return status;
        }
        looking = !looking;
    } while (!looking && rc == 0);
    return rc == 0 ? SCRAM_OK : lmdb_change_fail(c, rc, why);
}

enum scram_status
lmdb_change_edit(struct lmdb_change *c, struct slice user,
                 const struct store_edit *edit, struct sentence *why)
{
    bool is = false;
    int i, rc = 0;

    for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++) {
        struct there there CLEANUP_THERE = {.is = false};
        struct scram_verifier v CLEANUP_VERIFIER;
        uint8_t space[LMDB_KEY_MAX];
        struct buffer key = BUFFER_ARRAY(space);

        lmdb_key_write((enum scram_mechanism)i, user, &key);
        rc = lmdb_change_put_find(c, buffer_slice(&key), &there);
        if (rc == 0 && there.is && !there.sound)
            return lmdb_fault_damage(c->shared->path, "the user's record", why);
        is = is || there.is;
        v = there.record.verifier;
        store_edit_apply(edit, &v);
        if (rc == 0 && there.is)
            rc =
                lmdb_change_put_there(c, buffer_slice(&key), &there, &v, false);
    }
    if (rc != 0)
        return lmdb_change_fail(c, rc, why);
    return is ? SCRAM_OK : SCRAM_NO_USER;
}

enum scram_status
lmdb_change_keep(struct lmdb_change *c, struct slice user,
                 struct scram_verifier *verifier, struct sentence *why)
{
    static const struct scram_verifier damaged;
    struct scram_verifier kept CLEANUP_VERIFIER = *verifier;
    int i, rc = 0;

    for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++) {
        struct there there CLEANUP_THERE = {.is = false};
        uint8_t space[LMDB_KEY_MAX];
        struct buffer key = BUFFER_ARRAY(space);

        lmdb_key_write((enum scram_mechanism)i, user, &key);
        rc = lmdb_change_put_find(c, buffer_slice(&key), &there);
        if (rc != 0 || !there.is)
            continue;
        if ((enum scram_mechanism)i == verifier->mechanism) {
            store_keep(there.sound ? &there.record.verifier : &damaged,
                       verifier);
            return SCRAM_OK;
        }
        store_keep(there.sound ? &there.record.verifier : &damaged, &kept);
    }
    if (rc != 0)
        return lmdb_change_fail(c, rc, why);
    *verifier = kept;
    return SCRAM_OK;
}
