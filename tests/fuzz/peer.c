#include "peer.h"

#include "base/base64.h"
#include "fuzz.h"

const struct scram_keys *
peer_keys(enum scram_mechanism mechanism)
{
    static struct scram_keys keys[SCRAM_MECHANISMS];
    static bool derived[SCRAM_MECHANISMS];

    if (!derived[mechanism])
        FUZZ_CHECK(scram_keys_derive(mechanism, PEER_PASSWORD, PEER_SALT,
                                     SCRAM_ITERATIONS_MIN,
                                     &keys[mechanism]) == SCRAM_OK);
    derived[mechanism] = true;
    return &keys[mechanism];
}

struct scram_verifier
peer_verifier(enum scram_mechanism mechanism)
{
    struct scram_verifier v = {
        .mechanism = mechanism,
        .iterations = SCRAM_ITERATIONS_MIN,
        .salt_len = (uint8_t)PEER_SALT.len,
        .stored_key = peer_keys(mechanism)->stored_key,
        .server_key = peer_keys(mechanism)->server_key,
        .enabled = true,
    };

    memcpy(v.salt, PEER_SALT.data, PEER_SALT.len);
    return v;
}

struct peer_signed
peer_sign(enum scram_mechanism mechanism, struct slice firsts,
          struct slice without_proof)
{
    const struct scram_keys *keys = peer_keys(mechanism);
    struct scram_auth_message message = {firsts, without_proof};
    struct scram_mac mac CLEANUP_MAC = {0};
    struct peer_signed made = {.proof = keys->client_key};
    struct secret_key signature;

    FUZZ_CHECK(scram_mac_begin(mechanism, &mac) == SCRAM_OK);
    FUZZ_CHECK(
        scram_mac_key(&mac, scram_key_slice(mechanism, &keys->stored_key)) ==
        SCRAM_OK);
    FUZZ_CHECK(scram_signature(&mac, &message, &signature) == SCRAM_OK);
    scram_xor(&made.proof, &signature);
    FUZZ_CHECK(scram_session_key(mechanism, &mac, &keys->client_key, &message,
                                 made.session_key) == SCRAM_OK);
    FUZZ_CHECK(
        scram_mac_key(&mac, scram_key_slice(mechanism, &keys->server_key)) ==
        SCRAM_OK);
    FUZZ_CHECK(scram_signature(&mac, &message, &made.server_signature) ==
               SCRAM_OK);
    return made;
}

void
peer_base64(enum scram_mechanism mechanism, const struct secret_key *key,
            struct buffer *text)
{
    base64_encode(scram_key_slice(mechanism, key), text);
}
