#include "scram/signature.h"

enum scram_status
scram_signature(struct scram_mac *mac, const struct scram_auth_message *message,
                struct secret_key *signature)
{
    struct slice parts[] = {message->firsts, message->without_proof};

    return scram_mac_compute(mac, parts, 2, signature);
}

void
scram_xor(struct secret_key *key, const struct secret_key *signature)
{
    size_t i;

    for (i = 0; i < sizeof(key->data); i++)
        key->data[i] ^= signature->data[i];
}

enum scram_status
scram_session_key(enum scram_mechanism mechanism, struct scram_mac *mac,
                  const struct secret_key *client_key,
                  const struct scram_auth_message *message,
                  uint8_t *session_key)
{
    struct slice parts[] = {
        SLICE("GSS-API session key"),
        scram_key_slice(mechanism, client_key),
        message->firsts,
        message->without_proof,
    };
    struct secret_key hmac CLEANUP_KEY;
    enum scram_status status = scram_mac_compute(mac, parts, 4, &hmac);

    if (status == SCRAM_OK)
        memcpy(session_key,
               hmac.data + scram_hash_len(mechanism) - SCRAM_SESSION_KEY_LEN,
               SCRAM_SESSION_KEY_LEN);
    return status;
}
