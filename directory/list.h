/* All users of a directory who have verifiers: see struct store_ops. It keeps
 * them in memory, to visit them in order, which a directory does not have. */
#ifndef DIRECTORY_LIST_H
#define DIRECTORY_LIST_H

#include "directory/find.h"
#include "store/store.h"

enum scram_status ldap_iterate(struct store *store, store_visit *visit,
                               void *data, struct sentence *why);

/*
 * Find out whether a directory shows this account anybody who has a verifier,
 * and beside it another fact: any time of expiry, be it
 * damaged, or a group that counts. It ends with the first who is found, and
 * keeps nobody.
 *
 * @param store  of this kind
 * @param what   LDAP_FACT_VERIFIER, or another that the configuration names an
 *               attribute for, and no name
 * @param shown  set on SCRAM_OK alone
 * @return SCRAM_OK, or as store_iterate
 */
enum scram_status ldap_shows(struct store *store, enum ldap_fact what,
                             bool *shown, struct sentence *why);

#endif
