#include "store/ldap_aside.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* It belongs to the thread and to who waits: the second to let go frees it. */
struct errand {
    const struct ldap_aside *aside;
    void *data;
    pthread_mutex_t lock;
    pthread_cond_t done_with;
    bool done, abandoned;
};

static void
errand_free(struct errand *e)
{
    pthread_cond_destroy(&e->done_with);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

static void *
run(void *data)
{
    struct errand *e = data;
    bool abandoned;

    e->aside->work(e->data);
    pthread_mutex_lock(&e->lock);
    e->done = true;
    abandoned = e->abandoned;
    pthread_cond_signal(&e->done_with);
    pthread_mutex_unlock(&e->lock);
    if (abandoned) {
        e->aside->release(e->data);
        errand_free(e);
    }
    return NULL;
}

/* Signals are for the program's own threads. */
static int
start(struct errand *e)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    int error = pthread_attr_init(&attributes);

    if (error != 0)
        return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread, &attributes, run, e);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

static struct errand *
errand_new(const struct ldap_aside *aside, void *data)
{
    struct errand *e = calloc(1, sizeof(*e));
    pthread_condattr_t attributes;

    if (e == NULL)
        return NULL;
    e->aside = aside;
    e->data = data;
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&e->done_with, &attributes);
    pthread_condattr_destroy(&attributes);
    return e;
}

static bool
wait_for(struct errand *e, uint64_t deadline)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};
    int error = 0;
    bool done;

    pthread_mutex_lock(&e->lock);
    while (!e->done && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&e->done_with, &e->lock, &until);
    done = e->done;
    e->abandoned = !done;
    pthread_mutex_unlock(&e->lock);
    if (done)
        errand_free(e);
    else
        errno = ETIMEDOUT;
    return done;
}

bool
ldap_aside(const struct ldap_aside *aside, void *data, uint64_t deadline)
{
    struct errand *e = errand_new(aside, data);
    int error = e == NULL ? ENOMEM : start(e);

    if (error == 0)
        return wait_for(e, deadline);
    if (e != NULL)
        errand_free(e);
    aside->release(data);
    errno = error;
    return false;
}
