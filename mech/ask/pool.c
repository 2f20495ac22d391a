#include "ask/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define EMPTY 0u
#define TAKEN 1u
/* Anything else is key_of what an idle connection is for. */

#define WELCOME_LASTS 1000 /* milliseconds */

static struct place {
    struct ask_connection connection;
    atomic_uint state;
} places[ASK_POOL_MAX];

/* The last welcome: whose, and when, in milliseconds, which begin again at zero
 * after weeks: what counts is a difference. */
static atomic_uint_fast64_t welcome;

/* FNV-1a; two that have the same are told apart by what they are for. */
static unsigned
ask_pool_key_of(const char *path, uid_t uid)
{
    uint32_t hash = 2166136261u ^ (uint32_t)uid;

    for (; *path != '\0'; path++)
        hash = (hash ^ (uint8_t)*path) * 16777619u;
    return hash | 2u;
}

/* In a child: the threads that had taken places are not here. A descriptor is
 * set when the rest of a connection is, and unset before it is closed. */
static void
ask_pool_in_child(void)
{
    struct place *p;

    for (p = places; p < places + ASK_POOL_MAX; p++) {
        ask_connection_close(&p->connection);
        atomic_store(&p->state, EMPTY);
    }
    atomic_store(&welcome, 0);
}

/* While the module is loaded: a fork that has begun does not run handlers that
 * are registered meanwhile, and its child would share its parent's
 * connections. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, ask_pool_in_child);
}

static bool
ask_pool_take_place(struct place *p, unsigned state)
{
    return atomic_compare_exchange_strong(&p->state, &state, TAKEN);
}

/* An idle connection of that key, or an empty place, or what is for another. */
static struct place *
ask_pool_choose(unsigned key)
{
    struct place *p;
    unsigned state;

    for (p = places; p < places + ASK_POOL_MAX; p++)
        if (atomic_load(&p->state) == key && ask_pool_take_place(p, key))
            return p;
    for (p = places; p < places + ASK_POOL_MAX; p++)
        if (atomic_load(&p->state) == EMPTY && ask_pool_take_place(p, EMPTY))
            return p;
    for (p = places; p < places + ASK_POOL_MAX; p++) {
        state = atomic_load(&p->state);
        if (state != TAKEN && ask_pool_take_place(p, state))
            return p;
    }
    return NULL;
}

struct ask_connection *
ask_pool_take(const char *path, uid_t uid)
{
    struct place *p = ask_pool_choose(ask_pool_key_of(path, uid));
    struct ask_connection *c;

    if (p == NULL)
        return NULL;
    c = &p->connection;
    /* A child of a bare clone(2), which runs no handlers, leaves its parent's
     * alone. */
    if (c->pid != getpid())
        c->fd = -1;
    if (c->uid != uid || strcmp(c->path, path) != 0 ||
        !ask_connection_is_ours(c))
        ask_connection_close(c);
    return c;
}

void
ask_pool_leave(struct ask_connection *c)
{
    struct place *p = (struct place *)c; /* which begins with it */

    atomic_store(&p->state,
                 c->fd > 2 ? ask_pool_key_of(c->path, c->uid) : EMPTY);
}

void
ask_pool_welcomed(const char *path, uid_t uid)
{
    atomic_store(&welcome, (uint64_t)ask_pool_key_of(path, uid) << 32 |
                               (uint32_t)ask_clock());
}

bool
ask_pool_is_welcome(const char *path, uid_t uid)
{
    uint64_t last = atomic_load(&welcome);

    return last >> 32 == ask_pool_key_of(path, uid) &&
           (uint32_t)ask_clock() - (uint32_t)last < WELCOME_LASTS;
}
