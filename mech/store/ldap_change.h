/* Who is put into a directory, and who is taken out: see struct store_ops. */
#ifndef STORE_LDAP_CHANGE_H
#define STORE_LDAP_CHANGE_H

#include "store/store.h"

enum scram_status ldap_put(struct store *store, struct slice user,
                           const struct scram_verifier *verifier,
                           enum store_put how, struct sentence *why);
enum scram_status ldap_put_many(struct store *store,
                                struct store_entry *entries, size_t count,
                                enum store_put how, struct sentence *why);
enum scram_status ldap_set(struct store *store, struct slice user,
                           const struct scram_verifier *verifiers, size_t count,
                           enum store_put how, struct sentence *why);
enum scram_status ldap_remove(struct store *store, struct slice user,
                              struct sentence *why);
void ldap_begin(struct store *store);
enum scram_status ldap_commit(struct store *store, struct sentence *why);

#endif
