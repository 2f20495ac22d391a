/* All users of a directory who have verifiers: see struct store_ops. It keeps
 * them in memory, to visit them in order, which a directory does not have. */
#ifndef DIRECTORY_LIST_H
#define DIRECTORY_LIST_H

#include "store/store.h"

enum scram_status ldap_iterate(struct store *store, store_visit *visit,
                               void *data, struct sentence *why);

/*
 * Find out whether a directory shows this account anybody who has a verifier.
 * It ends with the first who is found, and keeps nobody.
 *
 * @param store  of this kind
 * @param has    set on SCRAM_OK alone
 * @return SCRAM_OK, or as store_iterate
 */
enum scram_status ldap_has_users(struct store *store, bool *has,
                                 struct sentence *why);

#endif
