#include "store/ldap_thread.h"

#include <signal.h>
#include <time.h>

/* It has no signals: all are blocked while it is made. */
static bool
start(pthread_t *thread, const pthread_attr_t *attributes,
      void *(*run)(void *data), void *data)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(thread, attributes, run, data) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

bool
ldap_thread_start(void *(*run)(void *data), void *data)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool started;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    started = start(&thread, &attributes, run, data);
    pthread_attr_destroy(&attributes);
    return started;
}

bool
ldap_thread_run(void *(*run)(void *data), void *data)
{
    pthread_t thread;

    return start(&thread, NULL, run, data) && pthread_join(thread, NULL) == 0;
}

bool
ldap_thread_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool done;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    done = pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return done;
}
