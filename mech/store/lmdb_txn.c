#include "store/lmdb_txn.h"

/* The store has to be attached, or attached anew; beside LMDB's own numbers
 * and errno's. */
#define STALE (-1)

/* How often the file may change while one attempt is made to read it. */
#define TRIES 64

static enum scram_status
attach(struct lmdb_store *store, struct sentence *why)
{
    enum scram_status status;

    store_seats_clear();
    status = lmdb_attach(store, why);
    store_seats_open();
    return status;
}

static int
start_reading(struct lmdb_store *store, struct lmdb_reading *r)
{
    struct lmdb_reader *reader;

    if (!lmdb_attached(store) || (lmdb_look_due(store) && lmdb_moved(store)))
        return STALE;
    reader = &store->env->readers[r->seat];
    /* What is read does not change, so one transaction does for all. */
    if (reader->txn == NULL) {
        int rc = mdb_txn_begin(store->env->mdb, NULL, MDB_RDONLY, &reader->txn);

        if (rc != 0) {
            reader->txn = NULL;
            return rc;
        }
    }
    r->txn = reader->txn;
    r->env = store->env;
    r->reader = reader;
    return 0;
}

enum scram_status
lmdb_read_begin(struct lmdb_store *store, struct lmdb_reading *r,
                struct sentence *why)
{
    int i;

    for (i = 0; i < TRIES; i++) {
        enum scram_status status;
        int rc;

        r->seat = store_seat_take();
        rc = start_reading(store, r);
        if (rc == 0)
            return SCRAM_OK;
        store_seat_leave(r->seat);
        status = rc == STALE ? attach(store, why)
                             : lmdb_file_failed(store->path, "read", rc, why);
        if (status != SCRAM_OK)
            return status;
    }
    sentence_write(why,
                   "cannot read the store %s: it changed under each of %d "
                   "attempts; try again",
                   store->path, TRIES);
    return SCRAM_STORE_FAILED;
}

void
lmdb_read_end(struct lmdb_reading *r)
{
    store_seat_leave(r->seat);
}

enum scram_status
lmdb_read_decoys(struct lmdb_reading *r, struct scram_decoys **decoys)
{
    struct lmdb_reader *reader = r->reader;
    enum scram_status status = SCRAM_OK;

    if (reader->decoys == NULL)
        status =
            scram_decoys_new(SLICE_ARRAY(r->env->secret.data), &reader->decoys);
    if (status == SCRAM_OK)
        *decoys = reader->decoys;
    return status;
}

/* Put the draft in its place, and let it be seen by whoever reads next. */
static enum scram_status
publish(struct lmdb_store *store, struct lmdb_draft *draft,
        struct sentence *why)
{
    enum scram_status status = lmdb_draft_publish(draft, why);

    store_seats_clear();
    lmdb_detach(store);
    store_seats_open();
    return status;
}

enum scram_status
lmdb_write(struct lmdb_store *store, lmdb_change *change, void *data,
           struct sentence *why)
{
    struct lmdb_draft *draft = store->draft;
    enum scram_status status = SCRAM_OK;

    if (draft == NULL)
        status = lmdb_draft_begin(store->path, &draft, why);
    if (status != SCRAM_OK)
        return status;
    status = lmdb_draft_change(draft, change, data, why);
    if (store->together) {
        store->draft = draft;
        return status;
    }
    if (status == SCRAM_OK)
        status = publish(store, draft, why);
    lmdb_draft_drop(draft);
    return status;
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

    if (store->draft != NULL)
        status = publish(store, store->draft, why);
    lmdb_draft_drop(store->draft);
    store->draft = NULL;
    store->together = false;
    return status;
}
