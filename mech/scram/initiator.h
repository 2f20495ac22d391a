/*
 * The client's side of one exchange (RFC 5802, section 3), as pure computation:
 * messages are made and taken apart by a struct scram_initiator, which holds no
 * secret; what takes the user's keys is computed by functions of their own, as
 * another process may have the keys.
 */
#ifndef SCRAM_INITIATOR_H
#define SCRAM_INITIATOR_H

#include "base/slice.h"
#include "base/status.h"
#include "scram/keys.h"
#include "scram/message.h"
#include "scram/signature.h"

struct scram_initiator;

/* A salt is opaque and rarely longer than a hash; this bounds what a hostile
 * server has us feed to Hi(). */
#define SCRAM_SERVER_SALT_MAX 1024

/*
 * Append client-first-message-bare.
 *
 * @param user  SASLprep'd
 * @return the nonce in it
 */
struct slice scram_put_client_first(struct slice user, struct slice nonce,
                                    struct buffer *text);

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
 * Whether a server-first-message goes with the nonce that the client sent, and
 * asks for what is allowed.
 *
 * @param salt  SCRAM_SERVER_SALT_MAX free bytes; appended to
 * @return SCRAM_OK, SCRAM_BAD_NONCE, SCRAM_BAD_ENCODING,
 *         SCRAM_TOO_FEW_ITERATIONS, SCRAM_TOO_MANY_ITERATIONS
 */
enum scram_status
scram_check_server_first(struct slice nonce,
                         const struct scram_server_first *message,
                         struct scram_limits limits, struct buffer *salt);

/* What the server asks to have proved, and all that the proof is over. */
struct scram_unproved {
    enum scram_mechanism mechanism;
    struct slice client_first; /* the bare message */
    struct slice server_first;
    struct slice without_proof; /* of client-final */
    struct slice salt;          /* at least a byte */
    uint32_t iterations;        /* within the limits */
    struct scram_auth_message message;
};

/*
 * Take server-first-message, once, and make client-final-message-without-proof.
 *
 * @param channel_binding  the application data, empty for none; at most
 *                         SCRAM_BINDINGS_MAX bytes
 * @param limits           what is outside them is refused
 * @param unproved         set on SCRAM_OK alone; valid for as long as
 *                         @p initiator
 * @param error            the server's word, a slice of @p token, set on
 *                         SCRAM_SERVER_ERROR alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_TOO_FEW_ITERATIONS,
 *         SCRAM_TOO_MANY_ITERATIONS, SCRAM_SERVER_ERROR, SCRAM_NO_MEMORY
 */
enum scram_status scram_initiator_final(struct scram_initiator *initiator,
                                        struct slice token,
                                        struct slice channel_binding,
                                        struct scram_limits limits,
                                        const struct scram_unproved **unproved,
                                        struct slice *error);

/* What scram_initiator_final set; NULL where it did not return SCRAM_OK. */
const struct scram_unproved *
scram_initiator_unproved(const struct scram_initiator *initiator);

/*
 * Make client-final-message.
 *
 * @param proof  scram_hash_len bytes
 * @param reply  appended to on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_TOO_SMALL where @p reply does not hold it
 */
enum scram_status scram_put_final(const struct scram_unproved *unproved,
                                  struct slice proof, struct buffer *reply);

/*
 * Compute ClientProof.
 *
 * @param proof  set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_prove(const struct scram_unproved *unproved,
                              const struct scram_keys *keys,
                              struct secret_key *proof);

/*
 * Take server-final-message and so learn whether the server knows the
 * verifier, and the session key.
 *
 * @param session_key  SCRAM_SESSION_KEY_LEN bytes, set on SCRAM_OK alone
 * @param error        as above
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_SERVER_SIGNATURE, SCRAM_SERVER_ERROR, SCRAM_NO_MEMORY,
 *         SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_accept_server(const struct scram_unproved *unproved,
                                      const struct scram_keys *keys,
                                      struct slice server_final,
                                      uint8_t *session_key,
                                      struct slice *error);

/* Release an initiator; NULL is none. */
void scram_initiator_free(struct scram_initiator *initiator);

#endif
