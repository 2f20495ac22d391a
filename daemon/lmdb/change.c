#include <errno.h>
#include <time.h>

#include "daemon/lmdb/change_write.h"
#include "daemon/lmdb/fault.h"

static bool
copy_tally(const struct file_tally *from, struct file_tally *to)
{
    size_t size = from->count * sizeof(*from->kinds);

    *to = (struct file_tally){0};
    if (size == 0)
        return true;
    to->kinds = malloc(size);
    if (to->kinds == NULL)
        return false;
    memcpy(to->kinds, from->kinds, size);
    to->count = to->room = from->count;
    return true;
}

static bool
same_tally(const struct file_tally *a, const struct file_tally *b)
{
    size_t i;

    if (a->count != b->count)
        return false;
    for (i = 0; i < a->count; i++)
        if (a->kinds[i].iterations != b->kinds[i].iterations ||
            a->kinds[i].salt_len != b->kinds[i].salt_len ||
            a->kinds[i].users != b->kinds[i].users)
            return false;
    return true;
}

/* Have LMDB begin, where it has not given the file up. */
static int
lmdb_change_begin_txn(struct lmdb_change *c)
{
    int rc;

    lmdb_shared_mend(c->shared);
    if (c->shared->env == NULL)
        return MDB_PANIC;
    rc = mdb_txn_begin(c->shared->env, NULL, 0, &c->txn);
    if (rc != 0)
        c->txn = NULL;
    return rc;
}

enum scram_status
lmdb_change_begin(struct lmdb_shared *shared, struct lmdb_change **change,
                  struct sentence *why)
{
    struct lmdb_change *c = calloc(1, sizeof(*c));
    bool copied = true;
    int i, rc;

    if (c == NULL)
        return lmdb_fault_memory(why);
    c->shared = shared;
    c->end = &c->first;
    c->now = (uint64_t)time(NULL);
    pthread_mutex_lock(&shared->writer);
    for (i = 0; i < SCRAM_MECHANISMS; i++)
        copied = copied && copy_tally(&shared->tally[i], &c->tally[i]);
    rc = copied ? lmdb_change_begin_txn(c) : ENOMEM;
    if (rc == 0) {
        *change = c;
        return SCRAM_OK;
    }
    lmdb_change_drop(c);
    return lmdb_fault(shared->path, "write", rc, why);
}

enum scram_status
lmdb_change_fail(struct lmdb_change *c, int rc, struct sentence *why)
{
    c->failed = rc;
    return lmdb_fault(c->shared->path, "write", rc, why);
}

/* Have LMDB write. */
static int
apply(struct lmdb_change *c, const struct lmdb_written *w)
{
    MDB_val key = {w->key_len, (void *)(uintptr_t)w->bytes};
    MDB_val value = {w->len, (void *)(uintptr_t)(w->bytes + w->key_len)};

    return w->len > 0 ? mdb_put(c->txn, c->shared->dbi, &key, &value, 0)
                      : mdb_del(c->txn, c->shared->dbi, &key, NULL);
}

/* Have LMDB write what follows from the rest. */
static int
apply_meta(struct lmdb_change *c)
{
    int i, rc = 0;

    for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++)
        if (!same_tally(&c->tally[i], &c->shared->tally[i]))
            rc = lmdb_meta_write_tally(c->txn, c->shared->dbi,
                                       (enum scram_mechanism)i, &c->tally[i]);
    if (c->new_key && rc == 0)
        rc = lmdb_meta_write_decoy_key(c->txn, c->shared->dbi, &c->key);
    return rc;
}

/* The map is full: let it grow, and write all of it once more. */
static int
again(struct lmdb_change *c)
{
    const struct lmdb_written *w;
    int rc;

    do {
        mdb_txn_abort(c->txn);
        c->txn = NULL;
        rc = lmdb_shared_grow(c->shared) ?: lmdb_change_begin_txn(c);
        for (w = c->first; w != NULL && rc == 0; w = w->next)
            rc = apply(c, w);
    } while (rc == MDB_MAP_FULL);
    return rc;
}

int
lmdb_change_write(struct lmdb_change *c, struct slice key, struct slice record)
{
    struct lmdb_written *w = malloc(sizeof(*w) + key.len + record.len);
    int rc;

    if (w == NULL)
        return ENOMEM;
    *w = (struct lmdb_written){.key_len = key.len, .len = record.len};
    memcpy(w->bytes, key.data, key.len);
    if (record.len > 0)
        memcpy(w->bytes + key.len, record.data, record.len);
    *c->end = w;
    c->end = &w->next;
    c->count++;
    rc = apply(c, w);
    return rc == MDB_MAP_FULL ? again(c) : rc;
}

void
lmdb_change_decoy_key(struct lmdb_change *c, const struct secret_key *key)
{
    c->new_key = true;
    c->key = *key;
}

size_t
lmdb_change_count(const struct lmdb_change *c)
{
    return c->count;
}

/* Let readers see what was committed beside the records. */
static void
lmdb_change_publish(struct lmdb_change *c)
{
    struct lmdb_shared *s = c->shared;
    int i;

    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        struct file_tally old = s->tally[i];

        s->tally[i] = c->tally[i];
        c->tally[i] = old;
    }
    lmdb_shared_share(s);
    if (!c->new_key)
        return;
    pthread_rwlock_wrlock(&s->map);
    store_decoys_clear(&s->decoys);
    s->decoys.key = c->key;
    pthread_rwlock_unlock(&s->map);
}

/* Write the last of it, and have LMDB end it. */
static int
commit(struct lmdb_change *c)
{
    int rc = apply_meta(c);

    if (rc != 0)
        return rc;
    rc = mdb_txn_commit(c->txn);
    c->txn = NULL;
    return rc;
}

enum scram_status
lmdb_change_commit(struct lmdb_change *c, struct sentence *why)
{
    struct lmdb_shared *s = c->shared;
    int rc = c->failed;

    if (rc == 0 && c->count == 0 && !c->new_key)
        return SCRAM_OK;
    if (rc == 0 && !lmdb_place_holds(&s->place, s->path)) {
        atomic_store(&s->replaced, true);
        return lmdb_fault_replaced(s->path, why);
    }
    rc = rc ?: commit(c);
    while (rc == MDB_MAP_FULL)
        rc = again(c) ?: commit(c);
    if (rc != 0)
        return lmdb_change_fail(c, rc, why);
    lmdb_change_publish(c);
    return SCRAM_OK;
}

void
lmdb_change_drop(struct lmdb_change *c)
{
    struct lmdb_written *w, *next;

    if (c == NULL)
        return;
    mdb_txn_abort(c->txn);
    for (w = c->first; w != NULL; w = next) {
        next = w->next;
        OPENSSL_cleanse(w->bytes, w->key_len + w->len);
        free(w);
    }
    file_tally_clear(&c->tally[SCRAM_SHA_256]);
    file_tally_clear(&c->tally[SCRAM_SHA_1]);
    secret_key_wipe(&c->key);
    pthread_mutex_unlock(&c->shared->writer);
    free(c);
}
