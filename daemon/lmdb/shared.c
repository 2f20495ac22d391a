#include "daemon/lmdb/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "daemon/lmdb/check.h"
#include "daemon/lmdb/fault.h"
#include "daemon/lmdb/make.h"
#include "daemon/lmdb/store.h"

#define MAP_MIN ((size_t)16 << 20)
#define LOOK_INTERVAL 20u /* milliseconds */

static pthread_mutex_t opened_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lmdb_shared *opened; /* all that the process has */

/* Which begins again at zero after weeks: what counts is a difference. */
static unsigned
lmdb_shared_milliseconds(void)
{
    return (unsigned)clock_milliseconds(CLOCK_MONOTONIC_COARSE);
}

bool
lmdb_shared_replaced(struct lmdb_shared *s)
{
    unsigned now = lmdb_shared_milliseconds();
    unsigned looked = atomic_load_explicit(&s->looked, memory_order_relaxed);

    if (now - looked >= LOOK_INTERVAL &&
        atomic_compare_exchange_strong(&s->looked, &looked, now) &&
        !lmdb_place_holds(&s->place, s->path))
        atomic_store(&s->replaced, true);
    return atomic_load_explicit(&s->replaced, memory_order_relaxed);
}

/* Have LMDB open the file that the place has. */
static int
open_env(struct lmdb_shared *s, size_t map_size)
{
    MDB_txn *txn;
    struct stat st;
    int fd, rc;

    rc = mdb_env_create(&s->env);
    if (rc != 0) {
        s->env = NULL;
        return rc;
    }
    rc = mdb_env_set_mapsize(s->env, map_size)
             ?: mdb_env_set_maxreaders(s->env, LMDB_READERS_MAX)
             ?: mdb_env_open(s->env, s->path, MDB_NOSUBDIR | MDB_NOTLS, 0600)
             ?: mdb_env_get_fd(s->env, &fd);
    if (rc == 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fstat(fd, &st) != 0))
        rc = errno;
    if (rc == 0 &&
        (st.st_dev != s->place.device || st.st_ino != s->place.inode))
        rc = ESTALE;
    if (rc == 0)
        rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0)
        return rc;
    rc = mdb_dbi_open(txn, NULL, 0, &s->dbi);
    mdb_txn_abort(txn);
    return rc;
}

static void
close_env(struct lmdb_shared *s)
{
    int i;

    for (i = 0; i < LMDB_READERS_KEPT; i++)
        mdb_txn_abort(atomic_exchange(&s->readers[i], NULL));
    if (s->env != NULL)
        mdb_env_close(s->env);
    s->env = NULL;
}

/* Read what the store says of itself. */
static enum scram_status
lmdb_shared_read_meta(struct lmdb_shared *s, struct sentence *why)
{
    uint32_t version = 0;
    MDB_txn *txn;
    int i, rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);

    if (rc != 0)
        return lmdb_fault(s->path, "read", rc, why);
    rc = lmdb_meta_read_format(txn, s->dbi, &version);
    if (rc == 0 && version == LMDB_FORMAT) {
        rc = lmdb_meta_read_decoy_key(txn, s->dbi, &s->decoys.key);
        for (i = 0; i < SCRAM_MECHANISMS && rc == 0; i++)
            rc = lmdb_meta_read_tally(txn, s->dbi, (enum scram_mechanism)i,
                                      &s->tally[i]);
    }
    mdb_txn_abort(txn);
    if (rc != 0)
        return lmdb_fault(s->path, "read", rc, why);
    if (version == LMDB_FORMAT)
        return SCRAM_OK;
    sentence_write(why,
                   "the store %s has the format %u, and this gss-scramd knows "
                   "the format %d alone",
                   s->path, (unsigned)version, LMDB_FORMAT);
    return SCRAM_STORE_FAILED;
}

