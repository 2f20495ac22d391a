/* Find the module that has a client of directories, and load it. */
#ifndef STORE_LDAP_LOAD_H
#define STORE_LDAP_LOAD_H

#include "store/ldap_client.h"

/*
 * The module gss_scram_ldap.so is in the folder that this code was loaded from;
 * for a program with this code in it, where it was installed, or where it was
 * built beside it. It stays loaded.
 *
 * @param ops  set on SCRAM_OK alone
 * @param why  a sentence with the file on failure; may be NULL
 * @return SCRAM_OK, SCRAM_STORE_FAILED
 */
enum scram_status ldap_load(const struct ldap_client_ops **ops,
                            struct sentence *why);

#endif
