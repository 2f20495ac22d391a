/*
 * What every kind of store refuses to look up or to put.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "base/sentence.h"
#include "scram/verifier.h"

/* Whether a user's name can be one; SCRAM_BAD_ARGUMENT with a sentence. */
enum scram_status store_check_user(struct slice user, struct sentence *why);

/* Whether a verifier and its user can be written down; likewise. */
enum scram_status store_check_put(struct slice user,
                                  const struct scram_verifier *verifier,
                                  struct sentence *why);

#endif
