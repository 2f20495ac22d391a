#include "store/file_shared.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/trace.h"
#include "store/file_fault.h"

#define IDLE_MAX 4 /* files that are kept though nobody names them */

struct file_shared {
    struct file_shared *next;
    unsigned users; /* stores that are open; guarded by the list's lock */
    uid_t uid;
    atomic_uint looked; /* at the path last, in milliseconds */
    atomic_bool renew;
    pthread_mutex_t lock;       /* of current, for as long as it is taken */
    struct file_image *current; /* NULL: none, or none that may be used */
    pthread_mutex_t reading;    /* held by the one who reads; guards these: */
    struct file_id refused;     /* the last file that was damaged */
    uint64_t read_at, took;     /* microseconds */
    char path[];
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct file_shared *list;

/* The threads that held the locks are not in the child. What they guard is
 * changed by single stores, and so is whole. */
static void
file_shared_in_child(void)
{
    struct file_shared *f;

    list_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    for (f = list; f != NULL; f = f->next) {
        f->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        f->reading = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    }
}

/* While this is loaded: a fork that has begun does not run handlers that are
 * registered meanwhile, and its child would find the locks held. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, file_shared_in_child);
}

/* Which begins again at zero after weeks: what counts is a difference. */
static unsigned
file_shared_milliseconds(void)
{
    return (unsigned)clock_milliseconds(CLOCK_MONOTONIC_COARSE);
}

static struct file_shared *
file_shared_new(struct slice path)
{
    struct file_shared *f = calloc(1, sizeof(*f) + path.len + 1);

    if (f == NULL)
        return NULL;
    f->uid = geteuid();
    memcpy(f->path, path.data, path.len);
    pthread_mutex_init(&f->lock, NULL);
    pthread_mutex_init(&f->reading, NULL);
    return f;
}

enum scram_status
file_shared_join(struct slice path, struct file_shared **shared,
                 struct sentence *why)
{
    uid_t uid = geteuid();
    struct file_shared *f;

    pthread_mutex_lock(&list_lock);
    for (f = list; f != NULL; f = f->next)
        if (f->uid == uid && slice_equal(slice_of(f->path), path))
            break;
    if (f == NULL && (f = file_shared_new(path)) != NULL) {
        f->next = list;
        list = f;
    }
    if (f != NULL)
        f->users++;
    pthread_mutex_unlock(&list_lock);
    if (f == NULL)
        return file_fault_memory(why);
    *shared = f;
    return SCRAM_OK;
}

/* Take the one out of the list that was begun first of those that nobody
 * names, if there are more than are kept. */
static struct file_shared *
take_idle(void)
{
    struct file_shared **at, **oldest = NULL, *f;
    unsigned idle = 0;

    for (at = &list; *at != NULL; at = &(*at)->next) {
        if ((*at)->users == 0) {
            idle++;
            oldest = at;
        }
    }
    if (idle <= IDLE_MAX)
        return NULL;
    f = *oldest;
    *oldest = f->next;
    return f;
}

void
file_shared_leave(struct file_shared *shared)
{
    struct file_shared *idle;

    pthread_mutex_lock(&list_lock);
    shared->users--;
    idle = take_idle();
    pthread_mutex_unlock(&list_lock);
    if (idle == NULL)
        return;
    file_image_release(idle->current);
    pthread_mutex_destroy(&idle->lock);
    pthread_mutex_destroy(&idle->reading);
    free(idle);
}

const char *
file_shared_path(const struct file_shared *shared)
{
    return shared->path;
}

/* The current image, held; NULL when there is none. */
static struct file_image *
hold_current(struct file_shared *f)
{
    struct file_image *image;

    pthread_mutex_lock(&f->lock);
    image = f->current;
    if (image != NULL)
        file_image_hold(image);
    pthread_mutex_unlock(&f->lock);
    return image;
}

/* Let another image be current, or none. */
static void
put_current(struct file_shared *f, struct file_image *image)
{
    struct file_image *before;

    pthread_mutex_lock(&f->lock);
    before = f->current;
    f->current = image;
    pthread_mutex_unlock(&f->lock);
    file_image_release(before);
}

/* Whether it is time to look at the path again. One thread is told so. */
static bool
look_due(struct file_shared *f)
{
    unsigned now = file_shared_milliseconds();
    unsigned looked = atomic_load_explicit(&f->looked, memory_order_relaxed);

    return now - looked >= FILE_LOOK_INTERVAL &&
           atomic_compare_exchange_strong(&f->looked, &looked, now);
}

/*
 * Whether an image is not the file at the path.
 *
 * @param st  of what is there; all zero when nothing is
 */
static bool
has_moved(const struct file_shared *f, const struct file_image *image,
          struct stat *st)
{
    if (stat(f->path, st) != 0) {
        *st = (struct stat){0};
        /* A process that may no longer go there, whose account has changed say,
         * would never see that a user was disabled. Other errors pass. */
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
               errno == ELOOP;
    }
    return !file_id_equal(file_id_of(st), image->id);
}

/* Tell the administrator of the server what was found in a file. */
static void
file_shared_report(const struct sentence *why)
{
    log_line(LOG_LEVEL_WARNING, why->text);
    trace_line(why->text);
}

static void
report_odd(const struct file_shared *f, const struct file_image *image)
{
    struct sentence why;

    if (image->odd == 0)
        return;
    sentence_write(&why,
                   "%llu of the users in %s count as disabled, the first in "
                   "line %llu: there is a key that this version does not know, "
                   "a day of expiry or groups that are none, or a count of "
                   "iterations under %d",
                   (unsigned long long)image->odd, f->path,
                   (unsigned long long)image->odd_line, SCRAM_ITERATIONS_MIN);
    file_shared_report(&why);
}

/*
 * Whether a server goes on with the image that it has, as the file that took
 * its place is of no use: not where nothing is there, or nothing that may be
 * used, and not where it is the same file, changed in place.
 *
 * @param id      of what was found; all zero: nothing was
 * @param status  what reading it came to
 */
static bool
goes_on(const struct file_image *before, struct file_id id,
        enum scram_status status)
{
    if (before == NULL || status == SCRAM_STORE_ABSENT ||
        status == SCRAM_STORE_FORBIDDEN)
        return false;
    return id.inode != before->id.inode || id.device != before->id.device;
}

/*
 * Read the file at the path; with the lock for reading.
 *
 * @param before  the current image; NULL: there is none
 * @param image   set on SCRAM_OK alone, held
 */
static enum scram_status
read_newer(struct file_shared *f, struct file_image *before,
           struct file_image **image, struct sentence *why)
{
    uint64_t started = clock_microseconds(CLOCK_THREAD_CPUTIME_ID);
    struct sentence reason = {""}, said;
    enum scram_status status;
    struct file_id id;

