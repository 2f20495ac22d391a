/*
 * The connections that a client keeps: a few, each to one of the servers, used
 * by one thread at a time and left for the next. A child has none of them.
 */
#ifndef STORE_LDAP_POOL_H
#define STORE_LDAP_POOL_H

#include <pthread.h>

#include "store/ldap_connection.h"

#define LDAP_CONNECTIONS_MAX 16

struct ldap_slot {
    struct ldap_connection connection;
    unsigned server; /* whom it is to; of those in the location */
    bool busy;
    uint64_t left; /* when it was last used */
};

struct ldap_pool {
    struct ldap_slot slots[LDAP_CONNECTIONS_MAX];
    pthread_cond_t freed;
    unsigned long generation; /* which process it belongs to */
};

/* Hold the lock of all pools, for what stands beside one; it is held for no
 * longer than it takes to look at something, and is free after a fork. */
void ldap_pool_lock(void);
void ldap_pool_unlock(void);

/* False without memory. */
bool ldap_pool_init(struct ldap_pool *pool);

/* Close all connections; no thread uses one. */
void ldap_pool_clear(struct ldap_pool *pool);

/*
 * Take a place for a connection to a server, and the connection that is there,
 * if there is one. Waits while all places are taken.
 *
 * @param deadline  how long it waits, of ldap_clock()
 * @return NULL past the deadline; give it back with ldap_pool_leave
 */
struct ldap_slot *ldap_pool_take(struct ldap_pool *pool, unsigned server,
                                 uint64_t deadline);

/* @param good  whether the connection may be used again */
void ldap_pool_leave(struct ldap_pool *pool, struct ldap_slot *slot, bool good);

/* Have nobody use the connections to a server that are left now: it may have
 * been started anew, or be gone without a word. */
void ldap_pool_forget(struct ldap_pool *pool, unsigned server);

#endif
