#include "store/lmdb_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/lmdb_make.h"

/* Slots in the lock file: one for each process, and one more for each further
 * thread of it that reads at the same moment. Enough for several servers that
 * keep hundreds of processes; a slot is 64 bytes, shared by all. */
#define READERS_MAX 4096

/* How old what we know of the path may be. A look costs two stat(2), about as
 * much as a look-up: four a second are nothing to a busy server, and whoever
 * puts another file there need not wait. */
#define LOOK_INTERVAL 250 /* milliseconds */

/* Those of the processes that this one was forked from stay in the list, and
 * are neither used nor closed: that would touch what the parents read from. */
static struct lmdb_env *envs;

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

    return now - looked >= LOOK_INTERVAL &&
           atomic_compare_exchange_strong(&store->looked, &looked, now);
}

/* The store's environment, unless it is another process's. */
static struct lmdb_env *
own_env(const struct lmdb_store *store)
{
    return store->generation == store_seats_generation() ? store->env : NULL;
}

bool
lmdb_attached(const struct lmdb_store *store)
{
    const struct lmdb_env *env = own_env(store);

    return env != NULL && env->mdb != NULL &&
           (env->writable || !store->writable);
}

bool
lmdb_moved(const struct lmdb_store *store)
{
    const struct lmdb_env *env = store->env;
    struct stat st;

    if (stat(store->path, &st) != 0)
        /* What can no longer be seen, by an account that has changed say, may
         * well be there still. */
        return errno == ENOENT || errno == ENOTDIR;
    if (!lmdb_file_id_equal(lmdb_file_id_of(&st), env->data) ||
        st.st_size < env->size)
        return true;
    if (stat(env->lock_path, &st) != 0)
        /* A reader's slot is good for as long as no writer makes another lock
         * file; it could not make one itself. */
        return store->writable;
    return !lmdb_file_id_equal(lmdb_file_id_of(&st), env->lock);
}

void
lmdb_env_shut(struct lmdb_env *env)
{
    unsigned i;

    for (i = 0; i < STORE_SEATS; i++) {
        mdb_txn_abort(env->readers[i].txn);
        scram_decoys_free(env->readers[i].decoys);
    }
    memset(env->readers, 0, sizeof(env->readers));
    mdb_env_close(env->mdb);
    env->mdb = NULL;
    env->writable = false;
    secret_key_wipe(&env->secret);
}

void
lmdb_detach(struct lmdb_store *store)
{
    struct lmdb_env *env = own_env(store), **link;

    store->env = NULL;
    if (env == NULL || --env->stores > 0)
        return;
    lmdb_env_shut(env);
    for (link = &envs; *link != env; link = &(*link)->next)
        ;
    *link = env->next;
    free(env->lock_path);
    free(env);
}

/* Let the store use the environment of the lock file, a new one if there is
 * none. */
static bool
join(struct lmdb_store *store, const struct lmdb_file *file)
{
    unsigned long generation = store_seats_generation();
    struct lmdb_env *env = envs;

    while (env != NULL && (env->generation != generation ||
                           !lmdb_file_id_equal(env->lock, file->lock)))
        env = env->next;
    if (env == NULL) {
        env = calloc(1, sizeof(*env));
        if (env == NULL)
            return false;
        *env = (struct lmdb_env){
            .next = envs, .generation = generation, .lock = file->lock};
        envs = env;
    }
    env->stores++;
    lmdb_detach(store);
    store->env = env;
    store->generation = generation;
    return true;
}

bool
lmdb_lock_is_foreign(MDB_env *mdb, MDB_txn *txn)
{
    MDB_envinfo info;

    mdb_env_info(mdb, &info);
    return mdb_txn_id(txn) != info.me_last_txnid + 1;
}

/* Have LMDB open a file, and say in which file system's file it is. */
static int
open_file(MDB_env **mdb, const struct lmdb_file *file, bool writable,
          struct stat *st)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | (writable ? 0 : MDB_RDONLY);
    int fd, rc = mdb_env_create(mdb);

    if (rc != 0) {
        *mdb = NULL;
        return rc;
    }
    rc = mdb_env_set_maxdbs(*mdb, LMDB_DATABASES)
             ?: mdb_env_set_maxreaders(*mdb, READERS_MAX)
             ?: mdb_env_open(*mdb, file->path, flags, LMDB_FILE_MODE)
             ?: mdb_env_get_fd(*mdb, &fd);
    if (rc != 0)
        return rc;
    /* LMDB lets a program that we run inherit this one; verifiers are not
     * for it. */
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fstat(fd, st) != 0)
        return errno;
    /* Readers that died keep what they read from being written over. */
    return mdb_reader_check(*mdb, NULL);
}

/* Whether what LMDB opened is what was found. A lock file is put in its place
 * before the file that it is for: see lmdb_make.c. */
static bool
opened_what_was_found(const struct lmdb_file *file, const struct stat *opened)
{
    struct stat st;

    return lmdb_file_id_equal(lmdb_file_id_of(opened), file->data) &&
           (lmdb_file_id_equal(file->lock, file->data) ||
            (stat(file->lock_path, &st) == 0 &&
             lmdb_file_id_equal(lmdb_file_id_of(&st), file->lock)));
}

