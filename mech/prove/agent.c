/*
 * Logins whose proofs gss-scram-agent computes, which has the user's password:
 * neither it nor what is derived from it is ever in this process.
 */
#include "wire/agent.h"
#include "ask/ask.h"
#include "ask/talk.h"
#include "base/agent_path.h"
#include "prove/kinds.h"
#include "scram/saslprep.h"

_Static_assert(SCRAM_USER_MAX == WIRE_USER_MAX &&
                   PROVE_NONCE_MAX >= WIRE_NONCE_MAX &&
                   SCRAM_SESSION_KEY_LEN == WIRE_SESSION_KEY_LEN &&
                   SCRAM_CLIENT_FIRST_MAX <= WIRE_FIRST_MAX &&
                   sizeof(((struct secret_key *)0)->data) <= WIRE_PROOF_MAX &&
                   SCRAM_TOKEN_MAX <= WIRE_TOKEN_MAX,
               "each message of SCRAM's fits");

/* How long an agent may be silent that a login waits for, milliseconds: it says
 * that it works at once, and again WIRE_WORKING_EVERY. */
#define PATIENCE 1000

struct agent {
    struct prove_login login;
    struct buffer seal; /* of what the agent is asked next */
    uint8_t seal_memory[WIRE_SEAL_MAX];
    size_t target_len;
    uint8_t target[WIRE_TARGET_MAX];
};

/*
 * Ask the agent of the account that this process is at the moment. One that is
 * not there is not waited for, as most accounts have none: systemd, which
 * starts it, has made its socket before.
 */
static enum scram_status
prove_agent_ask(const struct ask_question *question, const bool *more,
                uint32_t timeout, struct sentence *why)
{
    char path[AGENT_PATH_MAX];
    const struct ask_daemon daemon = {.path = path,
                                      .timeout = timeout,
                                      .once = true,
                                      .name = "gss-scram-agent",
                                      .unit = "gss-scram-agent.socket",
                                      .limit = "a login",
                                      .hello = ask_hello,
                                      .welcome = ask_take_welcome};
    enum scram_status status;

    if (!agent_path(path))
        return SCRAM_AGENT_GONE;
    status = ask_call_until(&daemon, question, more, why);
    return status == SCRAM_BROKER_GONE   ? SCRAM_AGENT_GONE
           : status == SCRAM_BROKER_SLOW ? SCRAM_AGENT_SLOW
                                         : status;
}

/* ask_take */
static bool
take_choice(void *data, struct slice bytes)
{
    struct wire_choice *c = data;

    return wire_parse_choice(bytes, c) &&
           (c->status != SCRAM_OK || (c->user.len != 0 && c->nonce.len != 0));
}

/* Whether a nonce may stand in a message (RFC 5802, section 7: printable). */
static bool
prove_agent_is_nonce(struct slice nonce)
{
    size_t i;

    for (i = 0; i < nonce.len; i++) {
        if (nonce.data[i] < 0x21 || nonce.data[i] > 0x7e ||
            nonce.data[i] == ',')
            return false;
    }
    return true;
}

/* Whether a user's name is one, SASLprep'd, and the one that was asked for. */
static bool
is_user(struct slice wanted, struct slice user)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);

    return (wanted.len == 0 || slice_equal(wanted, user)) &&
           scram_prepare_user(user, &prepared) == SCRAM_OK &&
           slice_equal(buffer_slice(&prepared), user);
}

/* @param memory  for the answer, which @p choice is set to slices of */
static enum scram_status
ask_choice(const struct wire_choose *choose, uint32_t timeout,
           struct buffer *memory, struct wire_choice *choice,
           struct sentence *why)
{
    uint8_t bytes[WIRE_TARGET_MAX + WIRE_USER_MAX + 16];
    struct buffer question = BUFFER_ARRAY(bytes);
    enum scram_status status;

