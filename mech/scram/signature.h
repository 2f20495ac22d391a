/*
 * What both roles compute over AuthMessage (RFC 5802, section 3):
 *
 *   AuthMessage     := client-first-message-bare + "," +
 *                      server-first-message + "," +
 *                      client-final-message-without-proof
 *   ClientSignature := HMAC(StoredKey, AuthMessage)
 *   ClientProof     := ClientKey XOR ClientSignature
 *   ServerSignature := HMAC(ServerKey, AuthMessage)
 *
 * and, of section 8.2, the session key.
 */
#ifndef SCRAM_SIGNATURE_H
#define SCRAM_SIGNATURE_H

#include "scram/keys.h"

#define SCRAM_SESSION_KEY_LEN 16 /* bytes: a key for AES-128 */

struct scram_auth_message {
    struct slice firsts;        /* both first messages and both commas */
    struct slice without_proof; /* client-final-message-without-proof */
};

/* HMAC(key, AuthMessage), under the key that @p mac has; errors are
 * scram_mac_compute's. */
enum scram_status scram_signature(struct scram_mac *mac,
                                  const struct scram_auth_message *message,
                                  struct secret_key *signature);

/* Turn ClientKey into ClientProof or back: XOR with ClientSignature. */
void scram_xor(struct secret_key *key, const struct secret_key *signature);

/*
 * The right-most 128 bits of
 *   HMAC(StoredKey, "GSS-API session key" || ClientKey || AuthMessage)
 *
 * @param mac          has StoredKey
 * @param session_key  SCRAM_SESSION_KEY_LEN bytes
 */
enum scram_status scram_session_key(enum scram_mechanism mechanism,
                                    struct scram_mac *mac,
                                    const struct secret_key *client_key,
                                    const struct scram_auth_message *message,
                                    uint8_t *session_key);

#endif
