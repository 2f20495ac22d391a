/*
 * The server's side of one exchange (RFC 5802, section 3), as pure computation:
 * a token in, a token and an outcome out. It asks back for one verifier.
 */
#ifndef SCRAM_ACCEPTOR_H
#define SCRAM_ACCEPTOR_H

#include "base/slice.h"
#include "base/status.h"
#include "scram/signature.h"
#include "scram/verifier.h"

struct scram_acceptor;

/*
 * Find the verifier of a user.
 *
 * @param user      SASLprep'd
 * @param verifier  set on SCRAM_OK, to a decoy where there is no such user
 */
typedef enum scram_status scram_find_verifier(void *data,
                                              enum scram_mechanism mechanism,
                                              struct slice user,
                                              struct scram_verifier *verifier);

/*
 * Take client-first-message-bare and answer with server-first-message.
 *
 * @param nonce     the server's part: fresh, printable, without a comma
 * @param acceptor  set on SCRAM_OK alone; release it with scram_acceptor_free
 * @param reply     set on SCRAM_OK alone; valid for as long as @p acceptor
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_USERNAME, SCRAM_NO_MEMORY, or what @p find returned
 */
enum scram_status scram_acceptor_first(enum scram_mechanism mechanism,
                                       struct slice token, struct slice nonce,
                                       scram_find_verifier *find, void *data,
                                       struct scram_acceptor **acceptor,
                                       struct slice *reply);

/*
 * The two messages that began the exchange, which is all that another acceptor
 * needs to know of this one to go on in its place; no secret is in them. Valid
 * for as long as @p acceptor.
 */
void scram_acceptor_firsts(const struct scram_acceptor *acceptor,
                           struct slice *client_first,
                           struct slice *server_first);

/*
 * Go on in the place of an acceptor that answered @p client_first with
 * @p server_first. It has no verifier until scram_acceptor_find.
 *
 * @param acceptor  set on SCRAM_OK alone; release it with scram_acceptor_free
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_BAD_USERNAME, SCRAM_NO_MEMORY
 */
enum scram_status scram_acceptor_resume(enum scram_mechanism mechanism,
                                        struct slice client_first,
                                        struct slice server_first,
                                        struct scram_acceptor **acceptor);

/*
 * Look up the verifier for an acceptor that was resumed. Where it is not the
 * one whose salt and count the client was told, as the password was changed
 * meanwhile, the final step refuses any proof.
 *
 * @return SCRAM_OK, or what @p find returned
 */
enum scram_status scram_acceptor_find(struct scram_acceptor *acceptor,
                                      scram_find_verifier *find, void *data);

/* What the acceptor's side knows of channel bindings. */
struct scram_bindings {
    bool given;        /* the application supplied bindings */
    bool required;     /* by the configuration, of the initiator */
    struct slice data; /* the application data, which may be empty */
};

/*
 * Take client-final-message and answer with server-final-message, once.
 *
 * @param reply  appended to on SCRAM_OK alone; 64 free bytes are enough
 * @param bound  whether both sides supplied bindings of a channel, which then
 *               were equal; set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_BAD_BINDINGS, SCRAM_BAD_PROOF,
 *         SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED; SCRAM_BAD_ARGUMENT without a
 *         verifier, or for a second time
 */
enum scram_status scram_acceptor_final(struct scram_acceptor *acceptor,
                                       struct slice token,
                                       const struct scram_bindings *bindings,
                                       struct buffer *reply, bool *bound);

/* The user's name, SASLprep'd: who it claims to be until scram_acceptor_final
 * has returned SCRAM_OK. Valid for as long as @p acceptor. */
struct slice scram_acceptor_user(const struct scram_acceptor *acceptor);

/* The session key, SCRAM_SESSION_KEY_LEN bytes, once scram_acceptor_final has
 * returned SCRAM_OK. Valid for as long as @p acceptor. */
const uint8_t *
scram_acceptor_session_key(const struct scram_acceptor *acceptor);

/* Release an acceptor and wipe what it knows; NULL is none. */
void scram_acceptor_free(struct scram_acceptor *acceptor);

#endif
