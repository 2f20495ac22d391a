/*
 * Per-message tokens to play with: two ends of a context, and k5crypto, which
 * makes tokens with any sequence number, EC and RRC.
 */
#ifndef FUZZ_TOKENS_H
#define FUZZ_TOKENS_H

#include "../unit/k5crypto.h"
#include "fuzz.h"

/* The key of every context here. */
#define TOKENS_KEY ((const uint8_t *)"a sixteen B key!")

/* A new end of a context, with confounders that are not random. */
struct rfc4121_context *tokens_context(enum rfc4121_role role);

/* What makes the tokens that @p sender sends; it is kept. */
const struct k5_peer *tokens_peer(enum rfc4121_role sender);

/* A token as the input describes it: a byte of what kind, and whether we make
 * it or k5crypto does, then sequence number, EC, RRC, and a block that is the
 * message. */
struct made {
    bool mic;
    struct k5_token how;
    struct slice message; /* part of the input */
    struct slice token;   /* fuzz_free it */
};

struct made tokens_make(struct slice *rest, enum rfc4121_role sender);

/*
 * Change the token as the input says.
 *
 * @return whether it is another one now in more than its RRC, which no
 *         checksum covers
 */
bool tokens_edit(struct slice *rest, struct made *made);

/* Whether the @p len bytes hold the message, which is long enough to tell. */
bool tokens_leak(const struct made *made, const uint8_t *bytes, size_t len);

#endif