static enum scram_status
lmdb_shared_open_file(struct lmdb_shared *s, struct sentence *why)
{
    enum scram_status status;
    struct stat st;
    int rc;

    status = lmdb_check(s->path, s->place.fd, why);
    if (status != SCRAM_OK)
        return status;
    if (fstat(s->place.fd, &st) != 0)
        return lmdb_fault(s->path, "open", errno, why);
    rc = open_env(s, MAP_MIN + 2 * (size_t)st.st_size);
    if (rc != 0)
        return lmdb_fault(s->path, "open", rc, why);
    status = lmdb_shared_read_meta(s, why);
    if (status == SCRAM_OK)
        status = store_decoys_begin(&s->decoys, why);
    if (status == SCRAM_OK)
        lmdb_shared_share(s);
    return status;
}

static void
shared_free(struct lmdb_shared *s)
{
    int i;

    close_env(s);
    if (s->place.fd >= 0)
        lmdb_place_leave(&s->place);
    store_decoys_clear(&s->decoys);
    for (i = 0; i < SCRAM_MECHANISMS; i++)
        file_tally_clear(&s->tally[i]);
    pthread_rwlock_destroy(&s->map);
    pthread_rwlock_destroy(&s->shares_lock);
    pthread_mutex_destroy(&s->writer);
    free(s->path);
    free(s);
}

/* Write what is read for a stranger: what takes longer for those who are there
 * tells who is. */
static void
write_nobody(struct lmdb_shared *s, enum scram_mechanism mechanism)
{
    struct lmdb_record record = {
        .verifier = {.mechanism = mechanism,
                     .iterations = scram_default_iterations(mechanism),
                     .salt_len = SCRAM_SALT_LEN},
    };

    s->nobody[mechanism] = BUFFER_ARRAY(s->nobody_space[mechanism]);
    lmdb_record_write(SLICE(""), &record, &s->nobody[mechanism]);
}

static struct lmdb_shared *
lmdb_shared_new(struct slice path)
{
    struct lmdb_shared *s = calloc(1, sizeof(*s));
    pthread_rwlockattr_t attr;
    int i;

    if (s == NULL)
        return NULL;
    s->place.fd = -1;
    s->holders = 1;
    s->path = strndup((const char *)path.data, path.len);
    /* A writer that waits for the map gets it before readers that came later,
     * or it would wait for ever. */
    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&s->map, &attr);
    pthread_rwlockattr_destroy(&attr);
    pthread_rwlock_init(&s->shares_lock, NULL);
    pthread_mutex_init(&s->writer, NULL);
    for (i = 0; i < SCRAM_MECHANISMS; i++)
        write_nobody(s, (enum scram_mechanism)i);
    if (s->path != NULL)
        return s;
    shared_free(s);
    return NULL;
}

/* Open a file for the first one who names it. */
static enum scram_status
open_first(struct slice path, bool create, struct lmdb_shared **shared,
           struct sentence *why)
{
    struct lmdb_shared *s = lmdb_shared_new(path);
    enum scram_status status;

    if (s == NULL)
        return lmdb_fault_memory(why);
    status = lmdb_place_take(s->path, &s->place, why);
    if (status == SCRAM_STORE_ABSENT && create) {
        status = lmdb_make(s->path, why);
        if (status == SCRAM_OK)
            status = lmdb_place_take(s->path, &s->place, why);
    }
    if (status == SCRAM_OK)
        status = lmdb_shared_open_file(s, why);
    if (status != SCRAM_OK) {
        shared_free(s);
        return status;
    }
    s->next = opened;
    opened = s;
    *shared = s;
    return SCRAM_OK;
}

enum scram_status
lmdb_shared_join(struct slice path, bool create, struct lmdb_shared **shared,
                 struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    struct lmdb_shared *s;

    pthread_mutex_lock(&opened_lock);
    for (s = opened; s != NULL; s = s->next)
        if (slice_equal(path, slice_of(s->path)))
            break;
    if (s == NULL) {
        status = open_first(path, create, shared, why);
    } else if (lmdb_shared_replaced(s)) {
        status = lmdb_fault_replaced(s->path, why);
    } else {
        s->holders++;
        *shared = s;
    }
    pthread_mutex_unlock(&opened_lock);
    return status;
}

