#include "store/lmdb_txn.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What may get in the way beside LMDB's own numbers and errno's. */
enum {
    STALE = -1,  /* the store has to be attached, or attached anew */
    FOREIGN = -2 /* the lock file counts another file's transactions */
};

/* How often something may get in the way of one transaction. A map that is
 * doubled this often has no end. */
#define TRIES 64

/* Make the map as large as the file says, or twice as large as it is. */
static int
remap(MDB_env *mdb, bool grow)
{
    MDB_envinfo info;

    mdb_env_info(mdb, &info);
    if (grow && info.me_mapsize > SIZE_MAX / 2)
        return ENOMEM;
    return mdb_env_set_mapsize(mdb, grow ? info.me_mapsize * 2 : 0);
}

/* Whether readers that died have left their slots to us. */
static int
free_slots(MDB_env *mdb)
{
    int dead = 0;
    int rc = mdb_reader_check(mdb, &dead);

    return rc == 0 && dead == 0 ? MDB_READERS_FULL : rc;
}

/*
 * Do away with what got in the way of a transaction, while the seats are
 * clear. Another thread may have done so already.
 *
 * @param doing  as lmdb_file_failed takes it
 */
static enum scram_status
mend_alone(struct lmdb_store *store, const char *doing, int rc,
           struct sentence *why)
{
    struct lmdb_env *env = store->env;
    unsigned i;

    if (rc == STALE)
        return lmdb_attach(store, why);
    if (!lmdb_attached(store))
        return SCRAM_OK;
    switch (rc) {
    case FOREIGN: /* which is dealt with when it is opened */
        lmdb_env_shut(env);
        return SCRAM_OK;
    case MDB_BAD_RSLOT:
        /* The slots in the lock file are others' now, and not to be freed:
         * the program closed our lock file, say, and lost its locks. */
        for (i = 0; i < STORE_SEATS; i++)
            env->readers[i].txn = NULL;
        lmdb_env_shut(env);
        return SCRAM_OK;
    case MDB_MAP_RESIZED:
        rc = remap(env->mdb, false);
        break;
    case MDB_MAP_FULL:
        rc = remap(env->mdb, true);
        break;
    case MDB_READERS_FULL:
        rc = free_slots(env->mdb);
        break;
    default:
        break;
    }
    if (rc == 0)
        return SCRAM_OK;
    /* After some of its failures LMDB wants to be opened again. */
    lmdb_env_shut(env);
    return lmdb_file_failed(store->path, doing, rc, why);
}

static enum scram_status
mend(struct lmdb_store *store, const char *doing, int rc, struct sentence *why)
{
    enum scram_status status;

    store_seats_clear();
    status = mend_alone(store, doing, rc, why);
    store_seats_open();
    return status;
}

static enum scram_status
give_up(const struct lmdb_store *store, const char *doing, struct sentence *why)
{
    sentence_write(why,
                   "cannot %s the store %s: it changed under each of %d "
                   "attempts; try again",
                   doing, store->path, TRIES);
    return SCRAM_STORE_FAILED;
}

static void
set_txn(struct lmdb_txn *t, MDB_txn *txn, const struct lmdb_env *env)
{
    t->txn = txn;
    t->reader = NULL;
    t->verifiers = env->verifiers;
    t->meta = env->meta;
    t->secret = SLICE_ARRAY(env->secret.data);
}

static int
start_reading(struct lmdb_store *store, struct lmdb_txn *t)
{
    struct lmdb_env *env = store->env;
    struct lmdb_reader *reader;
    int rc;

    if (!lmdb_attached(store) || (lmdb_look_due(store) && lmdb_moved(store)))
        return STALE;
    reader = &env->readers[t->seat];
    rc = reader->txn == NULL
             ? mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &reader->txn)
             : mdb_txn_renew(reader->txn);
    if (rc != 0)
        return rc;
    set_txn(t, reader->txn, env);
    t->reader = reader;
    return 0;
}

enum scram_status
lmdb_read_begin(struct lmdb_store *store, struct lmdb_txn *t,
                struct sentence *why)
{
    int i, rc;

