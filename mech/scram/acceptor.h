/*
 * The server's side of an exchange (RFC 5802, section 3), as two functions over
 * messages: nothing but the messages themselves is kept from the one to the
 * other. Each asks back for the user's verifier, once its message is known to
 * be well formed.
 */
#ifndef SCRAM_ACCEPTOR_H
#define SCRAM_ACCEPTOR_H

#include "base/base64.h"
#include "scram/message.h"
#include "scram/signature.h"
#include "scram/verifier.h"

/* "r=" nonces ",s=" salt ",i=" count: what scram_acceptor_first writes at
 * most. */
#define SCRAM_SERVER_FIRST_MAX                                                 \
    (SCRAM_CLIENT_NONCE_MAX + SCRAM_NONCE_LEN + BASE64_LEN(SCRAM_SALT_MAX) +   \
     sizeof("r=,s=,i=4294967295"))
#define SCRAM_SERVER_FINAL_MAX 64 /* bytes of "v=" and a signature */

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
 * Answer client-first-message-bare with server-first-message.
 *
 * @param nonce         the server's part: fresh, printable, without a comma
 * @param server_first  appended to on SCRAM_OK alone; SCRAM_SERVER_FIRST_MAX
 *                      free bytes are enough
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_USERNAME, or what @p find returned
 */
enum scram_status scram_acceptor_first(enum scram_mechanism mechanism,
                                       struct slice client_first,
                                       struct slice nonce,
                                       scram_find_verifier *find, void *data,
                                       struct buffer *server_first);

/*
 * Append who a client claims to be in its first message, SASLprep'd.
 *
 * @param user  SCRAM_USER_MAX free bytes
 * @return as scram_acceptor_first, but for @p find
 */
enum scram_status scram_acceptor_user(struct slice client_first,
                                      struct buffer *user);

/* What was said so far: the first message as it came, the second as it went
 * out, and the one that is to be answered. */
struct scram_exchange {
    enum scram_mechanism mechanism;
    struct slice client_first;
    struct slice server_first;
    struct slice client_final;
};

/* What the acceptor's side knows of channel bindings. */
struct scram_bindings {
    bool given;        /* the application supplied bindings */
    bool required;     /* by the configuration, of the initiator */
    struct slice data; /* the application data, which may be empty */
};

/*
 * Answer client-final-message with server-final-message. Where the verifier is
 * not the one whose salt and count the client was told, as the password was
 * changed meanwhile, no proof is right: it is made of other keys. It is the
 * caller's to do this once for each server_first.
 *
 * @param server_final  appended to on SCRAM_OK alone; SCRAM_SERVER_FINAL_MAX
 *                      free bytes are enough
 * @param session_key   SCRAM_SESSION_KEY_LEN bytes, set on SCRAM_OK alone
 * @param bound         whether both sides supplied bindings of a channel, which
 *                      then were equal; set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_BAD_BINDINGS, SCRAM_BAD_PROOF,
 *         SCRAM_EARLIER_PROOF, which is as wrong and takes as long, but is no
 *         guess, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED, or what @p find returned
 */
enum scram_status scram_acceptor_final(const struct scram_exchange *exchange,
                                       const struct scram_bindings *bindings,
                                       scram_find_verifier *find, void *data,
                                       struct buffer *server_final,
                                       uint8_t *session_key, bool *bound);

#endif
