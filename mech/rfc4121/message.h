/*
 * Per-message tokens (RFC 4121, section 4.2) with an aes128-cts-hmac-sha1-96
 * key (RFC 3962), without an acceptor subkey. Sequence numbers are of 64 bits
 * and begin at 0 both ways.
 *
 * A struct rfc4121_context belongs to one established context. It may be used
 * by several threads at once.
 */
#ifndef RFC4121_MESSAGE_H
#define RFC4121_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define RFC4121_KEY_LEN 16 /* bytes of the protocol key */

struct rfc4121_context;

/* Fill in @p len random bytes; SCRAM_OK, or what is returned instead. */
typedef enum scram_status rfc4121_random(uint8_t *bytes, size_t len);

enum rfc4121_role { RFC4121_INITIATOR, RFC4121_ACCEPTOR };

/* Where a message stands among those that came before it (RFC 2743, 1.2.3). */
enum rfc4121_order {
    RFC4121_IN_ORDER,
    RFC4121_DUPLICATE,
    RFC4121_OLD,   /* too old to tell whether it is a duplicate */
    RFC4121_UNSEQ, /* a later one came first */
    RFC4121_GAP    /* earlier ones have not come yet */
};

/*
 * Make a context. Keys are derived when a message first needs them.
 *
 * @param key      RFC4121_KEY_LEN bytes; copied
 * @param replay   report RFC4121_DUPLICATE and RFC4121_OLD
 * @param sequence report RFC4121_UNSEQ and RFC4121_GAP too
 * @param random   where confounders come from; called by any thread
 * @param context  set on SCRAM_OK alone; release it with rfc4121_free
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status rfc4121_new(const uint8_t *key, enum rfc4121_role role,
                              bool replay, bool sequence,
                              rfc4121_random *random,
                              struct rfc4121_context **context);

/* Release a context and wipe its keys; NULL is no context. */
void rfc4121_free(struct rfc4121_context *context);

/* The protocol key, for a program that asks the context for it; it stays the
 * context's. */
struct slice rfc4121_key(const struct rfc4121_context *context);

/*
 * The length of the Wrap token for a message of @p len bytes (section 4.2.6.2).
 */
size_t rfc4121_wrap_len(bool confidential, size_t len);

/*
 * The greatest length of a message whose Wrap token has at most @p token_len
 * bytes; 0 if there is none.
 */
size_t rfc4121_wrap_size_limit(bool confidential, size_t token_len);

/*
 * Make a Wrap token.
 *
 * @param token  rfc4121_wrap_len bytes
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_wrap(struct rfc4121_context *context,
                               bool confidential, struct slice message,
                               uint8_t *token);

/*
 * Check and open a Wrap token.
 *
 * @param token         any EC and any RRC
 * @param message       room for token.len bytes; may be token.data itself,
 * whose bytes are lost then; holds no plaintext after a failure
 * @param len           the message's length, set on SCRAM_OK alone
 * @param confidential  whether it was encrypted, set on SCRAM_OK alone
 * @param order         set on SCRAM_OK alone; RFC4121_IN_ORDER unless asked for
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_BAD_SIGNATURE, SCRAM_NO_MEMORY,
 *         SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_unwrap(struct rfc4121_context *context,
                                 struct slice token, uint8_t *message,
                                 size_t *len, bool *confidential,
                                 enum rfc4121_order *order);

#define RFC4121_MIC_LEN 28 /* bytes of a MIC token */

/* Make a MIC token of RFC4121_MIC_LEN bytes (section 4.2.6.1). */
enum scram_status rfc4121_get_mic(struct rfc4121_context *context,
                                  struct slice message, uint8_t *token);

/* Check a MIC token; errors as rfc4121_unwrap's. */
enum scram_status rfc4121_verify_mic(struct rfc4121_context *context,
                                     struct slice message, struct slice token,
                                     enum rfc4121_order *order);

#endif
