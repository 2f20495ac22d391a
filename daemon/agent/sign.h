/*
 * What the agent computes over a login's messages (RFC 5802, section 3): the
 * proof that the user knows the password, and whether the server does.
 */
#ifndef AGENT_SIGN_H
#define AGENT_SIGN_H

#include "daemon/agent/check.h"
#include "scram/signature.h"

/*
 * Compute ClientProof.
 *
 * @param proof  scram_hash_len(mechanism) bytes, set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING for messages that are too long,
 *         SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status agent_sign(enum scram_mechanism mechanism,
                             const struct scram_keys *keys,
                             const struct agent_messages *messages,
                             struct secret_key *proof);

/*
 * Check the ServerSignature of a server-final-message.
 *
 * @param verifier     of the message, in base64
 * @param session_key  SCRAM_SESSION_KEY_LEN bytes, set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_SERVER_SIGNATURE, or as agent_sign
 */
enum scram_status agent_verify(enum scram_mechanism mechanism,
                               const struct scram_keys *keys,
                               const struct agent_messages *messages,
                               struct slice verifier, uint8_t *session_key);

#endif
