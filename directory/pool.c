#include "directory/pool.h"

#include <errno.h>

#include "directory/clock.h"

/* A connection that nobody has used for so long may be dead without our
 * knowledge: a firewall between has forgotten it, or the server is tired of
 * it. */
#define IDLE_MAX 60000 /* milliseconds */

void
ldap_pool_lock(struct ldap_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
}

void
ldap_pool_unlock(struct ldap_pool *pool)
{
    pthread_mutex_unlock(&pool->lock);
}

bool
ldap_pool_init(struct ldap_pool *pool)
{
    pthread_condattr_t attributes;
    bool done;

    *pool = (struct ldap_pool){.slots = {{.busy = false}}};
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    done = pthread_cond_init(&pool->changed, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    if (done)
        pthread_mutex_init(&pool->lock, NULL);
    return done;
}

void
ldap_pool_clear(struct ldap_pool *pool)
{
    unsigned i;

    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++)
        ldap_connection_close(&pool->slots[i].connection);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
}

static bool
is_to(const struct ldap_slot *s, unsigned server, uint64_t now)
{
    return s->connection.ld != NULL && s->server == server && s->left != 0 &&
           now - s->left <= IDLE_MAX;
}

/* The best place for a connection to that server: with such a connection, the
 * last used of them; else an empty one; else one with another's. NULL where all
 * are taken. The lock is held. */
static struct ldap_slot *
ldap_pool_choose(struct ldap_pool *pool, unsigned server, uint64_t now)
{
    struct ldap_slot *best = NULL, *s;
    uint64_t best_rank = 0;

    for (s = pool->slots; s < pool->slots + LDAP_CONNECTIONS_MAX; s++) {
        uint64_t rank;

        if (s->busy) /* what else is in it is another thread's */
            continue;
        rank = is_to(s, server, now)      ? 3 + s->left
               : s->connection.ld == NULL ? 2
                                          : 1;
        if (rank > best_rank) {
            best = s;
            best_rank = rank;
        }
    }
    return best;
}

/* Wait until something has changed; false past the deadline. The lock is held.
 */
static bool
wait_until(struct ldap_pool *pool, uint64_t deadline)
{
    struct timespec until = {(time_t)(deadline / 1000),
                             (long)(deadline % 1000) * 1000000};

    return pthread_cond_timedwait(&pool->changed, &pool->lock, &until) !=
           ETIMEDOUT;
}

/* As ldap_pool_take; the lock is held. */
static enum ldap_pool_taken
ldap_pool_take_locked(struct ldap_pool *pool, unsigned server,
                      uint64_t deadline, uint64_t opened_by,
                      struct ldap_slot **slot)
{
    bool in_time = true;

    for (;;) {
        uint64_t now = ldap_clock();
        struct ldap_slot *s = ldap_pool_choose(pool, server, now);
        bool open = s != NULL && is_to(s, server, now);

        if (open || (s != NULL && !pool->opening[server])) {
            *slot = s;
            return open ? LDAP_POOL_OPEN : LDAP_POOL_TO_OPEN;
        }
        if (!in_time)
            return s == NULL ? LDAP_POOL_FULL : LDAP_POOL_SLOW;
        in_time = wait_until(pool, s == NULL ? deadline : opened_by);
    }
}

enum ldap_pool_taken
ldap_pool_take(struct ldap_pool *pool, unsigned server, uint64_t deadline,
               uint32_t patience, struct ldap_slot **slot)
{
    enum ldap_pool_taken taken;

    ldap_pool_lock(pool);
    taken = ldap_pool_take_locked(pool, server, deadline,
                                  ldap_clock_within(deadline, patience), slot);
    if (taken == LDAP_POOL_OPEN || taken == LDAP_POOL_TO_OPEN) {
        (*slot)->busy = true;
        pool->opening[server] =
            pool->opening[server] || taken == LDAP_POOL_TO_OPEN;
    }
    ldap_pool_unlock(pool);
    if (taken == LDAP_POOL_TO_OPEN) {
        ldap_connection_close(&(*slot)->connection);
        (*slot)->server = server;
    }
    return taken;
}

void
ldap_pool_opened(struct ldap_pool *pool, const struct ldap_slot *slot)
{
    ldap_pool_lock(pool);
    pool->opening[slot->server] = false;
    pthread_cond_broadcast(&pool->changed);
    ldap_pool_unlock(pool);
}

void
ldap_pool_leave(struct ldap_pool *pool, struct ldap_slot *slot, bool good)
{
    if (!good)
        ldap_connection_close(&slot->connection);
    ldap_pool_lock(pool);
    slot->left = ldap_clock();
    slot->busy = false;
    pthread_cond_broadcast(&pool->changed);
    ldap_pool_unlock(pool);
}

void
ldap_pool_forget(struct ldap_pool *pool, unsigned server)
{
    struct ldap_slot *s;

    ldap_pool_lock(pool);
    for (s = pool->slots; s < pool->slots + LDAP_CONNECTIONS_MAX; s++) {
        if (!s->busy && s->server == server)
            s->left = 0;
    }
    ldap_pool_unlock(pool);
}
