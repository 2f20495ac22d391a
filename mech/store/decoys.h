/*
 * The decoys of one open store: verifiers that stand in for users who are not
 * there, drawn from what those who are have (store/file_tally.h).
 */
#ifndef STORE_DECOYS_H
#define STORE_DECOYS_H

#include <stdatomic.h>

#include "base/sentence.h"
#include "scram/verifier.h"
#include "store/file_tally.h"

#define STORE_DECOYS_FREE 16 /* threads that need not make their own */

/* One that is all zero, but for the key, is ready. */
struct store_decoys {
    struct secret_key key;
    _Atomic(struct scram_decoys *) free[STORE_DECOYS_FREE];
};

/*
 * Have libcrypto fetch what a decoy takes, which it does once: better now than
 * when somebody waits, or while another thread forks.
 *
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status store_decoys_begin(struct store_decoys *decoys,
                                     struct sentence *why);

/*
 * Make the decoy for a user.
 *
 * @param shares  the mechanism's, see file_tally_share
 * @param decoy   set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status
store_decoys_make(struct store_decoys *decoys,
                  const struct file_tally_kind shares[FILE_TALLY_SHARES],
                  enum scram_mechanism mechanism, struct slice user,
                  struct scram_verifier *decoy);

/* Wipe all of it; nobody uses it any more. */
void store_decoys_clear(struct store_decoys *decoys);

#endif
