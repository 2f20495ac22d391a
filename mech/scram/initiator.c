#include "scram/initiator.h"

#include "base/base64.h"
#include "scram/saslname.h"

_Static_assert(sizeof("c=,r=,p=") + (SCRAM_BINDINGS_MAX + 2) / 3 * 4 +
                       SCRAM_NONCE_MAX +
                       (sizeof(((struct secret_key *)0)->data) + 2) / 3 * 4 <=
                   SCRAM_TOKEN_MAX,
               "client-final is no longer than a token may be");

struct scram_initiator {
    bool done;                      /* server-first has come */
    struct scram_unproved unproved; /* without a count there is client-first
                                       alone */
    struct slice nonce;
    uint8_t *auth_message; /* and the salt behind it */
    uint8_t first[];       /* client-first */
};

struct slice
scram_put_client_first(struct slice user, struct slice nonce,
                       struct buffer *text)
{
    struct slice put = {NULL, nonce.len};

    buffer_put(text, SLICE("n="));
    scram_saslname_encode(user, text);
    buffer_put(text, SLICE(",r="));
    put.data = text->data + text->len;
    buffer_put(text, nonce);
    return put;
}

enum scram_status
scram_initiator_first(enum scram_mechanism mechanism, struct slice user,
                      struct slice nonce, struct scram_initiator **initiator,
                      struct slice *token)
{
    size_t capacity = sizeof("n=,r=") + 3 * user.len + nonce.len;
    struct scram_initiator *i = calloc(1, sizeof(*i) + capacity);
    struct buffer text = {NULL, 0, capacity, false};

    if (i == NULL)
        return SCRAM_NO_MEMORY;
    text.data = i->first;
    i->nonce = scram_put_client_first(user, nonce, &text);
    i->unproved.mechanism = mechanism;
    i->unproved.client_first = buffer_slice(&text);
    *token = i->unproved.client_first;
    *initiator = i;
    return SCRAM_OK;
}

/*
 * Everything that can be refused is, before a single iteration.
 *
 * An impostor sends a count of his own, and a client that answers gives him
 * something to guess from that is as cheap as that count. So the least count is
 * the caller's to raise. A salt has no least length beyond the one byte of RFC
 * 5802, section 7: a salt keeps guesses at one password from serving for
 * another, but an impostor chooses it, may send the same one to everybody, and
 * computes his table for a salt of 64 bytes as quickly as for one of a single
 * byte. A limit would stop nobody but a server whose verifiers came from
 * elsewhere. libpq has none either.
 */
enum scram_status
scram_check_server_first(struct slice nonce,
                         const struct scram_server_first *message,
                         struct scram_limits limits, struct buffer *salt)
{
    if (message->nonce.len <= nonce.len ||
        !slice_starts_with(message->nonce, nonce))
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

/* What is appended to a buffer that holds it, as a slice of that. */
static struct slice
put_part(struct buffer *text, struct slice part)
{
    size_t start = text->len;

    buffer_put(text, part);
    return (struct slice){text->data + start, text->len - start};
}

/* Write AuthMessage, and the salt behind it. */
static enum scram_status
write_unproved(struct scram_initiator *i, struct slice server_first,
               struct slice channel_binding, struct slice nonce,
               struct slice salt)
{
    struct scram_unproved *u = &i->unproved;
    size_t capacity = u->client_first.len + server_first.len +
                      sizeof(",,c=,r=") + BASE64_LEN(channel_binding.len) +
                      nonce.len + salt.len;
    uint8_t *memory = malloc(capacity);
    struct buffer text = {memory, 0, capacity, false};
    size_t start;

    if (memory == NULL)
        return SCRAM_NO_MEMORY;
    buffer_put(&text, u->client_first);
    buffer_put(&text, SLICE(","));
    u->server_first = put_part(&text, server_first);
    buffer_put(&text, SLICE(","));
    u->message.firsts = buffer_slice(&text);
    start = text.len;
    buffer_put(&text, SLICE("c="));
    base64_encode(channel_binding, &text);
    buffer_put(&text, SLICE(",r="));
    buffer_put(&text, nonce);
    u->without_proof = (struct slice){memory + start, text.len - start};
    u->message.without_proof = u->without_proof;
    u->salt = put_part(&text, salt);
    i->auth_message = memory;
    return SCRAM_OK;
}

enum scram_status
scram_initiator_final(struct scram_initiator *i, struct slice token,
                      struct slice channel_binding, struct scram_limits limits,
                      const struct scram_unproved **unproved,
                      struct slice *error)
{
    uint8_t memory[SCRAM_SERVER_SALT_MAX];
    struct buffer salt = BUFFER_ARRAY(memory);
    struct scram_server_first message;
    enum scram_status status;

