#include "store/ldap_ticket.h"

#include <errno.h>
#include <ldap.h>
#include <pthread.h>
#include <sasl/sasl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A ticket that a thread fetches. It belongs to that thread and to all who wait
 * for it: the last to let go releases it. */
struct fetch {
    struct fetch *next; /* of those under way */
    unsigned holders;
    bool done;
    int rc;
    struct sentence words;
    char host[256];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_is_done = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct fetch *under_way;

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

/* The threads are the parent's. */
static void
in_child(void)
{
    under_way = NULL;
    one_is_done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    pthread_mutex_unlock(&lock);
}

static void
watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, in_child);
}

/* The lock is held. */
static void
let_go(struct fetch *f)
{
    if (--f->holders == 0)
        free(f);
}

/* Whom to act for: oneself. */
static int
say_nobody(void *context, int id, const char **result, unsigned *len)
{
    (void)context;
    (void)id;
    *result = "";
    if (len != NULL)
        *len = 0;
    return SASL_OK;
}

/* Begin what a bind begins with, and leave it at that: before there is anything
 * to send, there has to be a ticket. */
static int
begin_bind(const char *host, struct sentence *words)
{
    const sasl_callback_t callbacks[] = {
        {SASL_CB_USER, (int (*)(void))(void (*)(void))say_nobody, NULL},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    /* Who wants no layer has credentials acquired for all mechanisms there
     * are, this one too. */
    const sasl_security_properties_t layer = {.max_ssf = 256,
                                              .maxbufsize = 65536};
    sasl_conn_t *sasl = NULL;
    sasl_interact_t *questions = NULL;
    const char *token, *mechanism;
    unsigned len;
    int rc = sasl_client_new("ldap", host, NULL, NULL, callbacks, 0, &sasl);

    if (rc == SASL_OK)
        rc = sasl_setprop(sasl, SASL_SEC_PROPS, &layer);
    if (rc == SASL_OK)
        rc = sasl_client_start(sasl, "GSSAPI", &questions, &token, &len,
                               &mechanism);
    if (rc != SASL_OK && rc != SASL_CONTINUE)
        sentence_write(words, "%s (%.400s)", ldap_err2string(LDAP_LOCAL_ERROR),
                       sasl == NULL ? sasl_errstring(rc, NULL, NULL)
                                    : sasl_errdetail(sasl));
    sasl_dispose(&sasl);
    return rc == SASL_OK || rc == SASL_CONTINUE ? LDAP_SUCCESS
                                                : LDAP_LOCAL_ERROR;
}

static void *
run(void *data)
{
    struct fetch *f = data, **p;
    int rc = begin_bind(f->host, &f->words);

    pthread_mutex_lock(&lock);
    f->rc = rc;
    f->done = true;
    for (p = &under_way; *p != f; p = &(*p)->next)
        ;
    *p = f->next;
    pthread_cond_broadcast(&one_is_done);
    let_go(f);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Signals are for the program's own threads. */
static bool
start(struct fetch *f)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    bool started;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, &attributes, run, f) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

/* Find a fetch that is under way, or start one; the lock is held. NULL without
 * memory or threads. */
static struct fetch *
find_or_start(const char *host)
{
    struct fetch *f;

    for (f = under_way; f != NULL; f = f->next) {
        if (strcmp(f->host, host) == 0)
            break;
    }
    if (f == NULL) {
        f = calloc(1, sizeof(*f));
        if (f == NULL)
            return NULL;
        strncpy(f->host, host, sizeof(f->host) - 1);
        f->holders = 1;
        if (!start(f)) {
            free(f);
            return NULL;
        }
        f->next = under_way;
        under_way = f;
    }
    f->holders++;
    return f;
}

int
ldap_ticket_fetch(const char *host, uint64_t deadline, struct sentence *why)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};
    int error = 0, rc = LDAP_TIMEOUT;
    struct fetch *f;

    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&lock);
    f = find_or_start(host);
    if (f == NULL) {
        pthread_mutex_unlock(&lock);
        return LDAP_NO_MEMORY;
    }
    while (!f->done && error != ETIMEDOUT)
        error = pthread_cond_clockwait(&one_is_done, &lock, CLOCK_MONOTONIC,
                                       &until);
    if (f->done)
        rc = f->rc;
    if (rc == LDAP_TIMEOUT)
        sentence_write(why, "no ticket for ldap/%s came (Timed out)", host);
    else if (rc != LDAP_SUCCESS && why != NULL)
        *why = f->words;
    let_go(f);
    pthread_mutex_unlock(&lock);
    return rc;
}
