#include "scram/acceptor.h"

#include <stdio.h>

#include "scram/gs2.h"
#include "scram/saslname.h"

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
scram_acceptor_user(struct slice client_first, struct buffer *user)
{
    struct scram_client_first message;
    enum scram_status status = scram_client_first_parse(client_first, &message);

    return status == SCRAM_OK ? claimed_user(message.user, user) : status;
}

enum scram_status
scram_acceptor_first(enum scram_mechanism mechanism, struct slice client_first,
                     struct slice nonce, scram_find_verifier *find, void *data,
                     struct buffer *server_first)
{
    struct scram_verifier v CLEANUP_VERIFIER = {0};
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    struct scram_client_first message;
    enum scram_status status = scram_client_first_parse(client_first, &message);
    char count[16];

    if (status == SCRAM_OK)
        status = claimed_user(message.user, &user);
    if (status == SCRAM_OK)
        status = find(data, mechanism, buffer_slice(&user), &v);
    if (status != SCRAM_OK)
        return status;
    buffer_put(server_first, SLICE("r="));
    buffer_put(server_first, message.nonce);
    buffer_put(server_first, nonce);
    buffer_put(server_first, SLICE(",s="));
    base64_encode((struct slice){v.salt, v.salt_len}, server_first);
    snprintf(count, sizeof(count), ",i=%u", (unsigned)v.iterations);
    buffer_put(server_first, slice_of(count));
    return SCRAM_OK;
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
 * H makes StoredKey of it.
 *
 * @param mac         gets StoredKey
 * @param client_key  the proof; ClientKey on return
 * @param fits        whether it is the right one; set on SCRAM_OK alone
 */
static enum scram_status
open_proof(enum scram_mechanism mechanism, struct scram_mac *mac,
           const struct secret_key *stored_key,
           const struct scram_auth_message *message,
           struct secret_key *client_key, bool *fits)
{
    struct secret_key signature CLEANUP_KEY = {{0}}, hash CLEANUP_KEY;
    enum scram_status status =
        scram_mac_key(mac, scram_key_slice(mechanism, stored_key));

    if (status == SCRAM_OK)
        status = scram_signature(mac, message, &signature);
    if (status != SCRAM_OK)
        return status;
    scram_xor(client_key, &signature);
    status = scram_h(mechanism, scram_key_slice(mechanism, client_key), &hash);
    if (status == SCRAM_OK)
        *fits = secret_equal(hash.data, stored_key->data,
                             scram_hash_len(mechanism));
    return status;
}

/*
 * A user who is not enabled, decoys among them, is refused here and nowhere
 * earlier. A wrong proof is compared with the earlier password's whether there
 * is one or not, so that the time does not tell.
 *
 * @param mac         has StoredKey on SCRAM_OK
 * @param client_key  set on SCRAM_OK alone
 */
static enum scram_status
check_proof(const struct scram_verifier *v, struct scram_mac *mac,
            struct slice proof, const struct scram_auth_message *message,
            struct secret_key *client_key)
{
    size_t len = scram_hash_len(v->mechanism);
    struct secret_key earlier CLEANUP_KEY = {{0}};
    struct buffer bytes = {client_key->data, 0, len, false};
    enum scram_status status;
    bool fits = false;

    if (!base64_decode(proof, &bytes) || bytes.len != len)
        return SCRAM_BAD_ENCODING;
    earlier = *client_key;
    status = open_proof(v->mechanism, mac, &v->stored_key, message, client_key,
                        &fits);
    if (status != SCRAM_OK || (unsigned)fits & (unsigned)v->enabled)
        return status;
    status = open_proof(v->mechanism, mac, &v->earlier_key, message, &earlier,
                        &fits);
    if (status != SCRAM_OK)
        return status;
    return (unsigned)fits & (unsigned)v->enabled & (unsigned)v->has_earlier
               ? SCRAM_EARLIER_PROOF
               : SCRAM_BAD_PROOF;
}

/* Check the proof, and compute what there is once it is right. */
static enum scram_status
authenticate(const struct scram_verifier *v, struct slice proof,
             const struct scram_auth_message *message,
             struct secret_key *server_signature, uint8_t *session_key)
{
    struct secret_key client_key CLEANUP_KEY = {{0}};
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(v->mechanism, &mac);

