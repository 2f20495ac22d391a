/*
 * A connection to one server of a directory: connected, under TLS if that is
 * asked for, and bound. One thread uses it at a time.
 */
#ifndef STORE_LDAP_CONNECTION_H
#define STORE_LDAP_CONNECTION_H

#include <ldap.h>

#include "base/config_ldap.h"
#include "base/sentence.h"
#include "store/ldap_location.h"
#include "store/ldap_socket.h"

struct ldap_connection {
    LDAP *ld; /* NULL: there is none */
    struct ldap_socket socket;
};

/*
 * Connect.
 *
 * @param connection  there is one on true alone, which ldap_connection_close
 *                    ends. It stays where it is: libldap has its address.
 * @param deadline    for all of it, of ldap_clock(). Only Kerberos' own
 * traffic, with GSSAPI, has limits of its own.
 * @param why         libldap's words on failure, without the server
 */
bool ldap_connection_open(struct ldap_connection *connection,
                          const struct ldap_server *server,
                          const struct config_ldap *config, uint64_t deadline,
                          struct sentence *why);

/*
 * Wait for an answer until the socket's deadline.
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

/* Close it, if there is one, and say goodbye if the other side listens. */
void ldap_connection_close(struct ldap_connection *connection);

/*
 * In a child: let go of what is the parent's. Nothing is sent, and libldap is
 * left alone, which another thread may have been in when the process forked:
 * what it has of the connection stays allocated.
 */
void ldap_connection_disown(struct ldap_connection *connection);

#endif
