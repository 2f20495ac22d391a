#include "store/ldap_aside.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "store/ldap_thread.h"

/* Threads that nobody waits for any more: while a KDC or a name server is dumb,
 * each login would leave one behind. */
#define ABANDONED_MAX 16

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned abandoned; /* under the lock */

/* It belongs to the thread and to who waits: the second to let go frees it. */
struct errand {
    const struct ldap_aside *aside;
    void *data;
    pthread_cond_t over;
    bool done, abandoned; /* under the lock */
};

static void
before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void
after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

/* A child has none of these threads. */
static void
in_child(void)
{
    abandoned = 0;
    pthread_mutex_unlock(&lock);
}

static void
watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, in_child);
}

static void
errand_free(struct errand *e)
{
    pthread_cond_destroy(&e->over);
    free(e);
}

static void *
run(void *data)
{
    struct errand *e = data;
    bool alone;

    e->aside->work(e->data);
    pthread_mutex_lock(&lock);
    e->done = true;
    alone = e->abandoned;
    if (alone)
        abandoned--;
    pthread_cond_signal(&e->over);
    pthread_mutex_unlock(&lock);
    if (alone) {
        e->aside->release(e->data);
        errand_free(e);
    }
    return NULL;
}

static struct errand *
errand_new(const struct ldap_aside *aside, void *data)
{
    struct errand *e = calloc(1, sizeof(*e));

    if (e == NULL)
        return NULL;
    e->aside = aside;
    e->data = data;
    ldap_thread_condition(&e->over);
    return e;
}

static bool
wait_for(struct errand *e, uint64_t deadline)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};
    int error = 0;
    bool done;

    pthread_mutex_lock(&lock);
    while (!e->done && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&e->over, &lock, &until);
    done = e->done;
    e->abandoned = !done;
    if (!done)
        abandoned++;
    pthread_mutex_unlock(&lock);
    if (done)
        errand_free(e);
    else
        errno = ETIMEDOUT;
    return done;
}

static bool
too_many(void)
{
    bool full;

    pthread_mutex_lock(&lock);
    full = abandoned >= ABANDONED_MAX;
    pthread_mutex_unlock(&lock);
    return full;
}

bool
ldap_aside(const struct ldap_aside *aside, void *data, uint64_t deadline)
{
    struct errand *e = errand_new(aside, data);
    int error = ENOMEM;

    pthread_once(&once, watch_forks);
    if (e != NULL)
        error = !too_many() && ldap_thread_start(run, e) ? 0 : EAGAIN;
    if (error == 0)
        return wait_for(e, deadline);
    if (e != NULL)
        errand_free(e);
    aside->release(data);
    errno = error;
    return false;
}
