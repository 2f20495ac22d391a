#include "store/ldap_pool.h"

#include <errno.h>

#include "store/ldap_clock.h"
#include "store/ldap_thread.h"

/* A connection that nobody has used for so long may be dead without our
 * knowledge: a firewall between has forgotten it, or the server is tired of
 * it. */
#define IDLE_MAX 60000 /* milliseconds */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned long generation;

void
ldap_pool_lock(void)
{
    pthread_mutex_lock(&lock);
}

void
ldap_pool_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void
in_child(void)
{
    generation++;
    pthread_mutex_unlock(&lock);
}

static void
watch_forks(void)
{
    pthread_atfork(ldap_pool_lock, ldap_pool_unlock, in_child);
}

bool
ldap_pool_init(struct ldap_pool *pool)
{
    unsigned i;

    pthread_once(&once, watch_forks);
    *pool = (struct ldap_pool){.generation = generation};
    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++)
        pool->slots[i].connection.socket.fd = -1;
    return ldap_thread_condition(&pool->freed);
}

/* Make it this process' own; the lock is held. */
static void
own(struct ldap_pool *pool)
{
    unsigned i;

    if (pool->generation == generation)
        return;
    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++) {
        ldap_connection_disown(&pool->slots[i].connection);
        pool->slots[i].busy = false;
    }
    ldap_thread_condition(&pool->freed);
    pool->generation = generation;
}

void
ldap_pool_clear(struct ldap_pool *pool)
{
    unsigned i;

    ldap_pool_lock();
    own(pool);
    ldap_pool_unlock();
    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++)
        ldap_connection_close(&pool->slots[i].connection);
    pthread_cond_destroy(&pool->freed);
}

/* The best place for a connection to that server: with such a connection, the
 * last used of them; else an empty one; else one with another's. NULL where all
 * are taken. */
static struct ldap_slot *
choose(struct ldap_pool *pool, unsigned server)
{
    struct ldap_slot *best = NULL, *s;
    uint64_t best_rank = 0;

    for (s = pool->slots; s < pool->slots + LDAP_CONNECTIONS_MAX; s++) {
        uint64_t rank;

        if (s->busy) /* what else is in it is another thread's */
            continue;
        rank = s->connection.ld == NULL ? 2
               : s->server != server    ? 1
                                        : 3 + s->left;
        if (rank > best_rank) {
            best = s;
            best_rank = rank;
        }
    }
    return best;
}

struct ldap_slot *
ldap_pool_take(struct ldap_pool *pool, unsigned server, uint64_t deadline)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};
    struct ldap_slot *slot;
    int error = 0;

    ldap_pool_lock();
    own(pool);
    while ((slot = choose(pool, server)) == NULL && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&pool->freed, &lock, &until);
    if (slot != NULL)
        slot->busy = true;
    ldap_pool_unlock();
    if (slot == NULL)
        return NULL;
    if (!ldap_socket_is_ours(&slot->connection.socket)) {
        slot->connection.socket.fd = -1; /* the program has closed it */
        ldap_connection_close(&slot->connection);
    }
    if (slot->server != server || ldap_clock() - slot->left > IDLE_MAX)
        ldap_connection_close(&slot->connection);
    slot->server = server;
    return slot;
}

void
ldap_pool_leave(struct ldap_pool *pool, struct ldap_slot *slot, bool good)
{
    if (!good)
        ldap_connection_close(&slot->connection);
    ldap_pool_lock();
    slot->left = ldap_clock();
    slot->busy = false;
    pthread_cond_signal(&pool->freed);
    ldap_pool_unlock();
}

void
ldap_pool_forget(struct ldap_pool *pool, unsigned server)
{
    struct ldap_slot *s;

    ldap_pool_lock();
    for (s = pool->slots; s < pool->slots + LDAP_CONNECTIONS_MAX; s++) {
        if (!s->busy && s->server == server)
            s->left = 0;
    }
    ldap_pool_unlock();
}
