/*
 * Changing a store of the kind lmdb: the functions of struct store_ops that
 * put verifiers in and take a user out, each with what `meta` says of them.
 */
#ifndef STORE_LMDB_CHANGE_H
#define STORE_LMDB_CHANGE_H

#include "store/store.h"

/*
 * Append the key under which a user's verifier is.
 *
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT, with a sentence, for what is no user
 */
enum scram_status lmdb_key(enum scram_mechanism mechanism, struct slice user,
                           struct buffer *key, struct sentence *why);

enum scram_status lmdb_put(struct store *base, struct slice user,
                           const struct scram_verifier *verifier,
                           enum store_put how, struct sentence *why);

enum scram_status lmdb_put_many(struct store *base, struct store_entry *entries,
                                size_t count, enum store_put how,
                                struct sentence *why);

enum scram_status lmdb_set(struct store *base, struct slice user,
                           const struct scram_verifier *verifiers, size_t count,
                           enum store_put how, struct sentence *why);

enum scram_status lmdb_remove(struct store *base, struct slice user,
                              struct sentence *why);

#endif
