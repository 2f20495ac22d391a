#include "gss/default_cred.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"

/* Accounts that a process accepts as in turns without losing what it keeps. */
#define KEPT 4

/* How old what we know of the file may be. stat(2) costs a fifth of what a
 * handshake does. */
#define LOOK_INTERVAL 250 /* milliseconds */

/* A file may include others, and an account may get another name, which the
 * file's own state does not show: read all again now and then. */
#define KEEP_FOR 60000 /* milliseconds */

/* A file that changes twice within a tick of its file system's clock looks the
 * same: until it is this old, what was read of it may be the first half. */
#define SETTLED_AFTER 2 /* seconds */

/* What was read of an account's configuration depends on this. */
struct origin {
    bool there; /* the file, of which the rest is */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

static struct kept {
    struct cred *cred; /* NULL: nothing is kept here */
    uid_t account;
    char *path;
    struct origin origin;
    uint64_t read_at, looked_at; /* milliseconds of the monotonic clock */
} kept[KEPT];
static unsigned next_place;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
lock_it(void)
{
    pthread_mutex_lock(&lock);
}

static void
unlock_it(void)
{
    pthread_mutex_unlock(&lock);
}

/* While the module is loaded: a child finds what is kept, whole. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(lock_it, unlock_it, unlock_it);
}

static uint64_t
milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* False where the file cannot be looked at, as at the end of a symbolic link
 * that leads nowhere: nothing can be said of it then. */
static bool
origin_of(const char *path, struct origin *origin)
{
    struct stat st;

    *origin = (struct origin){.there = stat(path, &st) == 0};
    if (!origin->there)
        return errno == ENOENT && lstat(path, &st) != 0;
    origin->device = st.st_dev;
    origin->inode = st.st_ino;
    origin->size = st.st_size;
    origin->changed = st.st_ctim;
    return true;
}

static bool
origin_equal(const struct origin *a, const struct origin *b)
{
    return a->there == b->there && a->device == b->device &&
           a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool
is_settled(const struct origin *origin)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return !origin->there ||
           now.tv_sec - origin->changed.tv_sec > SETTLED_AFTER;
}

/*
 * A reference to what is kept for an account; NULL for nothing.
 *
 * @param due     whether it is time to look at the file again, which one
 *                thread is told
 * @param origin  set where it is: what it was like when it was read
 */
static struct cred *
find(uid_t account, const char *path, struct origin *origin, bool *due)
{
    uint64_t now = milliseconds();
    struct cred *cred = NULL;
    struct kept *k;

    *due = false;
    pthread_mutex_lock(&lock);
    for (k = kept; k < kept + KEPT && cred == NULL; k++) {
        if (k->cred == NULL || k->account != account ||
            now - k->read_at >= KEEP_FOR || strcmp(k->path, path) != 0)
            continue;
        cred = cred_again(k->cred);
        if (now - k->looked_at >= LOOK_INTERVAL) {
            k->looked_at = now;
            *origin = k->origin;
            *due = true;
        }
    }
    pthread_mutex_unlock(&lock);
    return cred;
}

/* The place to keep something of this account in; the lock is held. */
static struct kept *
place_for(uid_t account)
{
    struct kept *k;

    for (k = kept; k < kept + KEPT; k++) {
        if (k->cred == NULL || k->account == account)
            return k;
    }
    return &kept[next_place++ % KEPT];
}

/* Keep a credential; without memory, do not. */
static void
keep(uid_t account, const char *path, const struct origin *origin,
     struct cred *cred)
{
    struct kept *place, old, new = {.account = account, .origin = *origin};

    new.path = strdup(path);
    if (new.path == NULL)
        return;
    new.cred = cred_again(cred);
    new.read_at = new.looked_at = milliseconds();
    pthread_mutex_lock(&lock);
    place = place_for(account);
    old = *place;
    *place = new;
    pthread_mutex_unlock(&lock);
    cred_release(old.cred); /* which may close a store: not with the lock */
    free(old.path);
}

/* Have every call read again what this came from. */
static void
forget(const struct cred *cred)
{
    struct kept old = {0};
    struct kept *k;

    pthread_mutex_lock(&lock);
    for (k = kept; k < kept + KEPT; k++) {
        if (k->cred == cred) {
            old = *k;
            *k = (struct kept){0};
        }
    }
    pthread_mutex_unlock(&lock);
    cred_release(old.cred);
    free(old.path);
}

OM_uint32
default_cred(OM_uint32 *minor, struct cred **output)
{
    struct cred_source source = {.usage = GSS_C_ACCEPT};
    const char *path = config_path();
    uid_t account = geteuid();
    struct origin before, after;
    struct cred *cred;
    OM_uint32 major;
    bool due, known;

    cred = find(account, path, &before, &due);
    if (cred != NULL && due &&
        !(origin_of(path, &after) && origin_equal(&before, &after))) {
        forget(cred);
        cred_release(cred);
        cred = NULL;
    }
    if (cred != NULL) {
        *output = cred;
        return GSS_S_COMPLETE;
    }
    known = origin_of(path, &before);
    major = cred_acquire(minor, &source, output);
    if (major == GSS_S_COMPLETE && known && is_settled(&before) &&
        origin_of(path, &after) && origin_equal(&before, &after))
        keep(account, path, &before, *output);
    return major;
}
