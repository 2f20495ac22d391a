/*
 * Which servers of a directory to ask, in which order: those that work, in the
 * location's order, and then those that have failed lately. One that fails is
 * left alone for a while, which gets longer each time.
 */
#ifndef DIRECTORY_SERVERS_H
#define DIRECTORY_SERVERS_H

#include "base/sentence.h"
#include "directory/location.h"

/* What is known of one of them; zeroed: nothing bad. */
struct ldap_server_state {
    unsigned failures;         /* in a row */
    uint64_t failed;           /* when it did last */
    uint64_t avoid_until;      /* where there are others */
    uint64_t quiet_until;      /* also where there are none */
    struct sentence complaint; /* what it said, or what was said of it */
};

/* A round: each server is asked once at most. Times are in milliseconds, of one
 * clock. */
struct ldap_round {
    struct ldap_server_state *states;
    unsigned count;
    unsigned asked; /* a bit for each */
    bool fail_fast; /* leave those alone that have failed lately */
};

/*
 * The server to ask next.
 *
 * @param patience  how long the asker may be busy with it: of a server that has
 *                  failed, nobody else finds out meanwhile whether it is back,
 *                  unless they have no other
 * @return its number, or -1
 */
int ldap_round_next(struct ldap_round *round, uint64_t now, uint32_t patience);

/* A server has answered. */
void ldap_server_worked(struct ldap_server_state *state);

/*
 * A server has not answered, or nothing that is of use.
 *
 * @param took  how long it took to find that out
 */
void ldap_server_failed(struct ldap_server_state *state, uint64_t now,
                        uint64_t took, const struct sentence *complaint);

#endif
