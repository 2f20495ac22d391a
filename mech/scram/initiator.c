#include "scram/initiator.h"

#include "base/base64.h"
#include "scram/message.h"
#include "scram/saslname.h"

_Static_assert(sizeof("c=,r=,p=") + (SCRAM_BINDINGS_MAX + 2) / 3 * 4 +
                       SCRAM_NONCE_MAX +
                       (sizeof(((struct secret_key *)0)->data) + 2) / 3 * 4 <=
                   SCRAM_TOKEN_MAX,
               "client-final is no longer than a token may be");

/* A salt is opaque and rarely longer than a hash; this bounds what a hostile
 * server has us feed to Hi(). */
#define SERVER_SALT_MAX 1024

struct scram_initiator {
    enum scram_mechanism mechanism;
    enum { WANTS_SERVER_FIRST, WANTS_SERVER_FINAL, WANTS_NOTHING } state;
    struct secret_key server_signature; /* what server-final must bring */
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    size_t size; /* of all this, text included */
    struct slice nonce;
    struct slice client_first_bare;
    uint8_t text[]; /* what the two are slices of */
};

enum scram_status
scram_initiator_first(enum scram_mechanism mechanism, struct slice user,
                      struct slice nonce, struct scram_initiator **initiator,
                      struct slice *token)
{
    size_t capacity = sizeof("n=,r=") + 3 * user.len + nonce.len;
    struct scram_initiator *i = malloc(sizeof(*i) + capacity);
    struct buffer text;

    if (i == NULL)
        return SCRAM_NO_MEMORY;
    *i = (struct scram_initiator){.mechanism = mechanism,
                                  .state = WANTS_SERVER_FIRST,
                                  .size = sizeof(*i) + capacity};
    text = (struct buffer){i->text, 0, capacity, false};
    buffer_put(&text, SLICE("n="));
    scram_saslname_encode(user, &text);
    buffer_put(&text, SLICE(",r="));
    i->nonce = (struct slice){text.data + text.len, nonce.len};
    buffer_put(&text, nonce);
    i->client_first_bare = buffer_slice(&text);
    *token = i->client_first_bare;
    *initiator = i;
    return SCRAM_OK;
}

/*
 * Compute everything over AuthMessage at once: the proof goes out, what the
 * server has to answer and the session key stay.
 */
static enum scram_status
sign(struct scram_initiator *i, const struct scram_keys *keys,
     const struct scram_auth_message *message, struct secret_key *proof)
{
    struct slice stored_key = scram_key_slice(i->mechanism, &keys->stored_key);
    struct slice server_key = scram_key_slice(i->mechanism, &keys->server_key);
    struct secret_key signature CLEANUP_KEY = {{0}};
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(i->mechanism, &mac);

    if (status == SCRAM_OK)
        status = scram_mac_key(&mac, stored_key);
    if (status == SCRAM_OK)
        status = scram_signature(&mac, message, &signature);
    if (status == SCRAM_OK)
        status = scram_session_key(i->mechanism, &mac, &keys->client_key,
                                   message, i->session_key);
    if (status == SCRAM_OK)
        status = scram_mac_key(&mac, server_key);
    if (status == SCRAM_OK)
        status = scram_signature(&mac, message, &i->server_signature);
    if (status != SCRAM_OK)
        return status;
    *proof = keys->client_key;
    scram_xor(proof, &signature);
    return SCRAM_OK;
}

static enum scram_status
write_final(struct scram_initiator *i, const struct scram_keys *keys,
            struct slice server_first, struct slice channel_binding,
            struct slice nonce, struct buffer *reply)
{
    struct slice client_first = i->client_first_bare;
    size_t start = reply->len;
    size_t capacity = client_first.len + server_first.len + 2;
    uint8_t *memory = malloc(capacity);
    struct buffer firsts = {memory, 0, capacity, false};
    struct scram_auth_message message;
    struct secret_key proof CLEANUP_KEY = {{0}};
    enum scram_status status;

    if (memory == NULL)
        return SCRAM_NO_MEMORY;
    buffer_put(&firsts, client_first);
    buffer_put(&firsts, SLICE(","));
    buffer_put(&firsts, server_first);
    buffer_put(&firsts, SLICE(","));

    buffer_put(reply, SLICE("c="));
    base64_encode(channel_binding, reply);
    buffer_put(reply, SLICE(",r="));
    buffer_put(reply, nonce);
    message = (struct scram_auth_message){
        buffer_slice(&firsts), {reply->data + start, reply->len - start}};
    status = sign(i, keys, &message, &proof);
    free(memory);
    buffer_put(reply, SLICE(",p="));
    base64_encode(scram_key_slice(i->mechanism, &proof), reply);
    if (status == SCRAM_OK && reply->overflow)
        status = SCRAM_TOO_SMALL;
    if (status != SCRAM_OK)
        reply->len = start;
    return status;
}

