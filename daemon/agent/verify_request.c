/*
 * The third request of a login: whether the server has the password too, and
 * the session key if so.
 */
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"
#include "scram/initiator.h"

/* A server that refuses the proof has another password. The keys stay: a
 * program that tries again and again would have them derived anew each time,
 * and use up what entry_keys.h allows, so that the right password came too
 * late. */
static enum scram_status
take_error(struct agent_entry *e, struct slice error, struct sentence *why)
{
    if (!slice_equal(error, SLICE("invalid-proof")))
        return SCRAM_SERVER_ERROR;
    e->refused = true;
    sentence_write(
        why,
        "The server refuses the password that gss-scram-agent keeps "
        "for %.*s. If it was changed there, give the agent the new "
        "one with \"gss-scram login %.*s --server SERVICE@HOST\"",
        credentials_shown(agent_entry_user(e)), (const char *)e->user,
        credentials_shown(agent_entry_user(e)), (const char *)e->user);
    return SCRAM_SERVER_ERROR;
}

static enum scram_status
check_server(struct agent_entry *e, const struct agent_messages *messages,
             struct slice server_final, uint8_t *session_key,
             struct sentence *why)
{
    uint8_t memory[AGENT_FIRSTS_MAX];
    struct buffer firsts = BUFFER_ARRAY(memory);
    const struct scram_unproved unproved =
        agent_unproved(e->mechanism, messages, &firsts);
    struct slice error;
    struct agent_asked asked;
    struct entry_salt salt;
    const struct scram_keys *keys;
    enum scram_status status =
        agent_check_asked(messages->server_first, &asked);

    if (status == SCRAM_OK)
        status = entry_salt_of((struct slice){asked.salt, asked.salt_len},
                               asked.iterations, &salt);
    if (status != SCRAM_OK)
        return status;
    keys = entry_keys_find(&e->keys, &salt);
    if (keys == NULL) {
        sentence_write(why, "gss-scram-agent has forgotten the keys of this "
                            "login meanwhile: begin again");
        return SCRAM_AGENT_ANEW;
    }
    status =
        scram_accept_server(&unproved, keys, server_final, session_key, &error);
    if (status == SCRAM_OK)
        e->refused = false;
    return status;
}

/* @param error  the server's word, set on SCRAM_SERVER_ERROR alone */
static enum scram_status
agent_verify_final(struct agent *a, const struct wire_verify *verify,
                   uint8_t *session_key, struct slice *error,
                   struct sentence *why)
{
    const struct agent_messages messages = {
        verify->client_first, verify->server_first, verify->without_proof};
    const struct agent_seal_scope scope = {
        AGENT_SEAL_SIGNATURE,
        (enum scram_mechanism)verify->mechanism,
        {messages.client_first, messages.server_first, messages.without_proof}};
    struct scram_server_final final;
    struct agent_entry *e;
    uint64_t number;
    enum scram_status status = agent_seal_use(&a->seals, &scope, verify->seal,
                                              agent_now(), &number, why);

    if (status == SCRAM_OK)
        status = agent_find_entry(a, number, &e, why);
    if (status == SCRAM_OK)
        status = scram_server_final_parse(verify->server_final, &final);
    if (status != SCRAM_OK)
        return status;
    if (final.error.data == NULL)
        return check_server(e, &messages, verify->server_final, session_key,
                            why);
    *error = final.error;
    return take_error(e, final.error, why);
}

void
agent_refuse_verify(enum scram_status status, const char *sentence,
                    struct buffer *answer)
{
    static const uint8_t none[WIRE_SESSION_KEY_LEN];
    const struct wire_verified refused = {.status = status,
                                          .session_key = SLICE_ARRAY(none),
                                          .sentence = slice_of(sentence)};

    wire_put_verified(&refused, answer);
}

enum request_end
agent_take_verify(void *data, struct request *request, bool *greeted)
{
    uint8_t session_key[WIRE_SESSION_KEY_LEN] = {0};
    struct wire_verified verified = {.session_key = SLICE_ARRAY(session_key)};
    struct sentence why = {""};
    struct wire_verify asked;

    (void)greeted;
    if (!wire_parse_verify(request->message, &asked) ||
        asked.mechanism >= SCRAM_MECHANISMS)
        return REQUEST_MALFORMED;
    agent_expire(data);
    verified.status =
        agent_verify_final(data, &asked, session_key, &verified.error, &why);
    verified.sentence = slice_of(why.text);
    wire_put_verified(&verified, request->answer);
    OPENSSL_cleanse(session_key, sizeof(session_key));
    return REQUEST_ANSWERED;
}
