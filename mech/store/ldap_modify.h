/* Changing an entry of a directory. */
#ifndef STORE_LDAP_MODIFY_H
#define STORE_LDAP_MODIFY_H

#include "store/ldap_client.h"

/* See struct ldap_client_ops. */
enum scram_status ldap_modify_entry(struct ldap_client *client, const char *dn,
                                    const struct ldap_client_change *changes,
                                    size_t count, struct sentence *why);

#endif
