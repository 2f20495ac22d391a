/*
 * A change of a store: one transaction of LMDB's, which is on disk whole when
 * it is committed, or not at all. One writer at a time has it, and one thread,
 * from the beginning to the end.
 *
 * What is written is kept beside it, so that it can be written once more when
 * the map is full and has grown.
 */
#ifndef DAEMON_LMDB_CHANGE_H
#define DAEMON_LMDB_CHANGE_H

#include "daemon/lmdb/shared.h"
#include "daemon/lmdb/store.h"
#include "store/store.h"

struct lmdb_change;

/*
 * Wait until nobody else changes the store, and begin.
 *
 * @param change  set on SCRAM_OK alone; release it with lmdb_change_drop
 */
enum scram_status lmdb_change_begin(struct lmdb_shared *shared,
                                    struct lmdb_change **change,
                                    struct sentence *why);

/*
 * Put a verifier, or leave everything as it was.
 *
 * @param password  it is the user's new password: the one before is kept as an
 *                  earlier one, where it has the same salt and count
 * @return SCRAM_OK; SCRAM_USER_EXISTS or SCRAM_NO_USER without a sentence;
 *         SCRAM_STORE_FAILED, SCRAM_NO_MEMORY: nothing more can be done with
 *         the change
 */
enum scram_status lmdb_change_put(struct lmdb_change *change, struct slice user,
                                  const struct scram_verifier *verifier,
                                  enum store_put how, bool password,
                                  struct sentence *why);

/*
 * Let a user have these verifiers and no others.
 *
 * @param count  0: none
 */
enum scram_status lmdb_change_set(struct lmdb_change *change, struct slice user,
                                  const struct scram_verifier *verifiers,
                                  size_t count, enum store_put how,
                                  bool password, struct sentence *why);

/* Edit all that a user has; SCRAM_NO_USER when that is nothing. */
enum scram_status lmdb_change_edit(struct lmdb_change *change,
                                   struct slice user,
                                   const struct store_edit *edit,
                                   struct sentence *why);

/* Let a user's new verifier keep (store_keep) what the one says whose place it
 * takes, or all others where there is none. A damaged one is not enabled. */
enum scram_status lmdb_change_keep(struct lmdb_change *change,
                                   struct slice user,
                                   struct scram_verifier *verifier,
                                   struct sentence *why);

/* Let decoys be made with another key. */
void lmdb_change_decoy_key(struct lmdb_change *change,
                           const struct secret_key *key);

/* How many records were written or removed so far. */
size_t lmdb_change_count(const struct lmdb_change *change);

/*
 * Commit.
 *
 * @return SCRAM_OK once it is on disk, or when there was nothing to change;
 *         otherwise nothing was changed
 */
enum scram_status lmdb_change_commit(struct lmdb_change *change,
                                     struct sentence *why);

/* Let others write; NULL is none. */
void lmdb_change_drop(struct lmdb_change *change);

#endif
