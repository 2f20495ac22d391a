/*
 * A connection to one server of a directory: connected, under TLS if that is
 * asked for, and bound. One thread uses it at a time, and waits in libldap no
 * longer than until its deadline.
 */
#ifndef DIRECTORY_CONNECTION_H
#define DIRECTORY_CONNECTION_H

#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/config_ldap.h"
#include "base/sentence.h"
#include "directory/location.h"

struct ldap_connection {
    LDAP *ld;          /* NULL: there is none */
    uint64_t deadline; /* of ldap_clock(), for all that is done with it */
    bool late;         /* it has passed while somebody waited */
};

/*
 * Connect. The system's resolver, which finds a host's addresses, and libkrb5,
 * which fetches a ticket, have limits of their own that the deadline does not
 * shorten; each address of a host gets all of the time that is left.
 *
 * @param connection  there is one on true alone, which ldap_connection_close
 *                    ends; its late is set in any case
 * @param deadline    for all of it, of ldap_clock()
 * @param why         libldap's words on failure, without the server
 */
bool ldap_connection_open(struct ldap_connection *connection,
                          const struct ldap_server *server,
                          const struct config_ldap *config, uint64_t deadline,
                          struct sentence *why);

/* Set a new deadline, for what is asked next. */
void ldap_connection_until(struct ldap_connection *connection,
                           uint64_t deadline);

/*
 * Have libldap's own waits end by the deadline: for what it does in one call.
 *
 * @return LDAP_SUCCESS; LDAP_TIMEOUT where no time is left
 */
int ldap_connection_limit(struct ldap_connection *connection);

/*
 * Wait for an answer until the deadline.
 *
 * @param result  set on a type of message alone; release it with ldap_msgfree
 * @return the type of the message, or -1 with a code of libldap's in *rc, which
 * is not LDAP_SUCCESS
 */
int ldap_connection_wait(struct ldap_connection *connection, int id,
                         LDAPMessage **result, int *rc);

/*
 * Wait for the answer that ends an operation.
 *
 * @return its code, or one of libldap's own
 */
int ldap_connection_finish(struct ldap_connection *connection, int id);

/* libldap's words for a code: "Can't contact LDAP server (Timed out)". */
void ldap_connection_words(const struct ldap_connection *connection, int rc,
                           struct sentence *why);

/* Close it, if there is one. */
void ldap_connection_close(struct ldap_connection *connection);

#endif
