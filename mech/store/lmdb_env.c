#include "store/lmdb_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

/* Which begins again at zero after weeks: what counts is a difference. */
static unsigned
milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (unsigned)now.tv_sec * 1000 + (unsigned)(now.tv_nsec / 1000000);
}

bool
lmdb_look_due(struct lmdb_store *store)
{
    unsigned now = milliseconds();
    unsigned looked =
        atomic_load_explicit(&store->looked, memory_order_relaxed);

    return now - looked >= LMDB_LOOK_INTERVAL &&
           atomic_compare_exchange_strong(&store->looked, &looked, now);
}

bool
lmdb_attached(const struct lmdb_store *store)
{
    return store->env != NULL && store->generation == store_seats_generation();
}

bool
lmdb_moved(const struct lmdb_store *store)
{
    struct stat st;

    if (stat(store->path, &st) != 0)
        /* Who may no longer go there, an account that has changed say, would
         * never see that a user was disabled. Other errors pass. */
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    return !lmdb_file_id_equal(lmdb_file_id_of(&st), store->env->id);
}

static void
env_close(struct lmdb_env *env)
{
    unsigned i;

    for (i = 0; i < STORE_SEATS; i++) {
        mdb_txn_abort(env->readers[i].txn);
        scram_decoys_free(env->readers[i].decoys);
    }
    mdb_env_close(env->mdb);
    secret_key_wipe(&env->secret);
    free(env);
}

void
lmdb_detach(struct lmdb_store *store)
{
    /* What a parent opened stays open in a child: one of the parent's threads
     * may have been at work on it when the child was forked. */
    if (lmdb_attached(store))
        env_close(store->env);
    store->env = NULL;
}

/* Have LMDB open a file, and say in which file system's file it is. */
static int
open_file(struct lmdb_env *env, const char *path, struct stat *st)
{
    int fd, rc = mdb_env_create(&env->mdb);

    if (rc != 0) {
        env->mdb = NULL;
        return rc;
    }
    rc = mdb_env_set_maxdbs(env->mdb, LMDB_DATABASES)
             ?: mdb_env_open(env->mdb, path,
                             MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS,
                             0)
             ?: mdb_env_get_fd(env->mdb, &fd);
    if (rc != 0)
        return rc;
    /* LMDB lets a program that we run inherit this one; verifiers are not
     * for it. */
    return fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fstat(fd, st) != 0 ? errno
                                                                     : 0;
}

/* Read what the store says of itself. */
static int
read_meta(struct lmdb_env *env)
{
    MDB_txn *txn;
    int i, rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn);

    if (rc != 0)
        return rc;
    rc = lmdb_meta_secret(txn, env->meta, &env->secret);
    for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++)
        rc = lmdb_meta_usual(txn, env->meta, (enum scram_mechanism)i,
                             &env->usual[i]);
    mdb_txn_abort(txn);
    return rc;
}

/*
 * Open what was found at the path.
 *
 * @param again  set when it is something else by now
 */
static enum scram_status
env_open(struct lmdb_env *env, const char *path, bool *again,
         struct sentence *why)
{
    enum scram_status status;
    struct stat st;
    int rc = open_file(env, path, &st);

    if (rc != 0)
        return lmdb_file_failed(path, "open", rc, why);
    *again = !lmdb_file_id_equal(lmdb_file_id_of(&st), env->id);
    if (*again)
        return SCRAM_OK;
    status = lmdb_file_check(env->mdb, path, &env->verifiers, &env->meta, why);
    if (status != SCRAM_OK)
        return status;
    rc = read_meta(env);
    return rc == 0 ? SCRAM_OK : lmdb_file_failed(path, "read", rc, why);
}

enum scram_status
lmdb_attach(struct lmdb_store *store, struct sentence *why)
{
    enum scram_status status;
    struct lmdb_env *env;
    bool again = false;
    struct stat st;

    status = lmdb_file_find(store->path, store->writable, &st, why);
    if (status != SCRAM_OK) {
        lmdb_detach(store);
        return status;
    }
    atomic_store(&store->looked, milliseconds());
    if (lmdb_attached(store) &&
        lmdb_file_id_equal(store->env->id, lmdb_file_id_of(&st)))
        return SCRAM_OK;
    lmdb_detach(store);
    env = calloc(1, sizeof(*env));
    if (env == NULL)
        return lmdb_file_failed(store->path, "open", ENOMEM, why);
    env->id = lmdb_file_id_of(&st);
    status = env_open(env, store->path, &again, why);
    if (status != SCRAM_OK || again) {
        env_close(env);
        return status;
    }
    store->env = env;
    store->generation = store_seats_generation();
    return SCRAM_OK;
}
