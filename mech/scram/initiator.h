/*
 * The client's side of one exchange (RFC 5802, section 3), as pure computation:
 * a token in, a token and an outcome out. It asks back for the user's keys.
 */
#ifndef SCRAM_INITIATOR_H
#define SCRAM_INITIATOR_H

#include "base/slice.h"
#include "base/status.h"
#include "scram/keys.h"
#include "scram/signature.h"

struct scram_initiator;

/*
 * Derive the user's keys, or remember them (scram_keys_derive says how).
 *
 * @param salt        at least a byte
 * @param iterations  within the limits already
 * @param keys        set on SCRAM_OK alone
 */
typedef enum scram_status
scram_find_keys(void *data, enum scram_mechanism mechanism, struct slice salt,
                uint32_t iterations, struct scram_keys *keys);

/*
 * Make client-first-message-bare.
 *
 * @param user       SASLprep'd, 1 to SCRAM_USER_MAX bytes
 * @param nonce      fresh, printable, without a comma
 * @param initiator  set on SCRAM_OK alone; release it with
 *                   scram_initiator_free
 * @param token      set on SCRAM_OK alone; valid for as long as @p initiator
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status scram_initiator_first(enum scram_mechanism mechanism,
                                        struct slice user, struct slice nonce,
                                        struct scram_initiator **initiator,
                                        struct slice *token);

/* How many iterations a server may ask for. Fewer than SCRAM_ITERATIONS_MIN are
 * refused whatever @p min is. */
struct scram_limits {
    uint32_t min; /* what a guess at the password costs is not less */
    uint32_t max; /* what an answer costs is not more */
};

/*
 * Take server-first-message and answer with client-final-message, once.
 *
 * @param channel_binding  the application data, empty for none; at most
 *                         SCRAM_BINDINGS_MAX bytes
 * @param limits           what is outside them is refused before anything is
 *                         computed
 * @param reply            appended to on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_TOO_FEW_ITERATIONS,
 *         SCRAM_TOO_MANY_ITERATIONS, SCRAM_SERVER_ERROR, SCRAM_TOO_SMALL where
 *         @p reply does not hold it, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED, or
 *         what @p find returned
 */
enum scram_status
scram_initiator_final(struct scram_initiator *initiator, struct slice token,
                      struct slice channel_binding, struct scram_limits limits,
                      scram_find_keys *find, void *data, struct buffer *reply,
                      struct slice *error);

/*
 * Take server-final-message and so learn whether the server knows the
 * verifier.
 *
 * @param error  the server's word, a slice of @p token, set on
 *               SCRAM_SERVER_ERROR alone; the same in scram_initiator_final
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_SERVER_SIGNATURE, SCRAM_SERVER_ERROR
 */
enum scram_status scram_initiator_done(struct scram_initiator *initiator,
                                       struct slice token, struct slice *error);

/* The session key, SCRAM_SESSION_KEY_LEN bytes, once scram_initiator_final has
 * returned SCRAM_OK. Valid for as long as @p initiator. */
const uint8_t *
scram_initiator_session_key(const struct scram_initiator *initiator);

/* Release an initiator and wipe what it knows; NULL is none. */
void scram_initiator_free(struct scram_initiator *initiator);

#endif
