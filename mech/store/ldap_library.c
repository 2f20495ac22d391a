#include "store/ldap_library.h"

#include <errno.h>
#include <ldap.h>
#include <pthread.h>

#include "store/ldap_thread.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static enum { ASLEEP, BEGINNING, READY } state;

/* A child has no thread that goes on with what has begun, and could not begin
 * anew: libldap's lock would be taken for good. */
static void
before_fork(void)
{
    pthread_mutex_lock(&lock);
    while (state == BEGINNING)
        pthread_cond_wait(&changed, &lock);
}

static void
in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void
in_child(void)
{
    ldap_thread_condition(&changed);
    pthread_mutex_unlock(&lock);
}

static void
prepare(void)
{
    ldap_thread_condition(&changed);
    pthread_atfork(before_fork, in_parent, in_child);
}

static void *
begin(void *unused)
{
    int version;

    (void)unused;
    /* Any call begins; this one changes nothing. */
    ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
    pthread_mutex_lock(&lock);
    state = READY;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

bool
ldap_library_ready(uint64_t deadline)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};
    int error = 0;
    bool ready;

    pthread_once(&once, prepare);
    pthread_mutex_lock(&lock);
    if (state == ASLEEP && ldap_thread_start(begin, NULL))
        state = BEGINNING;
    while (state == BEGINNING && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&changed, &lock, &until);
    ready = state == READY;
    pthread_mutex_unlock(&lock);
    return ready;
}
