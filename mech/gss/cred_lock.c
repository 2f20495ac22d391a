#include "gss/cred_lock.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
take(void)
{
    pthread_mutex_lock(&lock);
}

void
cred_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void
watch_forks(void)
{
    pthread_atfork(take, cred_unlock, cred_unlock);
}

void
cred_lock(void)
{
    pthread_once(&once, watch_forks);
    take();
}