    if (status == SCRAM_OK)
        status = check_proof(v, &mac, proof, message, &client_key);
    if (status == SCRAM_OK)
        status = scram_session_key(v->mechanism, &mac, &client_key, message,
                                   session_key);
    if (status == SCRAM_OK)
        status =
            scram_mac_key(&mac, scram_key_slice(v->mechanism, &v->server_key));
    if (status == SCRAM_OK)
        status = scram_signature(&mac, message, server_signature);
    return status;
}

/* The messages of an exchange, parsed, and the user that the first one names.
 */
struct parsed {
    struct scram_client_first client_first;
    struct scram_server_first server_first;
    struct scram_client_final client_final;
    struct buffer user;
    uint8_t memory[SCRAM_USER_MAX];
};

static enum scram_status
scram_acceptor_parse(const struct scram_exchange *e, struct parsed *p)
{
    enum scram_status status =
        scram_client_first_parse(e->client_first, &p->client_first);

    p->user = (struct buffer)BUFFER_ARRAY(p->memory);
    if (status == SCRAM_OK)
        status = scram_server_first_parse(e->server_first, &p->server_first);
    if (status == SCRAM_OK)
        status = claimed_user(p->client_first.user, &p->user);
    if (status == SCRAM_OK)
        status = scram_client_final_parse(e->client_final, &p->client_final);
    if (status == SCRAM_OK &&
        !slice_equal(p->client_final.nonce, p->server_first.nonce))
        status = SCRAM_BAD_NONCE;
    return status;
}

/* What AuthMessage takes of the first two messages. */
static void
put_firsts(const struct scram_exchange *e, struct buffer *firsts)
{
    buffer_put(firsts, e->client_first);
    buffer_put(firsts, SLICE(","));
    buffer_put(firsts, e->server_first);
    buffer_put(firsts, SLICE(","));
}

enum scram_status
scram_acceptor_final(const struct scram_exchange *exchange,
                     const struct scram_bindings *bindings,
                     scram_find_verifier *find, void *data,
                     struct buffer *server_final, uint8_t *session_key,
                     bool *bound)
{
    struct secret_key server_signature CLEANUP_KEY = {{0}};
    struct scram_verifier v CLEANUP_VERIFIER = {0};
    uint8_t memory[SCRAM_CLIENT_FIRST_MAX + SCRAM_SERVER_FIRST_MAX + 2];
    struct buffer firsts = BUFFER_ARRAY(memory);
    struct scram_auth_message message;
    struct parsed p;
    bool is_bound;
    enum scram_status status = scram_acceptor_parse(exchange, &p);

    if (status == SCRAM_OK)
        status =
            check_bindings(p.client_final.channel_binding, bindings, &is_bound);
    if (status == SCRAM_OK)
        status = find(data, exchange->mechanism, buffer_slice(&p.user), &v);
    if (status != SCRAM_OK)
        return status;
    put_firsts(exchange, &firsts);
    if (firsts.overflow)
        return SCRAM_BAD_ENCODING;
    message = (struct scram_auth_message){buffer_slice(&firsts),
                                          p.client_final.without_proof};
    status = authenticate(&v, p.client_final.proof, &message, &server_signature,
                          session_key);
    if (status != SCRAM_OK) {
        OPENSSL_cleanse(session_key, SCRAM_SESSION_KEY_LEN);
        return status;
    }
    buffer_put(server_final, SLICE("v="));
    base64_encode(scram_key_slice(v.mechanism, &server_signature),
                  server_final);
    *bound = is_bound;
    return SCRAM_OK;
}