void
lmdb_shared_leave(struct lmdb_shared *s)
{
    struct lmdb_shared **link;

    if (s == NULL)
        return;
    pthread_mutex_lock(&opened_lock);
    if (--s->holders == 0) {
        for (link = &opened; *link != s; link = &(*link)->next)
            ;
        *link = s->next;
        shared_free(s);
    }
    pthread_mutex_unlock(&opened_lock);
}

bool
lmdb_replaced(struct sentence *why)
{
    struct lmdb_shared *s;
    bool replaced = false;

    pthread_mutex_lock(&opened_lock);
    for (s = opened; s != NULL && !replaced; s = s->next) {
        replaced = lmdb_shared_replaced(s);
        if (replaced)
            lmdb_fault_replaced(s->path, why);
    }
    pthread_mutex_unlock(&opened_lock);
    return replaced;
}

/* Take a transaction that is free, or begin another one. */
static int
take_reader(struct lmdb_shared *s, MDB_txn **txn)
{
    MDB_txn *taken = NULL;
    int i, rc;

    for (i = 0; i < LMDB_READERS_KEPT && taken == NULL; i++)
        if (atomic_load_explicit(&s->readers[i], memory_order_relaxed) != NULL)
            taken = atomic_exchange(&s->readers[i], NULL);
    if (taken == NULL)
        return mdb_txn_begin(s->env, NULL, MDB_RDONLY, txn);
    rc = mdb_txn_renew(taken);
    if (rc != 0)
        mdb_txn_abort(taken);
    else
        *txn = taken;
    return rc;
}

enum scram_status
lmdb_read_begin(struct lmdb_shared *s, MDB_txn **txn, struct sentence *why)
{
    int rc;

    if (lmdb_shared_replaced(s))
        return lmdb_fault_replaced(s->path, why);
    pthread_rwlock_rdlock(&s->map);
    rc = s->env == NULL ? MDB_PANIC : take_reader(s, txn);
    if (rc == 0)
        return SCRAM_OK;
    pthread_rwlock_unlock(&s->map);
    return lmdb_fault(s->path, "read", rc, why);
}

void
lmdb_read_end(struct lmdb_shared *s, MDB_txn *txn)
{
    MDB_txn *none = NULL;
    int i;

    mdb_txn_reset(txn);
    for (i = 0; i < LMDB_READERS_KEPT; i++, none = NULL)
        if (atomic_compare_exchange_strong(&s->readers[i], &none, txn))
            break;
    if (i == LMDB_READERS_KEPT)
        mdb_txn_abort(txn);
    pthread_rwlock_unlock(&s->map);
}

int
lmdb_shared_grow(struct lmdb_shared *s)
{
    MDB_envinfo info;
    size_t size;
    void *room;
    int rc = mdb_env_info(s->env, &info);

    if (rc != 0)
        return rc;
    /* LMDB gives up the map that it has before it makes another: see first
     * whether there is room. */
    size = info.me_mapsize * 2;
    room = mmap(NULL, size, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return errno;
    munmap(room, size);
    pthread_rwlock_wrlock(&s->map);
    rc = mdb_env_set_mapsize(s->env, size);
    pthread_rwlock_unlock(&s->map);
    return rc;
}

void
lmdb_shared_mend(struct lmdb_shared *s)
{
    MDB_txn *txn;
    struct stat st;

    if (s->env != NULL && mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn) == 0) {
        mdb_txn_abort(txn);
        return;
    }
    pthread_rwlock_wrlock(&s->map);
    close_env(s);
    if (fstat(s->place.fd, &st) != 0 ||
        open_env(s, MAP_MIN + 2 * (size_t)st.st_size) != 0)
        close_env(s);
    pthread_rwlock_unlock(&s->map);
}

void
lmdb_shared_share(struct lmdb_shared *s)
{
    size_t n;
    int i;

    pthread_rwlock_wrlock(&s->shares_lock);
    s->verifiers = 0;
    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        file_tally_share(&s->tally[i], s->shares[i]);
        for (n = 0; n < s->tally[i].count; n++)
            s->verifiers += s->tally[i].kinds[n].users;
    }
    pthread_rwlock_unlock(&s->shares_lock);
}