/*
 * Everything that can be refused is, before a single iteration.
 *
 * An impostor sends a count of his own, and whoever answers gives him something
 * to guess from that is as cheap as that count. So the least count is the
 * caller's to raise. A salt has no least length beyond the one byte of RFC
 * 5802, section 7: a salt keeps guesses at one password from serving for
 * another, but an impostor chooses it, may send the same one to everybody, and
 * computes his table for a salt of 64 bytes as quickly as for one of a single
 * byte. A limit would stop nobody but a server whose verifiers came from
 * elsewhere. libpq has none either.
 */
static enum scram_status
check_server_first(const struct scram_initiator *i,
                   const struct scram_server_first *message,
                   struct scram_limits limits, struct buffer *salt)
{
    if (message->nonce.len <= i->nonce.len ||
        !slice_starts_with(message->nonce, i->nonce))
        return SCRAM_BAD_NONCE;
    if (message->nonce.len > SCRAM_NONCE_MAX)
        return SCRAM_BAD_ENCODING;
    if (!base64_decode(message->salt, salt))
        return SCRAM_BAD_ENCODING;
    if (message->iterations < SCRAM_ITERATIONS_MIN ||
        message->iterations < limits.min)
        return SCRAM_TOO_FEW_ITERATIONS;
    if (message->iterations > limits.max)
        return SCRAM_TOO_MANY_ITERATIONS;
    return SCRAM_OK;
}

/* A server that refuses at once says e= in the place of its first message. */
static enum scram_status
parse_server_first(struct slice token, struct scram_server_first *message,
                   struct slice *error)
{
    struct scram_server_final refusal;
    enum scram_status status = scram_server_first_parse(token, message);

    if (status == SCRAM_BAD_ENCODING &&
        scram_server_final_parse(token, &refusal) == SCRAM_OK &&
        refusal.error.data != NULL) {
        *error = refusal.error;
        return SCRAM_SERVER_ERROR;
    }
    return status;
}

enum scram_status
scram_initiator_final(struct scram_initiator *i, struct slice token,
                      struct slice channel_binding, struct scram_limits limits,
                      scram_find_keys *find, void *data, struct buffer *reply,
                      struct slice *error)
{
    uint8_t memory[SERVER_SALT_MAX];
    struct buffer salt = BUFFER_ARRAY(memory);
    struct scram_server_first message;
    struct scram_keys keys;
    enum scram_status status;

    if (i->state != WANTS_SERVER_FIRST ||
        channel_binding.len > SCRAM_BINDINGS_MAX)
        return SCRAM_BAD_ARGUMENT;
    i->state = WANTS_NOTHING;
    status = parse_server_first(token, &message, error);
    if (status == SCRAM_OK)
        status = check_server_first(i, &message, limits, &salt);
    if (status == SCRAM_OK)
        status = find(data, i->mechanism, buffer_slice(&salt),
                      message.iterations, &keys);
    if (status != SCRAM_OK)
        return status;
    status =
        write_final(i, &keys, token, channel_binding, message.nonce, reply);
    scram_keys_wipe(&keys);
    if (status == SCRAM_OK)
        i->state = WANTS_SERVER_FINAL;
    return status;
}

enum scram_status
scram_initiator_done(struct scram_initiator *i, struct slice token,
                     struct slice *error)
{
    size_t len = scram_hash_len(i->mechanism);
    struct secret_key signature CLEANUP_KEY = {{0}};
    struct buffer bytes = {signature.data, 0, len, false};
    struct scram_server_final message;
    enum scram_status status;

    if (i->state != WANTS_SERVER_FINAL)
        return SCRAM_BAD_ARGUMENT;
    i->state = WANTS_NOTHING;
    status = scram_server_final_parse(token, &message);
    if (status != SCRAM_OK)
        return status;
    if (message.error.data != NULL) {
        *error = message.error;
        return SCRAM_SERVER_ERROR;
    }
    if (!base64_decode(message.verifier, &bytes) || bytes.len != len)
        return SCRAM_BAD_ENCODING;
    return secret_equal(signature.data, i->server_signature.data, len)
               ? SCRAM_OK
               : SCRAM_BAD_SERVER_SIGNATURE;
}

const uint8_t *
scram_initiator_session_key(const struct scram_initiator *initiator)
{
    return initiator->session_key;
}

void
scram_initiator_free(struct scram_initiator *initiator)
{
    if (initiator == NULL)
        return;
    OPENSSL_cleanse(initiator, initiator->size);
    free(initiator);
}
