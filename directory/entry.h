/* What libldap found, as struct ldap_client_entry. */
#ifndef DIRECTORY_ENTRY_H
#define DIRECTORY_ENTRY_H

#include <ldap.h>

#include "directory/client.h"

/*
 * Visit an entry.
 *
 * @param attributes  those of its attributes that count, and NULL
 * @return what @p visit does; SCRAM_NO_MEMORY
 */
enum scram_status ldap_entry_visit(LDAP *ld, LDAPMessage *message,
                                   const char *const *attributes,
                                   ldap_client_visit *visit, void *data);

#endif
