/*
 * What a directory said of users, for a while: that a user has these verifiers,
 * or none. It is bounded: a new name takes the place of the one that has not
 * been asked for longest. What goes is wiped. Names that nobody has are kept
 * like users: for as long, and with as much room but for groups, as a client
 * that asks again and sees how long the answer takes would learn the
 * difference. It has no lock and no clock: its owner has them.
 */
#ifndef DIRECTORY_CACHE_H
#define DIRECTORY_CACHE_H

#include <stdint.h>

#include "directory/value.h"

struct ldap_cache;

/* All in milliseconds. */
struct ldap_cache_times {
    uint32_t ttl;   /* for how long it is known what a user has, or has not */
    uint32_t stale; /* for how much longer, where nobody can be asked */
};

enum ldap_cache_state {
    LDAP_CACHE_ABSENT,
    LDAP_CACHE_FRESH,
    LDAP_CACHE_STALE /* good only if nobody can be asked */
};

/*
 * @param size  users at most, 1 or more; memory is taken as they come
 * @return NULL without memory; release it with ldap_cache_free
 */
struct ldap_cache *ldap_cache_new(uint32_t size,
                                  const struct ldap_cache_times *times);

void ldap_cache_free(struct ldap_cache *cache);

/*
 * Find a user.
 *
 * @param now      milliseconds of a clock that never goes back
 * @param account  set to what was put, unless absent; wipe it
 * @param age      milliseconds since it was put; set unless absent
 */
enum ldap_cache_state ldap_cache_find(struct ldap_cache *cache,
                                      struct slice user, uint64_t now,
                                      struct ldap_account *account,
                                      uint64_t *age);

/*
 * Put what is known of a user now in the place of what was known. Without
 * memory, nothing is known.
 *
 * @param account  also what it has not (a decoy) is kept for each mechanism
 */
void ldap_cache_put(struct ldap_cache *cache, struct slice user, uint64_t now,
                    const struct ldap_account *account);

/*
 * Somebody's password was wrong by what is known of the user: it is stale from
 * now on, as the user may have another one. What was put less than
 * LDAP_CACHE_SURE ago remains: who tries passwords, has the directory asked no
 * more often than that.
 */
#define LDAP_CACHE_SURE 1000 /* milliseconds */
void ldap_cache_mark_stale(struct ldap_cache *cache, struct slice user,
                           uint64_t now);

/* Forget a user. */
void ldap_cache_drop(struct ldap_cache *cache, struct slice user);

#endif