    for (i = 0; i < TRIES; i++) {
        enum scram_status status;

        t->seat = store_seat_take();
        rc = start_reading(store, t);
        if (rc == 0)
            return SCRAM_OK;
        store_seat_leave(t->seat);
        status = mend(store, "read", rc, why);
        if (status != SCRAM_OK)
            return status;
    }
    return give_up(store, "read", why);
}

void
lmdb_read_end(struct lmdb_txn *t)
{
    mdb_txn_reset(t->txn);
    store_seat_leave(t->seat);
}

int
lmdb_read_usual(struct lmdb_txn *t, enum scram_mechanism mechanism,
                struct lmdb_usual *usual)
{
    struct lmdb_reader *reader = t->reader;
    size_t at = mdb_txn_id(t->txn);
    int i, rc = 0;

    if (!reader->usual_known || reader->usual_at != at) {
        reader->usual_known = false;
        for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++)
            rc = lmdb_meta_usual(t->txn, t->meta, (enum scram_mechanism)i,
                                 &reader->usual[i]);
        if (rc != 0)
            return rc;
        reader->usual_known = true;
        reader->usual_at = at;
    }
    *usual = reader->usual[mechanism];
    return 0;
}

enum scram_status
lmdb_read_decoys(struct lmdb_txn *t, struct scram_decoys **decoys)
{
    struct lmdb_reader *reader = t->reader;
    enum scram_status status = SCRAM_OK;

    if (reader->decoys == NULL)
        status = scram_decoys_new(t->secret, &reader->decoys);
    if (status == SCRAM_OK)
        *decoys = reader->decoys;
    return status;
}

/*
 * Make the file as long as the map, so that none of it is missing which LMDB
 * counts: pages that a transaction took and gave back are counted and not
 * written. What is between is a hole that takes no room on the disk.
 */
static int
extend(MDB_env *mdb)
{
    MDB_envinfo info;
    struct stat st;
    int fd, rc = mdb_env_get_fd(mdb, &fd);

    if (rc != 0)
        return rc;
    mdb_env_info(mdb, &info);
    if (fstat(fd, &st) != 0 || (st.st_size < (off_t)info.me_mapsize &&
                                ftruncate(fd, (off_t)info.me_mapsize) != 0))
        return errno;
    return 0;
}

static int
start_writing(struct lmdb_store *store, struct lmdb_txn *t)
{
    struct lmdb_env *env = store->env;
    MDB_txn *txn;
    int rc;

    if (!lmdb_attached(store))
        return STALE;
    rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
    if (rc != 0)
        return rc;
    /* What is written to a file that is no longer there would be lost. */
    if (lmdb_moved(store))
        rc = STALE;
    else if (lmdb_lock_is_foreign(env->mdb, txn))
        rc = FOREIGN;
    else
        rc = extend(env->mdb);
    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    set_txn(t, txn, env);
    return 0;
}

/* Make a change, and return what got in its way. */
static int
try_writing(struct lmdb_store *store, lmdb_change *change, void *data)
{
    struct lmdb_txn t = {.seat = store_seat_take()};
    int rc = start_writing(store, &t);

    if (rc == 0) {
        rc = change(&t, data);
        if (rc == 0)
            rc = mdb_txn_commit(t.txn);
        else
            mdb_txn_abort(t.txn);
    }
    store_seat_leave(t.seat);
    return rc;
}

enum scram_status
lmdb_write(struct lmdb_store *store, lmdb_change *change, void *data,
           struct sentence *why)
{
    int i;

    for (i = 0; i < TRIES; i++) {
        int rc = try_writing(store, change, data);
        enum scram_status status;

        switch (rc) {
        case 0:
            atomic_store(&store->wrote, true);
            return SCRAM_OK;
        case MDB_KEYEXIST:
            return SCRAM_USER_EXISTS;
        case MDB_NOTFOUND:
            return SCRAM_NO_USER;
        default:
            status = mend(store, "write", rc, why);
            if (status != SCRAM_OK)
                return status;
        }
    }
    return give_up(store, "write", why);
}
