#include "gss/key_cache.h"

#include <pthread.h>
#include <stdatomic.h>

#include "gss/cred_lock.h"

/*
 * Who derives keys holds one of these, by what they derive. Others wait for it
 * if they want something of the same cache; a server that makes one client
 * derive for long is not to keep those of other passwords waiting.
 */
#define TURNS 16

static struct turn {
    pthread_mutex_t lock;
    _Atomic(const struct key_cache *) cache; /* its holder's */
} turns[TURNS];

/* Also what a child does: the threads that had a turn are not in it. A fork
 * cannot wait for them, as it would for a lock that is held for moments. */
static void
turns_init(void)
{
    size_t i;

    for (i = 0; i < TURNS; i++)
        pthread_mutex_init(&turns[i].lock, NULL);
}

/* While the module is loaded, as a fork that has begun does not run handlers
 * that are registered meanwhile. */
__attribute__((constructor)) static void
watch_forks(void)
{
    turns_init();
    pthread_atfork(NULL, NULL, turns_init);
}

/* Take the turn for a salt; NULL where somebody has it for something else. */
static struct turn *
turn_take(const struct key_cache *cache, struct slice salt)
{
    size_t sum = (uintptr_t)cache / sizeof(*cache), i;
    struct turn *turn;

    for (i = 0; i < salt.len; i++)
        sum += salt.data[i];
    turn = turns + sum % TURNS;
    if (pthread_mutex_trylock(&turn->lock) != 0) {
        if (turn->cache != cache)
            return NULL;
        pthread_mutex_lock(&turn->lock);
    }
    turn->cache = cache;
    return turn;
}

static void
turn_leave(struct turn *turn)
{
    if (turn != NULL)
        pthread_mutex_unlock(&turn->lock);
}

static bool
look_up(struct key_cache *cache, enum scram_mechanism mechanism,
        struct slice salt, uint32_t iterations, struct scram_keys *keys)
{
    struct key_cache_entry *e;
    bool found = false;

    cred_lock();
    for (e = cache->entries; !found && e < cache->entries + KEY_CACHE_MAX;
         e++) {
        found = e->iterations == iterations && e->mechanism == mechanism &&
                slice_equal(secret_slice(&e->salt), salt);
        if (found) {
            *keys = e->keys;
            e->used = ++cache->clock;
        }
    }
    cred_unlock();
    return found;
}

static void
entry_clear(struct key_cache_entry *e)
{
    secret_clear(&e->salt);
    scram_keys_wipe(&e->keys);
    *e = (struct key_cache_entry){0};
}

/* Keep what was derived, in the place of what was of no use for longest;
 * without memory, not at all. */
static void
keep(struct key_cache *cache, enum scram_mechanism mechanism, struct slice salt,
     uint32_t iterations, const struct scram_keys *keys)
{
    struct key_cache_entry *e, *oldest = cache->entries;
    struct secret copy;

    if (!secret_copy(&copy, salt))
        return;
    cred_lock();
    for (e = oldest + 1; e < cache->entries + KEY_CACHE_MAX; e++) {
        if (e->used < oldest->used)
            oldest = e;
    }
    entry_clear(oldest);
    *oldest = (struct key_cache_entry){mechanism, iterations, copy, *keys,
                                       ++cache->clock};
    cred_unlock();
}

enum scram_status
key_cache_find(struct key_cache *cache, struct slice password,
               enum scram_mechanism mechanism, struct slice salt,
               uint32_t iterations, struct scram_keys *keys)
{
    enum scram_status status = SCRAM_OK;
    struct turn *turn;

    if (look_up(cache, mechanism, salt, iterations, keys))
        return SCRAM_OK;
    turn = turn_take(cache, salt);
    if (!look_up(cache, mechanism, salt, iterations, keys)) {
        status = scram_keys_derive(mechanism, password, salt, iterations, keys);
        if (status == SCRAM_OK)
            keep(cache, mechanism, salt, iterations, keys);
    }
    turn_leave(turn);
    return status;
}

void
key_cache_clear(struct key_cache *cache)
{
    size_t i;

    for (i = 0; i < KEY_CACHE_MAX; i++)
        entry_clear(cache->entries + i);
}