    if (choose->target.len > WIRE_TARGET_MAX ||
        choose->user.len > WIRE_USER_MAX)
        return SCRAM_NO_USER; /* nobody has given it such a one */
    wire_put_choose(choose, &question);
    status =
        prove_agent_ask(&(struct ask_question){buffer_slice(&question), memory,
                                               take_choice, choice},
                        NULL, timeout, why);
    if (status != SCRAM_OK)
        return status;
    if (choice->status != SCRAM_OK) {
        ask_say(why, choice->sentence);
        return choice->status;
    }
    if (prove_agent_is_nonce(choice->nonce) &&
        is_user(choose->user, choice->user))
        return SCRAM_OK;
    sentence_write(why,
                   "gss-scram-agent answers for another user than was "
                   "asked for, or with a name or a nonce that is not valid");
    return SCRAM_STORE_FORBIDDEN;
}

#define CHOICE_MAX                                                             \
    (WIRE_USER_MAX + WIRE_NONCE_MAX + WIRE_SEAL_MAX + WIRE_SENTENCE_MAX + 64)

/* An entry is of one mechanism: whichever has one, the better one first. */
enum scram_status
prove_agent_look(struct slice user, uint32_t timeout, struct prove_owner *owner,
                 struct sentence *why)
{
    uint8_t bytes[CHOICE_MAX];
    struct buffer memory = BUFFER_ARRAY(bytes);
    struct wire_choice choice;
    enum scram_status status = SCRAM_NO_USER, last;
    uint8_t mechanism;

    for (mechanism = 0; mechanism < SCRAM_MECHANISMS; mechanism++) {
        last = ask_choice(&(struct wire_choose){mechanism, SLICE(""), user},
                          timeout, &memory, &choice, why);
        if (last == SCRAM_OK) {
            buffer_put(&owner->user, choice.user);
            owner->left =
                choice.left == WIRE_FOREVER ? PROVE_FOREVER : choice.left;
            return SCRAM_OK;
        }
        if (last != SCRAM_NO_USER && last != SCRAM_EXPIRED)
            return last;
        if (last == SCRAM_EXPIRED)
            status = last;
    }
    return status;
}

/* What the agent says to SIGN. */
struct answer_to_sign {
    struct wire_signed said;
    size_t proof_len; /* that the mechanism has */
    bool working;
};

/* ask_take */
static bool
take_signed(void *data, struct slice bytes)
{
    struct answer_to_sign *a = data;

    if (!wire_parse_signed(bytes, &a->said))
        return false;
    a->working = a->said.status == SCRAM_WORKING;
    return a->said.status != SCRAM_OK ||
           (a->said.proof.len == a->proof_len && a->said.seal.len != 0);
}

static enum scram_status
prove_agent_sign(struct prove_login *login, const struct scram_unproved *u,
                 struct secret_key *proof, struct sentence *why)
{
    struct agent *agent = (struct agent *)login;
    struct answer_to_sign a = {.proof_len = scram_hash_len(u->mechanism)};
    struct wire_sign ask = {(uint8_t)u->mechanism,
                            {agent->target, agent->target_len},
                            buffer_slice(&agent->seal),
                            u->client_first,
                            u->server_first,
                            u->without_proof};
    struct ask_talk *talk;
    enum scram_status status;

    if (u->server_first.len > WIRE_FIRST_MAX)
        return SCRAM_BAD_ENCODING;
    talk = ask_talk_new(agent->target_len + u->client_first.len +
                        u->server_first.len + u->without_proof.len +
                        WIRE_SEAL_MAX);
    if (talk == NULL)
        return SCRAM_NO_MEMORY;
    wire_put_sign(&ask, &talk->question);
    status =
        prove_agent_ask(&(struct ask_question){buffer_slice(&talk->question),
                                               &talk->answer, take_signed, &a},
                        &a.working, PATIENCE, why);
    if (status == SCRAM_OK) {
        status = a.said.status;
        ask_say(why, a.said.sentence);
    }
    if (status == SCRAM_OK) {
        memcpy(proof->data, a.said.proof.data, a.said.proof.len);
        agent->seal.len = 0;
        buffer_put(&agent->seal, a.said.seal);
    }
    ask_talk_free(talk);
    return status;
}

