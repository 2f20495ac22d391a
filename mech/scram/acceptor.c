#include "scram/acceptor.h"

#include <stdio.h>

#include "base/base64.h"
#include "scram/gs2.h"
#include "scram/message.h"
#include "scram/saslname.h"

struct scram_acceptor {
    enum scram_mechanism mechanism;
    struct secret_key stored_key; /* the verifier's; wiped by the final step */
    struct secret_key server_key; /* likewise */
    bool enabled;
    bool ready; /* it has them, and the final step was not taken */
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    size_t size; /* of all this, text included */
    struct slice user;
    struct slice nonce;  /* client's and server's together */
    struct slice firsts; /* "client-first-message-bare,server-first-message," */
    uint8_t text[];      /* what the three are slices of */
};

/* server-first-message: "r=" nonces ",s=" salt ",i=" count */
#define SERVER_FIRST_EXTRA (sizeof("r=,s=,i=4294967295") + 2)

static struct slice
slice_from(const struct buffer *b, size_t start)
{
    return (struct slice){b->data + start, b->len - start};
}

/* Write what AuthMessage takes of the first two messages into a->text. */
static struct slice
write_firsts(struct scram_acceptor *a, struct buffer *text, struct slice token,
             struct slice client_nonce, struct slice nonce,
             const struct scram_verifier *v)
{
    size_t start = text->len, reply, at;
    struct slice server_first;
    char count[16];

    buffer_put(text, token);
    buffer_put(text, SLICE(","));
    reply = text->len;
    buffer_put(text, SLICE("r="));
    at = text->len;
    buffer_put(text, client_nonce);
    buffer_put(text, nonce);
    a->nonce = slice_from(text, at);
    buffer_put(text, SLICE(",s="));
    base64_encode((struct slice){v->salt, v->salt_len}, text);
    snprintf(count, sizeof(count), ",i=%u", (unsigned)v->iterations);
    buffer_put(text, slice_of(count));
    server_first = slice_from(text, reply);
    buffer_put(text, SLICE(","));
    a->firsts = slice_from(text, start);
    return server_first;
}

static enum scram_status
acceptor_new(const struct scram_verifier *v, struct slice user,
             struct slice token, struct slice client_nonce, struct slice nonce,
             struct scram_acceptor **acceptor, struct slice *reply)
{
    size_t capacity = user.len + token.len + client_nonce.len + nonce.len +
                      BASE64_LEN((size_t)v->salt_len) + SERVER_FIRST_EXTRA;
    struct scram_acceptor *a = malloc(sizeof(*a) + capacity);
    struct buffer text;

    if (a == NULL)
        return SCRAM_NO_MEMORY;
    *a = (struct scram_acceptor){
        .mechanism = v->mechanism,
        .stored_key = v->stored_key,
        .server_key = v->server_key,
        .enabled = v->enabled,
        .ready = true,
        .size = sizeof(*a) + capacity,
    };
    text = (struct buffer){a->text, 0, capacity, false};
    buffer_put(&text, user);
    a->user = buffer_slice(&text);
    *reply = write_firsts(a, &text, token, client_nonce, nonce, v);
    *acceptor = a;
    return SCRAM_OK;
}

/* The name that the client claims, decoded and prepared. */
static enum scram_status
claimed_user(struct slice saslname, struct buffer *user)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer decoded = BUFFER_ARRAY(memory);
    enum scram_status status = scram_saslname_decode(saslname, &decoded);

    if (status != SCRAM_OK)
        return status;
    return scram_prepare_user(buffer_slice(&decoded), user);
}

enum scram_status
scram_acceptor_first(enum scram_mechanism mechanism, struct slice token,
                     struct slice nonce, scram_find_verifier *find, void *data,
                     struct scram_acceptor **acceptor, struct slice *reply)
{
    struct scram_verifier verifier CLEANUP_VERIFIER = {0};
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    struct scram_client_first message;
    enum scram_status status = scram_client_first_parse(token, &message);

    if (status == SCRAM_OK)
        status = claimed_user(message.user, &user);
    if (status == SCRAM_OK)
        status = find(data, mechanism, buffer_slice(&user), &verifier);
    if (status == SCRAM_OK)
        status = acceptor_new(&verifier, buffer_slice(&user), token,
                              message.nonce, nonce, acceptor, reply);
    return status;
}

/*
 * RFC 2744, section 5.1: an acceptor that supplies no bindings does not check
 * the initiator's. Where the initiator sends none it cannot have been bound to
 * the wrong channel by accident, so that is the configuration's to forbid. Not
 * so under GS2, which has each client send its header and relies on that to
 * keep anybody else from making one up.
 */
