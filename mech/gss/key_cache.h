/*
 * The keys that were derived from one password. Deriving them is slow by
 * intention, and a user meets the same salt each time that they come to the
 * same server: it is done once for a salt, for the last few salts.
 */
#ifndef GSS_KEY_CACHE_H
#define GSS_KEY_CACHE_H

#include <stdint.h>

#include "base/secret.h"
#include "scram/keys.h"

#define KEY_CACHE_MAX 8 /* salts */

struct key_cache {
    struct key_cache_entry {
        enum scram_mechanism mechanism;
        uint32_t iterations; /* 0: this one is free */
        struct secret salt;
        struct scram_keys keys;
        uint64_t used; /* when it was last of use, by the cache's clock */
    } entries[KEY_CACHE_MAX];
    uint64_t clock;
};

/*
 * scram_keys_derive, or what it came to before. Any number of threads may call
 * this; of those that want the same, one derives it and the others wait.
 *
 * @param password  the same for one cache, always
 */
enum scram_status key_cache_find(struct key_cache *cache, struct slice password,
                                 enum scram_mechanism mechanism,
                                 struct slice salt, uint32_t iterations,
                                 struct scram_keys *keys);

/* Wipe all that it holds. */
void key_cache_clear(struct key_cache *cache);

#endif