    if (i->done || channel_binding.len > SCRAM_BINDINGS_MAX)
        return SCRAM_BAD_ARGUMENT;
    i->done = true;
    status = parse_server_first(token, &message, error);
    if (status == SCRAM_OK)
        status = scram_check_server_first(i->nonce, &message, limits, &salt);
    if (status == SCRAM_OK)
        status = write_unproved(i, token, channel_binding, message.nonce,
                                buffer_slice(&salt));
    if (status != SCRAM_OK)
        return status;
    i->unproved.iterations = message.iterations;
    *unproved = &i->unproved;
    return SCRAM_OK;
}

const struct scram_unproved *
scram_initiator_unproved(const struct scram_initiator *initiator)
{
    return initiator->unproved.iterations != 0 ? &initiator->unproved : NULL;
}

enum scram_status
scram_put_final(const struct scram_unproved *u, struct slice proof,
                struct buffer *reply)
{
    struct buffer whole = *reply;

    buffer_put(&whole, u->without_proof);
    buffer_put(&whole, SLICE(",p="));
    base64_encode(proof, &whole);
    if (whole.overflow)
        return SCRAM_TOO_SMALL;
    *reply = whole;
    return SCRAM_OK;
}

enum scram_status
scram_prove(const struct scram_unproved *u, const struct scram_keys *keys,
            struct secret_key *proof)
{
    struct secret_key signature CLEANUP_KEY = {{0}};
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(u->mechanism, &mac);

    if (status == SCRAM_OK)
        status = scram_mac_key(
            &mac, scram_key_slice(u->mechanism, &keys->stored_key));
    if (status == SCRAM_OK)
        status = scram_signature(&mac, &u->message, &signature);
    if (status != SCRAM_OK)
        return status;
    *proof = keys->client_key;
    scram_xor(proof, &signature);
    return SCRAM_OK;
}

/* Compute what the server has to answer, and the session key. */
static enum scram_status
expect(const struct scram_unproved *u, const struct scram_keys *keys,
       struct secret_key *server_signature, uint8_t *session_key)
{
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(u->mechanism, &mac);

    if (status == SCRAM_OK)
        status = scram_mac_key(
            &mac, scram_key_slice(u->mechanism, &keys->server_key));
    if (status == SCRAM_OK)
        status = scram_signature(&mac, &u->message, server_signature);
    if (status == SCRAM_OK)
        status = scram_mac_key(
            &mac, scram_key_slice(u->mechanism, &keys->stored_key));
    if (status == SCRAM_OK)
        status = scram_session_key(u->mechanism, &mac, &keys->client_key,
                                   &u->message, session_key);
    return status;
}

enum scram_status
scram_accept_server(const struct scram_unproved *u,
                    const struct scram_keys *keys, struct slice server_final,
                    uint8_t *session_key, struct slice *error)
{
    size_t len = scram_hash_len(u->mechanism);
    struct secret_key sent CLEANUP_KEY = {{0}}, wanted CLEANUP_KEY = {{0}};
    struct secret_key key CLEANUP_KEY = {{0}};
    struct buffer bytes = {sent.data, 0, len, false};
    struct scram_server_final message;
    enum scram_status status = scram_server_final_parse(server_final, &message);

    if (status != SCRAM_OK)
        return status;
    if (message.error.data != NULL) {
        *error = message.error;
        return SCRAM_SERVER_ERROR;
    }
    if (!base64_decode(message.verifier, &bytes) || bytes.len != len)
        return SCRAM_BAD_ENCODING;
    status = expect(u, keys, &wanted, key.data);
    if (status != SCRAM_OK)
        return status;
    if (!secret_equal(sent.data, wanted.data, len))
        return SCRAM_BAD_SERVER_SIGNATURE;
    memcpy(session_key, key.data, SCRAM_SESSION_KEY_LEN);
    return SCRAM_OK;
}

void
scram_initiator_free(struct scram_initiator *initiator)
{
    if (initiator == NULL)
        return;
    free(initiator->auth_message);
    free(initiator);
}
