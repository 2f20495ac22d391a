/*
 * Ask the servers of a directory, one after another, until one answers.
 */
#ifndef DIRECTORY_ASK_H
#define DIRECTORY_ASK_H

#include "directory/client.h"
#include "directory/pool.h"
#include "directory/servers.h"

struct ldap_client {
    struct ldap_location location;
    struct config_ldap config;
    struct ldap_server_state
        states[LDAP_SERVERS_MAX]; /* under the pool's lock */
    struct ldap_pool pool;
};

enum ldap_answer {
    LDAP_ANSWERED, /* the question's status is the outcome, and the words what
                      there is to say of it */
    LDAP_UNASKED,  /* there was no time for that server */
    LDAP_DECLINED, /* this server has no answer to that; another may have */
    LDAP_CLOSED,   /* a connection that was kept is of no use any more */
    LDAP_BROKEN    /* the server, or the connection to it */
};

/* A question, and what becomes of it. */
struct ldap_question {
    /* Put it to a server; what it says goes into *words. */
    enum ldap_answer (*put)(struct ldap_connection *connection,
                            struct ldap_question *question,
                            struct sentence *words);
    void *data;
    bool fail_fast;    /* see ldap_client_search */
    bool spent;        /* set by put: it had effect, and may not be put again */
    uint32_t patience; /* milliseconds for one answer */
    uint64_t deadline; /* for all of it */
    enum scram_status status;
};

/*
 * @param why  what every server said, unless one answered
 * @return the question's status; SCRAM_STORE_ABSENT when no server has
 * answered, SCRAM_STORE_FAILED when some have declined to
 */
enum scram_status ldap_ask(struct ldap_client *client,
                           struct ldap_question *question,
                           struct sentence *why);

#endif
