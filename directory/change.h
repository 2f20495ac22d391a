/* Who is put into a directory, and who is taken out: see struct store_ops. */
#ifndef DIRECTORY_CHANGE_H
#define DIRECTORY_CHANGE_H

#include "store/store.h"

enum scram_status ldap_begin(struct store *store,
                             struct store_transaction **transaction,
                             struct sentence *why);
enum scram_status ldap_change(struct store_transaction *transaction,
                              const struct store_change *change,
                              struct sentence *why);
enum scram_status ldap_end(struct store_transaction *transaction, bool keep,
                           struct sentence *why);

#endif
