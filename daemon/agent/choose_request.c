/*
 * The greeting, and the first request of a login: which password is for a
 * target, and with which nonce the login begins.
 */
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"
#include "daemon/nonce.h"
#include "scram/initiator.h"

static void
agent_choose_refuse_hello(enum scram_status status, const char *sentence,
                          struct buffer *answer)
{
    const struct wire_welcome welcome = {.status = status,
                                         .sentence = slice_of(sentence)};

    wire_put_welcome(&welcome, answer);
}

static enum request_end
agent_choose_take_hello(void *data, struct request *request, bool *greeted)
{
    const struct wire_welcome welcome = {
        .version = WIRE_VERSION, .mechanisms = (1 << SCRAM_MECHANISMS) - 1};
    struct wire_hello hello;
    struct sentence why;

    (void)data;
    if (!wire_parse_hello(request->message, &hello))
        return REQUEST_MALFORMED;
    if (hello.lowest > WIRE_VERSION || hello.highest < WIRE_VERSION) {
        sentence_write(&why,
                       "gss-scram-agent speaks version %d of its protocol, and "
                       "this program versions %d to %d: install one release of "
                       "both, and start the agent anew",
                       WIRE_VERSION, hello.lowest, hello.highest);
        agent_choose_refuse_hello(SCRAM_BAD_CONFIG, why.text, request->answer);
        return REQUEST_ANSWERED_LAST;
    }
    *greeted = true;
    wire_put_welcome(&welcome, request->answer);
    return REQUEST_ANSWERED;
}

void
agent_refuse_choose(enum scram_status status, const char *sentence,
                    struct buffer *answer)
{
    const struct wire_choice choice = {.status = status,
                                       .sentence = slice_of(sentence)};

    wire_put_choice(&choice, answer);
}

static enum scram_status
agent_choose_find(struct agent *a, const struct wire_choose *choose,
                  struct slice user, struct agent_entry **entry,
                  struct sentence *why)
{
    enum scram_status status =
        choose->mechanism < SCRAM_MECHANISMS
            ? entries_choose(a->entries,
                             (enum scram_mechanism)choose->mechanism,
                             choose->target, user, entry)
            : SCRAM_NO_USER;
    struct slice target =
        choose->target.len == 0 ? SLICE("SERVICE@HOST") : choose->target;

    if (status != SCRAM_OK)
        sentence_write(why,
                       "gss-scram-agent has %s password%s%.*s%s%.*s: give it "
                       "one with \"gss-scram login USER --server %.*s\"",
                       status == SCRAM_EXPIRED ? "no longer the" : "no",
                       user.len == 0 ? "" : " of ", credentials_shown(user),
                       (const char *)user.data,
                       choose->target.len == 0 ? "" : " for ",
                       credentials_shown(choose->target),
                       (const char *)choose->target.data,
                       credentials_shown(target), (const char *)target.data);
    return status;
}

enum request_end
agent_take_choose(void *data, struct request *request, bool *greeted)
{
    struct agent *a = data;
    uint8_t user_memory[SCRAM_USER_MAX], nonce_memory[SCRAM_NONCE_LEN];
    uint8_t seal_memory[AGENT_SEAL_LEN], first_memory[SCRAM_CLIENT_FIRST_MAX];
    struct buffer user = BUFFER_ARRAY(user_memory);
    struct buffer nonce = BUFFER_ARRAY(nonce_memory);
    struct buffer first = BUFFER_ARRAY(first_memory);
    struct buffer seal = BUFFER_ARRAY(seal_memory);
    struct agent_seal_scope scope = {.kind = AGENT_SEAL_CHOICE};
    struct wire_choice choice = {.status = SCRAM_NO_USER};
    struct wire_choose choose;
    struct agent_entry *e = NULL;
    struct sentence why = {""};

    (void)greeted;
    if (!wire_parse_choose(request->message, &choose))
        return REQUEST_MALFORMED;
    agent_expire(a);
    if (choose.user.len == 0 ||
        scram_prepare_user(choose.user, &user) == SCRAM_OK)
        choice.status =
            agent_choose_find(a, &choose, buffer_slice(&user), &e, &why);
    if (choice.status == SCRAM_OK)
        choice.status = nonce_make(&nonce, &why);
    if (choice.status == SCRAM_OK) {
        /* As the program that asks makes it. */
        (void)scram_put_client_first(agent_entry_user(e), buffer_slice(&nonce),
                                     &first);
        scope.mechanism = e->mechanism;
        scope.parts[0] = choose.target;
        scope.parts[1] = buffer_slice(&first);
        choice.status =
            agent_seal_make(&a->seals, &scope, e->number, agent_now(), &seal);
    }
    if (choice.status != SCRAM_OK) {
        agent_refuse_choose(choice.status, why.text, request->answer);
        return REQUEST_ANSWERED;
    }
    choice.user = agent_entry_user(e);
    choice.nonce = buffer_slice(&nonce);
    choice.left = agent_entry_left(e, agent_now());
    choice.bound = e->bound;
    choice.seal = buffer_slice(&seal);
    wire_put_choice(&choice, request->answer);
    return REQUEST_ANSWERED;
}

const struct request_op agent_ops[] = {
    {WIRE_HELLO, true, agent_choose_take_hello, agent_choose_refuse_hello,
     agent_show},
    {WIRE_CHOOSE, false, agent_take_choose, agent_refuse_choose, agent_show},
    {WIRE_SIGN, false, agent_take_sign, agent_refuse_sign, agent_show},
    {WIRE_VERIFY, false, agent_take_verify, agent_refuse_verify, agent_show},
    {WIRE_KEEP, false, agent_take_keep, agent_refuse_keep, agent_show},
    {WIRE_LIST, false, agent_take_list, agent_refuse_list, agent_show},
    {WIRE_FORGET, false, agent_take_forget, agent_refuse_forget, agent_show},
    {.take = NULL},
};
