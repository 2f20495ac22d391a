#include "directory/cache.h"

#include <stdlib.h>

#define BUCKETS_MIN 64

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older; /* by when they were asked for last */
    uint64_t hash;
    uint64_t put;      /* when */
    bool marked_stale; /* it may be out of date */
    struct ldap_kept kept;
    size_t user_len, groups_len;
    uint8_t user[]; /* and then the user's groups */
};

struct ldap_cache {
    struct ldap_cache_times times;
    struct entry *newest, *oldest;
    uint32_t count, size;
    size_t buckets; /* a power of 2 */
    struct entry **table;
    uint64_t seed; /* so that nobody can choose names that collide */
};

struct ldap_cache *
ldap_cache_new(uint32_t size, const struct ldap_cache_times *times)
{
    struct ldap_cache *cache = calloc(1, sizeof(*cache));

    if (cache == NULL)
        return NULL;
    cache->times = *times;
    cache->size = size;
    cache->buckets = BUCKETS_MIN;
    cache->seed = (uint64_t)(uintptr_t)cache * 0x9e3779b97f4a7c15u;
    cache->table = calloc(cache->buckets, sizeof(struct entry *));
    if (cache->table == NULL) {
        free(cache);
        return NULL;
    }
    return cache;
}

/* FNV-1a, from a start that others do not know. */
static uint64_t
hash_of(const struct ldap_cache *cache, struct slice user)
{
    uint64_t hash = 0xcbf29ce484222325u ^ cache->seed;
    size_t i;

    for (i = 0; i < user.len; i++)
        hash = (hash ^ user.data[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static void
unlink_age(struct ldap_cache *cache, struct entry *e)
{
    *(e->newer == NULL ? &cache->newest : &e->newer->older) = e->older;
    *(e->older == NULL ? &cache->oldest : &e->older->newer) = e->newer;
    cache->count--;
}

static void
ldap_cache_link_newest(struct ldap_cache *cache, struct entry *e)
{
    e->newer = NULL;
    e->older = cache->newest;
    *(e->older == NULL ? &cache->oldest : &e->older->newer) = e;
    cache->newest = e;
    cache->count++;
}

/* Where a user's entry hangs, or would. */
static struct entry **
ldap_cache_place_of(struct ldap_cache *cache, struct slice user, uint64_t hash)
{
    struct entry **at = &cache->table[hash & (cache->buckets - 1)];

    while (*at != NULL &&
           ((*at)->hash != hash ||
            !slice_equal((struct slice){(*at)->user, (*at)->user_len}, user)))
        at = &(*at)->next_in_bucket;
    return at;
}

static void
ldap_cache_drop_entry(struct ldap_cache *cache, struct entry **at)
{
    struct entry *e = *at;

    *at = e->next_in_bucket;
    unlink_age(cache, e);
    OPENSSL_cleanse(e, sizeof(*e) + e->user_len + e->groups_len);
    free(e);
}

static void
drop_oldest(struct ldap_cache *cache)
{
    struct entry *e = cache->oldest;

    ldap_cache_drop_entry(
        cache, ldap_cache_place_of(cache, (struct slice){e->user, e->user_len},
                                   e->hash));
}

void
ldap_cache_free(struct ldap_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->oldest != NULL)
        drop_oldest(cache);
    free(cache->table);
    free(cache);
}

enum ldap_cache_state
ldap_cache_find(struct ldap_cache *cache, struct slice user, uint64_t now,
                struct ldap_account *account, uint64_t *age)
{
    struct entry **at = ldap_cache_place_of(cache, user, hash_of(cache, user));
    struct entry *e = *at;
    uint32_t ttl = cache->times.ttl;

    if (e == NULL)
        return LDAP_CACHE_ABSENT;
    *age = now - e->put;
    if (*age >= (uint64_t)ttl + cache->times.stale) {
        ldap_cache_drop_entry(cache, at);
        return LDAP_CACHE_ABSENT;
    }
    unlink_age(cache, e);
    ldap_cache_link_newest(cache, e);
    ldap_kept_read(&e->kept,
                   (struct slice){e->user + e->user_len, e->groups_len},
                   account);
    return *age < ttl && !e->marked_stale ? LDAP_CACHE_FRESH : LDAP_CACHE_STALE;
}

void
ldap_cache_mark_stale(struct ldap_cache *cache, struct slice user, uint64_t now)
{
    struct entry *e = *ldap_cache_place_of(cache, user, hash_of(cache, user));

    if (e != NULL && now - e->put >= LDAP_CACHE_SURE)
        e->marked_stale = true;
}

/* Double the table; without memory the buckets are longer. */
static void
grow(struct ldap_cache *cache)
{
    size_t i, buckets = cache->buckets * 2;
    struct entry **table = calloc(buckets, sizeof(struct entry *));

    if (table == NULL)
        return;
    for (i = 0; i < cache->buckets; i++) {
        struct entry *e, *next;

        for (e = cache->table[i]; e != NULL; e = next) {
            struct entry **at = &table[e->hash & (buckets - 1)];

            next = e->next_in_bucket;
            e->next_in_bucket = *at;
            *at = e;
        }
    }
    free(cache->table);
    cache->table = table;
    cache->buckets = buckets;
}

void
ldap_cache_put(struct ldap_cache *cache, struct slice user, uint64_t now,
               const struct ldap_account *account)
{
    struct slice groups = ldap_account_groups(account);
    struct entry *e;

    ldap_cache_drop(cache, user);
    if (cache->times.ttl == 0 && cache->times.stale == 0)
        return;
    if (cache->count == cache->size)
        drop_oldest(cache);
    e = malloc(sizeof(*e) + user.len + groups.len);
    if (e == NULL)
        return;
    if (cache->count >= cache->buckets)
        grow(cache);
    *e = (struct entry){.hash = hash_of(cache, user),
                        .put = now,
                        .user_len = user.len,
                        .groups_len = groups.len};
    ldap_kept_write(account, &e->kept);
    memcpy(e->user, user.data, user.len);
    memcpy(e->user + user.len, groups.data, groups.len);
    e->next_in_bucket = cache->table[e->hash & (cache->buckets - 1)];
    cache->table[e->hash & (cache->buckets - 1)] = e;
    ldap_cache_link_newest(cache, e);
}

void
ldap_cache_drop(struct ldap_cache *cache, struct slice user)
{
    struct entry **at = ldap_cache_place_of(cache, user, hash_of(cache, user));

    if (*at != NULL)
        ldap_cache_drop_entry(cache, at);
}
