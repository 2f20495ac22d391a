/*
 * gss-scramd's own store as the command has it, lmdb:/path: not the file, which
 * gss-scramd alone opens, but what gss-scramd is asked for. Each change is one
 * transaction there; what is begun and committed together is not.
 *
 * Verifiers come without their keys, and are not to be put again, unless
 * somebody has asked for keys.
 */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include "store/store.h"

extern const struct store_ops store_broker;

/* Whether a location is of this kind. */
bool broker_store_is(const char *location);

/* Let verifiers come with their keys from now on, for an export. */
void broker_store_show_keys(struct store *store);

/*
 * Put many verifiers, as store_put_many does, in as many transactions as it
 * takes; users who are disabled remain so.
 *
 * @param enable    let them in again all the same
 * @param disabled  set for each: was put, and remains disabled
 */
enum scram_status broker_store_put(struct store *store,
                                   struct store_entry *entries, size_t count,
                                   enum store_put how, bool enable,
                                   bool *disabled, struct sentence *why);

/* Let decoys be made with this key from now on. */
enum scram_status broker_store_decoys(struct store *store,
                                      const struct secret_key *key,
                                      struct sentence *why);

#endif
