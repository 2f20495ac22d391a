#include "gss/cred_lock.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
cred_lock(void)
{
    pthread_mutex_lock(&lock);
}

void
cred_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* While the module is loaded: a fork that has begun does not run handlers that
 * are registered meanwhile, and its child would find the lock held. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(cred_lock, cred_unlock, cred_unlock);
}