static enum scram_status
check_bindings(struct slice text, const struct scram_bindings *ours,
               bool *bound)
{
    uint8_t memory[SCRAM_TOKEN_MAX / 4 * 3];
    struct buffer theirs = BUFFER_ARRAY(memory);
    enum scram_gs2 gs2 =
        ours->given ? scram_gs2_kind(ours->data) : SCRAM_GS2_NONE;

    *bound = false;
    if (!base64_decode(text, &theirs))
        return SCRAM_BAD_ENCODING;
    if (ours->required &&
        (!ours->given || theirs.len == 0 || gs2 == SCRAM_GS2_UNBOUND))
        return SCRAM_BAD_BINDINGS;
    if (!ours->given || (theirs.len == 0 && gs2 == SCRAM_GS2_NONE))
        return SCRAM_OK;
    if (!slice_equal(buffer_slice(&theirs), ours->data))
        return SCRAM_BAD_BINDINGS;
    *bound = gs2 != SCRAM_GS2_UNBOUND;
    return SCRAM_OK;
}

/*
 * ClientKey is what the proof and ClientSignature make; it is the right one if
 * H makes StoredKey of it. A user who is not enabled, decoys among them, is
 * refused here and nowhere earlier.
 *
 * @param mac  has StoredKey
 */
static enum scram_status
check_proof(struct scram_acceptor *a, struct scram_mac *mac, struct slice proof,
            const struct scram_auth_message *message,
            struct secret_key *client_key)
{
    size_t len = scram_hash_len(a->mechanism);
    struct buffer bytes = {client_key->data, 0, len, false};
    struct secret_key signature CLEANUP_KEY = {{0}}, hash CLEANUP_KEY;
    enum scram_status status;
    bool equal;

    if (!base64_decode(proof, &bytes) || bytes.len != len)
        return SCRAM_BAD_ENCODING;
    status = scram_signature(mac, message, &signature);
    if (status != SCRAM_OK)
        return status;
    scram_xor(client_key, &signature);
    status =
        scram_h(a->mechanism, scram_key_slice(a->mechanism, client_key), &hash);
    if (status != SCRAM_OK)
        return status;
    equal = secret_equal(hash.data, a->stored_key.data, len);
    return (unsigned)equal & (unsigned)a->enabled ? SCRAM_OK : SCRAM_BAD_PROOF;
}

/* Check the proof, and compute what there is once it is right. */
static enum scram_status
authenticate(struct scram_acceptor *a, struct slice proof,
             const struct scram_auth_message *message,
             struct secret_key *server_signature)
{
    struct secret_key client_key CLEANUP_KEY = {{0}};
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(a->mechanism, &mac);

    if (status == SCRAM_OK)
        status =
            scram_mac_key(&mac, scram_key_slice(a->mechanism, &a->stored_key));
    if (status == SCRAM_OK)
        status = check_proof(a, &mac, proof, message, &client_key);
    if (status == SCRAM_OK)
        status = scram_session_key(a->mechanism, &mac, &client_key, message,
                                   a->session_key);
    if (status == SCRAM_OK)
        status =
            scram_mac_key(&mac, scram_key_slice(a->mechanism, &a->server_key));
    if (status == SCRAM_OK)
        status = scram_signature(&mac, message, server_signature);
    return status;
}

static enum scram_status
final(struct scram_acceptor *a, struct slice token,
      const struct scram_bindings *bindings,
      struct secret_key *server_signature, bool *bound)
{
    struct scram_client_final message;
    struct scram_auth_message auth_message;
    enum scram_status status = scram_client_final_parse(token, &message);

    if (status != SCRAM_OK)
        return status;
    if (!slice_equal(message.nonce, a->nonce))
        return SCRAM_BAD_NONCE;
    status = check_bindings(message.channel_binding, bindings, bound);
    if (status != SCRAM_OK)
        return status;
    auth_message =
        (struct scram_auth_message){a->firsts, message.without_proof};
    return authenticate(a, message.proof, &auth_message, server_signature);
}

enum scram_status
scram_acceptor_final(struct scram_acceptor *a, struct slice token,
                     const struct scram_bindings *bindings,
                     struct buffer *reply, bool *bound)
{
    struct secret_key server_signature CLEANUP_KEY;
    enum scram_status status;
    bool was_bound = false;

