/*
 * All that a store has of one user: a verifier for each mechanism, or none.
 */
#ifndef VERIFIERS_H
#define VERIFIERS_H

#include "store/store.h"

struct verifiers {
    unsigned has; /* a bit for each enum scram_mechanism */
    struct scram_verifier of[SCRAM_MECHANISMS];
};

static inline void
verifiers_wipe(struct verifiers *verifiers)
{
    OPENSSL_cleanse(verifiers, sizeof(*verifiers));
}

#define CLEANUP_VERIFIERS __attribute__((cleanup(verifiers_wipe)))

static inline bool
verifiers_have(const struct verifiers *verifiers,
               enum scram_mechanism mechanism)
{
    return verifiers->has & 1u << mechanism;
}

/*
 * Look a user's up.
 *
 * @param user       SASLprep'd
 * @param verifiers  set on SCRAM_OK; without any on SCRAM_NO_USER
 * @return SCRAM_OK, SCRAM_NO_USER, or as store_look_up does
 */
enum scram_status verifiers_read(struct store *store, struct slice user,
                                 struct verifiers *verifiers,
                                 struct sentence *why);

/*
 * Make them from a password, each with a salt of its own. All are enabled.
 *
 * @param mechanisms  which, a bit for each enum scram_mechanism
 * @param iterations  0: each mechanism's default
 * @param before      whose salts are kept where the count stays; NULL: none
 * @param verifiers   set on SCRAM_OK alone
 */
enum scram_status verifiers_derive(unsigned mechanisms, uint32_t iterations,
                                   struct slice password,
                                   const struct verifiers *before,
                                   struct verifiers *verifiers);

/*
 * Let a new verifier of a user's keep (store_keep) what the one says whose
 * place it takes, or all others where there is none. So nobody is let in again
 * whom somebody has shut out, nor shut out.
 *
 * @param before  what the user has; nothing: it stays as it is
 */
void verifiers_keep(const struct verifiers *before,
                    struct scram_verifier *verifier);

/*
 * Give a user these and no others, in one transaction.
 *
 * @param before  what the user has, as verifiers_read found it: where that is
 *                nothing, a user who is there meanwhile is left alone
 * @return SCRAM_OK, or as store_set does
 */
enum scram_status verifiers_write(struct store *store, struct slice user,
                                  const struct verifiers *before,
                                  const struct verifiers *verifiers,
                                  struct sentence *why);

/*
 * Edit a user, in one transaction.
 *
 * @param before  as for verifiers_write
 */
enum scram_status verifiers_edit(struct store *store, struct slice user,
                                 const struct verifiers *before,
                                 const struct store_edit *edit,
                                 struct sentence *why);

#endif