    status = file_image_open(f->path, f->uid, image, &id, &reason);
    atomic_store(&f->looked, file_shared_milliseconds());
    f->took = clock_microseconds(CLOCK_THREAD_CPUTIME_ID) - started;
    f->read_at = clock_microseconds(CLOCK_MONOTONIC);
    if (status == SCRAM_OK) {
        report_odd(f, *image);
        file_image_hold(*image);
        put_current(f, *image);
        return SCRAM_OK;
    }
    if (!goes_on(before, id, status)) {
        put_current(f, NULL);
        sentence_write(why, "%s", reason.text);
        return status;
    }
    if (!file_id_equal(f->refused, id)) {
        f->refused = id;
        sentence_write(&said, "%s; what was there before is used on",
                       reason.text);
        file_shared_report(&said);
    }
    file_image_hold(before);
    *image = before;
    return SCRAM_OK;
}

/* Whether a reading would come too soon after the last one, or would be of what
 * was found to be damaged; what may not be used at all is not read. */
static bool
is_too_soon(const struct file_shared *f, const struct stat *st)
{
    if (!file_image_trusts(st, f->uid))
        return false;
    return clock_microseconds(CLOCK_MONOTONIC) - f->read_at <
               f->took * FILE_READ_PAUSE ||
           file_id_equal(f->refused, file_id_of(st));
}

enum scram_status
file_shared_take(struct file_shared *f, struct file_image **image,
                 struct sentence *why)
{
    bool wait = atomic_load_explicit(&f->renew, memory_order_relaxed) &&
                atomic_exchange(&f->renew, false);
    enum scram_status status = SCRAM_OK;
    struct file_image *held = hold_current(f);
    struct stat st;

    *image = held;
    if (held == NULL)
        wait = true;
    else if (!wait && (!look_due(f) || !has_moved(f, held, &st)))
        return SCRAM_OK;
    if (wait)
        pthread_mutex_lock(&f->reading);
    else if (pthread_mutex_trylock(&f->reading) != 0)
        return SCRAM_OK; /* another thread reads what is newer */
    *image = NULL;
    file_image_release(held);
    held = hold_current(f);
    if (held == NULL ||
        (has_moved(f, held, &st) && (wait || !is_too_soon(f, &st)))) {
        status = read_newer(f, held, image, why);
        file_image_release(held);
    } else {
        *image = held;
    }
    pthread_mutex_unlock(&f->reading);
    return status;
}

void
file_shared_renew(struct file_shared *f, const struct file_image *unusable)
{
    struct file_image *before = NULL;

    pthread_mutex_lock(&f->lock);
    if (unusable != NULL && f->current == unusable) {
        before = f->current;
        f->current = NULL;
    }
    pthread_mutex_unlock(&f->lock);
    file_image_release(before);
    atomic_store(&f->renew, true);
}

void
file_shared_wait_seen(void)
{
    struct timespec wait;

    clock_getres(CLOCK_MONOTONIC_COARSE, &wait);
    wait.tv_nsec += (FILE_LOOK_INTERVAL + 1) * 1000000;
    nanosleep(&wait, NULL);
}