/* Begin a transaction, also when the map has grown since it was opened. */
static int
begin(MDB_env *mdb, unsigned flags, MDB_txn **txn)
{
    int rc = mdb_txn_begin(mdb, NULL, flags, txn);

    if (rc == MDB_MAP_RESIZED)
        rc =
            mdb_env_set_mapsize(mdb, 0) ?: mdb_txn_begin(mdb, NULL, flags, txn);
    return rc;
}

/* Take the databases' handles, the format and the secret. */
static int
read_meta(struct lmdb_env *env, uint32_t *format)
{
    MDB_txn *txn;
    int rc = begin(env->mdb, MDB_RDONLY, &txn);

    if (rc != 0)
        return rc;
    rc = mdb_dbi_open(txn, LMDB_VERIFIERS, 0, &env->verifiers)
             ?: mdb_dbi_open(txn, LMDB_META, 0, &env->meta)
             ?: lmdb_meta_format(txn, env->meta, format)
             ?: lmdb_meta_secret(txn, env->meta, &env->secret);
    if (rc == 0)
        return mdb_txn_commit(txn); /* which keeps the handles */
    mdb_txn_abort(txn);
    return rc;
}

/* Look at what is in an open file. */
static enum scram_status
check(struct lmdb_env *env, const char *path, struct sentence *why)
{
    uint32_t format = 0;
    MDB_envinfo info;
    MDB_stat pages;
    struct stat st;
    int fd, rc;

    /* In this order: a writer makes the file longer before it says so. */
    mdb_env_info(env->mdb, &info);
    mdb_env_stat(env->mdb, &pages);
    env->size = (off_t)((info.me_last_pgno + 1) * pages.ms_psize);
    if (mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &st) != 0)
        return lmdb_file_failed(path, "open", errno, why);
    /* What is mapped and not there would kill the process. */
    if (st.st_size < env->size) {
        sentence_write(why,
                       "the store %s is cut short: %lld bytes of %lld; restore "
                       "it from a backup",
                       path, (long long)st.st_size, (long long)env->size);
        return SCRAM_STORE_FAILED;
    }
    rc = read_meta(env, &format);
    if (rc == MDB_INCOMPATIBLE || rc == MDB_CORRUPTED)
        rc = MDB_NOTFOUND; /* something else by those names */
    if (rc == 0 && format != LMDB_FORMAT) {
        sentence_write(why,
                       "the store %s has format %u and this program reads "
                       "format %u; use the gss-scram that made it, or a newer "
                       "one",
                       path, (unsigned)format, LMDB_FORMAT);
        return SCRAM_STORE_FAILED;
    }
    return rc == 0 ? SCRAM_OK : lmdb_file_failed(path, "read", rc, why);
}

/*
 * A writer's part of opening: have a lock file that counts this file's
 * transactions.
 *
 * @param again  set when there is a new one, and all has to be opened again
 */
static enum scram_status
check_lock(MDB_env *mdb, const struct lmdb_file *file, bool *again,
           struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    MDB_txn *txn;
    int rc = begin(mdb, 0, &txn);

    if (rc != 0)
        return lmdb_file_failed(file->path, "write", rc, why);
    if (lmdb_lock_is_foreign(mdb, txn)) {
        status = lmdb_make_again(file, why);
        *again = true;
    }
    mdb_txn_abort(txn);
    return status;
}

static enum scram_status
reopen(struct lmdb_store *store, const struct lmdb_file *file,
       struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    struct lmdb_env *env = store->env;
    bool again = false;
    struct stat st;
    int rc;

    lmdb_env_shut(env);
    free(env->lock_path);
    env->lock_path = strdup(file->lock_path);
    rc = env->lock_path == NULL
             ? ENOMEM
             : open_file(&env->mdb, file, store->writable, &st);
    if (rc != 0)
        status = lmdb_file_failed(store->path, "open", rc, why);
    else
        again = !opened_what_was_found(file, &st);
    if (status == SCRAM_OK && !again && store->writable)
        status = check_lock(env->mdb, file, &again, why);
    if (status == SCRAM_OK && !again)
        status = check(env, store->path, why);
    if (status != SCRAM_OK || again) {
        lmdb_env_shut(env);
        return status;
    }
    env->data = file->data;
    env->writable = store->writable;
    return SCRAM_OK;
}

enum scram_status
lmdb_attach(struct lmdb_store *store, struct sentence *why)
{
    struct lmdb_file file;
    enum scram_status status;

    status = lmdb_file_find(store->path, store->writable, &file, why);
    if (status != SCRAM_OK) {
        lmdb_detach(store);
        return status;
    }
    if (!join(store, &file))
        return lmdb_file_failed(store->path, "open", ENOMEM, why);
    atomic_store(&store->looked, milliseconds());
    if (lmdb_attached(store) &&
        lmdb_file_id_equal(store->env->data, file.data) &&
        file.size >= store->env->size)
        return SCRAM_OK;
    return reopen(store, &file, why);
}
