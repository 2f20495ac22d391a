/*
 * The connections that a client keeps: a few, each to one of the servers, used
 * by one thread at a time and left for the next.
 *
 * One thread at a time makes a connection to a server. The others wait for what
 * comes of that, and not longer than making one may take: a resolver or a KDC
 * that holds libldap for longer holds one thread, and not all of them.
 */
#ifndef DIRECTORY_POOL_H
#define DIRECTORY_POOL_H

#include <pthread.h>

#include "directory/connection.h"

#define LDAP_CONNECTIONS_MAX 16

struct ldap_slot {
    struct ldap_connection connection;
    unsigned server; /* whom it is to; of those in the location */
    bool busy;
    uint64_t left; /* when it was last used */
};

struct ldap_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a place is free, or a connection was made */
    struct ldap_slot slots[LDAP_CONNECTIONS_MAX];
    bool opening[LDAP_SERVERS_MAX]; /* some thread makes one to that server */
};

/* Hold the pool's lock, also for what stands beside it, for no longer than it
 * takes to look at something. */
void ldap_pool_lock(struct ldap_pool *pool);
void ldap_pool_unlock(struct ldap_pool *pool);

/* False without memory; release it with ldap_pool_clear. */
bool ldap_pool_init(struct ldap_pool *pool);

/* Close all connections; no thread uses one. */
void ldap_pool_clear(struct ldap_pool *pool);

enum ldap_pool_taken {
    LDAP_POOL_OPEN,    /* a connection */
    LDAP_POOL_TO_OPEN, /* a place for one, which the caller makes, and then
                          calls ldap_pool_opened */
    LDAP_POOL_FULL,    /* all places were taken until the deadline */
    LDAP_POOL_SLOW     /* another thread could not make one in time */
};

/*
 * Take a place for a connection to a server, and the connection that is there,
 * if there is one.
 *
 * @param deadline  how long it waits for a place, of ldap_clock()
 * @param patience  and how long for another thread that makes a connection, ms
 * @param slot      set on the first two; give it back with ldap_pool_leave
 */
enum ldap_pool_taken ldap_pool_take(struct ldap_pool *pool, unsigned server,
                                    uint64_t deadline, uint32_t patience,
                                    struct ldap_slot **slot);

/* The connection was made, or could not be: others may try. */
void ldap_pool_opened(struct ldap_pool *pool, const struct ldap_slot *slot);

/* @param good  whether the connection may be used again */
void ldap_pool_leave(struct ldap_pool *pool, struct ldap_slot *slot, bool good);

/* Have nobody use the connections to a server that are left now: it may have
 * been started anew, or be gone without a word. */
void ldap_pool_forget(struct ldap_pool *pool, unsigned server);

#endif
