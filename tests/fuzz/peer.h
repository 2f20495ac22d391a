/*
 * The other side of an exchange, for targets of either role: it knows one
 * user's keys, and signs whatever messages there are.
 */
#ifndef FUZZ_PEER_H
#define FUZZ_PEER_H

#include "scram/signature.h"

/* alice, her password and the salt; with SCRAM_ITERATIONS_MIN iterations. */
#define PEER_USER SLICE("alice")
#define PEER_PASSWORD SLICE("wonderland")
#define PEER_SALT SLICE("a grain of salt!")

/* Her keys; derived once. */
const struct scram_keys *peer_keys(enum scram_mechanism mechanism);

/* The verifier that a store would have. */
struct scram_verifier peer_verifier(enum scram_mechanism mechanism);

/* What the messages make, over the firsts (both, with their commas) and
 * client-final-message without its proof. */
struct peer_signed {
    struct secret_key proof;
    struct secret_key server_signature;
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
};

struct peer_signed peer_sign(enum scram_mechanism mechanism,
                             struct slice firsts, struct slice without_proof);

/* Append a key of the mechanism's length in base64. */
void peer_base64(enum scram_mechanism mechanism, const struct secret_key *key,
                 struct buffer *text);

#endif
