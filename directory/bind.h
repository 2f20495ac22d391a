/* Who a connection to a directory is, by the configuration. */
#ifndef DIRECTORY_BIND_H
#define DIRECTORY_BIND_H

#include "directory/connection.h"

/*
 * Bind; with neither a DN nor a mechanism in the configuration, remain nobody.
 *
 * @param safe  whether nobody else sees what is sent; otherwise GSSAPI has to
 *              encrypt it, unless the configuration says ldap_tls = none
 * @param why   set where there is more to say than a code does
 * @return a code of libldap's or of the server's
 */
int ldap_bind_as(struct ldap_connection *connection,
                 const struct config_ldap *config, bool safe,
                 struct sentence *why);

#endif
