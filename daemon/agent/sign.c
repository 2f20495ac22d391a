#include "daemon/agent/sign.h"

#include "base/base64.h"

/* What AuthMessage is made of; false where the first messages are too long. */
static bool
join(const struct agent_messages *messages, struct buffer *firsts,
     struct scram_auth_message *joined)
{
    buffer_put(firsts, messages->client_first);
    buffer_put(firsts, SLICE(","));
    buffer_put(firsts, messages->server_first);
    buffer_put(firsts, SLICE(","));
    *joined = (struct scram_auth_message){buffer_slice(firsts),
                                          messages->without_proof};
    return !firsts->overflow;
}

enum scram_status
agent_sign(enum scram_mechanism mechanism, const struct scram_keys *keys,
           const struct agent_messages *messages, struct secret_key *proof)
{
    uint8_t memory[2 * WIRE_FIRST_MAX + 2];
    struct buffer firsts = BUFFER_ARRAY(memory);
    struct secret_key signature CLEANUP_KEY = {{0}};
    struct scram_mac mac CLEANUP_MAC = {0};
    struct scram_auth_message message;
    enum scram_status status;

    if (!join(messages, &firsts, &message))
        return SCRAM_BAD_ENCODING;
    status = scram_mac_begin(mechanism, &mac);
    if (status == SCRAM_OK)
        status =
            scram_mac_key(&mac, scram_key_slice(mechanism, &keys->stored_key));
    if (status == SCRAM_OK)
        status = scram_signature(&mac, &message, &signature);
    if (status != SCRAM_OK)
        return status;
    *proof = keys->client_key;
    scram_xor(proof, &signature);
    return SCRAM_OK;
}

enum scram_status
agent_verify(enum scram_mechanism mechanism, const struct scram_keys *keys,
             const struct agent_messages *messages, struct slice verifier,
             uint8_t *session_key)
{
    uint8_t memory[2 * WIRE_FIRST_MAX + 2];
    struct buffer firsts = BUFFER_ARRAY(memory);
    size_t len = scram_hash_len(mechanism);
    struct secret_key signature CLEANUP_KEY = {{0}}, sent CLEANUP_KEY = {{0}};
    struct buffer bytes = {sent.data, 0, len, false};
    struct scram_mac mac CLEANUP_MAC = {0};
    struct scram_auth_message message;
    enum scram_status status;

    if (!join(messages, &firsts, &message) ||
        !base64_decode(verifier, &bytes) || bytes.len != len)
        return SCRAM_BAD_ENCODING;
    status = scram_mac_begin(mechanism, &mac);
    if (status == SCRAM_OK)
        status =
            scram_mac_key(&mac, scram_key_slice(mechanism, &keys->server_key));
    if (status == SCRAM_OK)
        status = scram_signature(&mac, &message, &signature);
    if (status == SCRAM_OK && !secret_equal(signature.data, sent.data, len))
        status = SCRAM_BAD_SERVER_SIGNATURE;
    if (status == SCRAM_OK)
        status =
            scram_mac_key(&mac, scram_key_slice(mechanism, &keys->stored_key));
    if (status == SCRAM_OK)
        status = scram_session_key(mechanism, &mac, &keys->client_key, &message,
                                   session_key);
    return status;
}
