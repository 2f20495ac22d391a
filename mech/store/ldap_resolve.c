#include "store/ldap_resolve.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "store/ldap_clock.h"
#include "store/ldap_thread.h"

/* A question that a thread has put to the resolver. It belongs to that thread
 * and to who waits for it: the second to let go releases it. */
struct question {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool done, abandoned;
    int rc;
    struct addrinfo *addresses;
    char host[256];
    char port[8];
};

static void
question_free(struct question *q)
{
    if (q->rc == 0)
        freeaddrinfo(q->addresses);
    pthread_cond_destroy(&q->answered);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static int
ask(const char *host, const char *port, int flags, struct addrinfo **addresses)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = flags | AI_NUMERICSERV};

    return getaddrinfo(host, port, &hints, addresses);
}

static void *
resolve(void *data)
{
    struct question *q = data;
    struct addrinfo *addresses = NULL;
    int rc = ask(q->host, q->port, AI_ADDRCONFIG, &addresses);
    bool abandoned;

    pthread_mutex_lock(&q->lock);
    q->rc = rc;
    q->addresses = addresses;
    q->done = true;
    abandoned = q->abandoned;
    pthread_cond_signal(&q->answered);
    pthread_mutex_unlock(&q->lock);
    if (abandoned)
        question_free(q);
    return NULL;
}

static struct question *
question_new(const char *host, const char *port)
{
    struct question *q = calloc(1, sizeof(*q));

    if (q == NULL)
        return NULL;
    q->rc = EAI_SYSTEM;
    strncpy(q->host, host, sizeof(q->host) - 1);
    strncpy(q->port, port, sizeof(q->port) - 1);
    pthread_mutex_init(&q->lock, NULL);
    ldap_thread_condition(&q->answered);
    return q;
}

/* Wait for the answer, and take it. */
static int
wait_for(struct question *q, uint64_t deadline, struct addrinfo **addresses)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};
    int rc, error = 0;
    bool done;

    pthread_mutex_lock(&q->lock);
    while (!q->done && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&q->answered, &q->lock, &until);
    done = q->done;
    q->abandoned = !done;
    rc = done ? q->rc : EAI_SYSTEM;
    if (rc == 0) {
        *addresses = q->addresses;
        q->rc = EAI_SYSTEM; /* they are not the question's any more */
    }
    pthread_mutex_unlock(&q->lock);
    errno = done ? EIO : ETIMEDOUT; /* for EAI_SYSTEM */
    if (done)
        question_free(q);
    return rc;
}

int
ldap_resolve(const char *host, const char *port, uint64_t deadline,
             struct addrinfo **addresses)
{
    struct question *q;

    /* An address needs no resolver, and no thread. */
    if (ask(host, port, AI_NUMERICHOST, addresses) == 0)
        return 0;
    q = question_new(host, port);
    if (q == NULL)
        return EAI_MEMORY;
    if (!ldap_thread_start(resolve, q)) {
        question_free(q);
        return EAI_AGAIN;
    }
    return wait_for(q, deadline, addresses);
}