/* ask_take */
static bool
take_verified(void *data, struct slice bytes)
{
    return wire_parse_verified(bytes, data);
}

static enum scram_status
ask_verify(struct agent *agent, const struct scram_unproved *u,
           struct slice server_final, uint8_t *session_key,
           struct sentence *why)
{
    struct wire_verify ask = {(uint8_t)u->mechanism, buffer_slice(&agent->seal),
                              u->client_first,       u->server_first,
                              u->without_proof,      server_final};
    struct ask_talk *talk =
        ask_talk_new(u->client_first.len + u->server_first.len +
                     u->without_proof.len + server_final.len + WIRE_SEAL_MAX);
    struct wire_verified said;
    enum scram_status status;

    if (talk == NULL)
        return SCRAM_NO_MEMORY;
    wire_put_verify(&ask, &talk->question);
    status = prove_agent_ask(
        &(struct ask_question){buffer_slice(&talk->question), &talk->answer,
                               take_verified, &said},
        NULL, PATIENCE, why);
    if (status == SCRAM_OK) {
        status = said.status;
        ask_say(why, said.sentence);
    }
    if (status == SCRAM_OK)
        memcpy(session_key, said.session_key.data, said.session_key.len);
    ask_talk_free(talk);
    return status;
}

/* Of a refusal the agent is told as well, for its list of logins; whatever it
 * says, the server has refused. */
static enum scram_status
prove_agent_verify(struct prove_login *login, const struct scram_unproved *u,
                   struct slice server_final, uint8_t *session_key,
                   struct slice *error, struct sentence *why)
{
    struct agent *agent = (struct agent *)login;
    struct scram_server_final message;
    struct sentence said = {""};
    enum scram_status status;

    if (server_final.len > WIRE_FIRST_MAX)
        return SCRAM_BAD_ENCODING;
    status = scram_server_final_parse(server_final, &message);
    if (status != SCRAM_OK)
        return status;
    if (message.error.data == NULL)
        return ask_verify(agent, u, server_final, session_key, why);
    if (ask_verify(agent, u, server_final, session_key, &said) ==
        SCRAM_SERVER_ERROR)
        *why = said;
    *error = message.error;
    return SCRAM_SERVER_ERROR;
}

static void
prove_agent_end(struct prove_login *login)
{
    (void)login; /* which has no secret */
}

static const struct prove_ops ops = {prove_agent_sign, prove_agent_verify,
                                     prove_agent_end, false};

enum scram_status
prove_agent_choose(struct prove_service *service,
                   enum scram_mechanism mechanism, struct slice target,
                   struct slice user, uint32_t timeout,
                   struct prove_login **login, struct sentence *why)
{
    uint8_t bytes[CHOICE_MAX];
    struct buffer memory = BUFFER_ARRAY(bytes);
    struct wire_choice choice;
    struct agent *agent;
    enum scram_status status =
        ask_choice(&(struct wire_choose){(uint8_t)mechanism, target, user},
                   timeout, &memory, &choice, why);

    if (status != SCRAM_OK)
        return status;
    agent = (struct agent *)prove_login_new(service, &ops, sizeof(*agent),
                                            choice.user);
    if (agent == NULL)
        return SCRAM_NO_MEMORY;
    buffer_put(&agent->login.nonce, choice.nonce);
    agent->seal = (struct buffer)BUFFER_ARRAY(agent->seal_memory);
    buffer_put(&agent->seal, choice.seal);
    memcpy(agent->target, target.data, target.len);
    agent->target_len = target.len;
    *login = &agent->login;
    return SCRAM_OK;
}