    if (!a->ready)
        return SCRAM_BAD_ARGUMENT;
    status = final(a, token, bindings, &server_signature, &was_bound);
    a->ready = false;
    secret_key_wipe(&a->stored_key);
    secret_key_wipe(&a->server_key);
    if (status != SCRAM_OK) {
        OPENSSL_cleanse(a->session_key, sizeof(a->session_key));
        return status;
    }
    buffer_put(reply, SLICE("v="));
    base64_encode(scram_key_slice(a->mechanism, &server_signature), reply);
    *bound = was_bound;
    return SCRAM_OK;
}

void
scram_acceptor_firsts(const struct scram_acceptor *a,
                      struct slice *client_first, struct slice *server_first)
{
    size_t at = (size_t)(a->nonce.data - a->firsts.data) - strlen("r=");

    *client_first = (struct slice){a->firsts.data, at - strlen(",")};
    *server_first =
        (struct slice){a->firsts.data + at, a->firsts.len - at - strlen(",")};
}

/* An acceptor with the text of its first two messages, and no verifier. */
static enum scram_status
acceptor_again(enum scram_mechanism mechanism, struct slice user,
               struct slice client_first, struct slice server_first,
               struct scram_acceptor **acceptor)
{
    size_t capacity = user.len + client_first.len + server_first.len + 2;
    struct scram_acceptor *a = calloc(1, sizeof(*a) + capacity);
    struct buffer text;

    if (a == NULL)
        return SCRAM_NO_MEMORY;
    a->mechanism = mechanism;
    a->size = sizeof(*a) + capacity;
    text = (struct buffer){a->text, 0, capacity, false};
    buffer_put(&text, user);
    a->user = buffer_slice(&text);
    buffer_put(&text, client_first);
    buffer_put(&text, SLICE(","));
    a->nonce.data = a->text + text.len + strlen("r=");
    buffer_put(&text, server_first);
    buffer_put(&text, SLICE(","));
    a->firsts = slice_from(&text, user.len);
    *acceptor = a;
    return SCRAM_OK;
}

enum scram_status
scram_acceptor_resume(enum scram_mechanism mechanism, struct slice client_first,
                      struct slice server_first,
                      struct scram_acceptor **acceptor)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    struct scram_client_first theirs;
    struct scram_server_first ours;
    enum scram_status status = scram_client_first_parse(client_first, &theirs);

    if (status == SCRAM_OK)
        status = scram_server_first_parse(server_first, &ours);
    if (status == SCRAM_OK && (!slice_starts_with(ours.nonce, theirs.nonce) ||
                               ours.nonce.len == theirs.nonce.len))
        status = SCRAM_BAD_NONCE;
    if (status == SCRAM_OK)
        status = claimed_user(theirs.user, &user);
    if (status == SCRAM_OK)
        status = acceptor_again(mechanism, buffer_slice(&user), client_first,
                                server_first, acceptor);
    if (status == SCRAM_OK)
        (*acceptor)->nonce.len = ours.nonce.len;
    return status;
}

/* Whether the client was told this verifier's salt and count. */
static bool
is_as_announced(const struct scram_acceptor *a, const struct scram_verifier *v)
{
    uint8_t memory[BASE64_LEN(SCRAM_SALT_MAX)];
    struct buffer salt = BUFFER_ARRAY(memory);
    struct scram_server_first message;
    struct slice client_first, server_first;

    scram_acceptor_firsts(a, &client_first, &server_first);
    base64_encode((struct slice){v->salt, v->salt_len}, &salt);
    return scram_server_first_parse(server_first, &message) == SCRAM_OK &&
           slice_equal(message.salt, buffer_slice(&salt)) &&
           message.iterations == v->iterations;
}

enum scram_status
scram_acceptor_find(struct scram_acceptor *a, scram_find_verifier *find,
                    void *data)
{
    struct scram_verifier verifier CLEANUP_VERIFIER = {0};
    enum scram_status status = find(data, a->mechanism, a->user, &verifier);

    if (status != SCRAM_OK)
        return status;
    a->stored_key = verifier.stored_key;
    a->server_key = verifier.server_key;
    a->enabled = verifier.enabled && is_as_announced(a, &verifier);
    a->ready = true;
    return SCRAM_OK;
}

struct slice
scram_acceptor_user(const struct scram_acceptor *acceptor)
{
    return acceptor->user;
}

const uint8_t *
scram_acceptor_session_key(const struct scram_acceptor *acceptor)
{
    return acceptor->session_key;
}

void
scram_acceptor_free(struct scram_acceptor *acceptor)
{
    if (acceptor == NULL)
        return;
    OPENSSL_cleanse(acceptor, acceptor->size);
    free(acceptor);
}
