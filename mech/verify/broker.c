/*
 * The service that asks gss-scramd, which holds the verifiers. Nothing secret
 * goes there, and nothing comes back but the session key of a login whose proof
 * is right.
 */
#include <stdlib.h>

#include "ask/ask.h"
#include "ask/talk.h"
#include "verify/verify.h"
#include "wire/message.h"

/* The messages' limits are wide enough for what SCRAM has. */
_Static_assert(VERIFY_SEAL_MAX == WIRE_SEAL_MAX &&
                   VERIFY_ID_LEN == WIRE_ID_LEN &&
                   VERIFY_LOCATION_MAX >= WIRE_LOCATION_MAX &&
                   SCRAM_SESSION_KEY_LEN == WIRE_SESSION_KEY_LEN &&
                   SCRAM_USER_MAX == WIRE_USER_MAX &&
                   SCRAM_CLIENT_FIRST_MAX <= WIRE_FIRST_MAX &&
                   SCRAM_SERVER_FIRST_MAX <= WIRE_FIRST_MAX &&
                   SCRAM_TOKEN_MAX <= WIRE_TOKEN_MAX &&
                   SCRAM_BINDINGS_MAX < WIRE_BINDING_MAX &&
                   GROUPS_TEXT_MAX <= WIRE_VALUE_MAX,
               "each message of SCRAM's fits");

/* gss-scramd, as a policy has it. */
static struct ask_daemon
daemon_of(const struct accept_policy *policy)
{
    return (struct ask_daemon){.path = policy->broker,
                               .timeout = policy->broker_timeout,
                               .name = "gss-scramd",
                               .unit = "gss-scramd.socket, or \"gss-scramd "
                                       "--foreground\" without systemd,",
                               .limit = "broker_timeout",
                               .hello = ask_hello,
                               .welcome = ask_take_welcome};
}

/* ask_take */
static bool
take_challenge(void *data, struct slice bytes)
{
    struct wire_challenge *c = data;

    return wire_parse_challenge(bytes, c) && c->status != SCRAM_NO_USER &&
           (c->status != SCRAM_OK ||
            (c->server_first.len != 0 && c->user.len != 0 && c->left != 0 &&
             c->server_first.len <= SCRAM_SERVER_FIRST_MAX));
}

static enum scram_status
verify_broker_challenge(struct verify_service *service,
                        enum scram_mechanism mechanism,
                        struct slice client_first, struct verify_challenge *c,
                        struct sentence *why)
{
    struct ask_daemon daemon = daemon_of(&service->policy);
    struct ask_talk *talk;
    struct wire_challenge said;
    enum scram_status status;

    if (client_first.len > SCRAM_CLIENT_FIRST_MAX)
        return SCRAM_BAD_ENCODING;
    talk = ask_talk_new(client_first.len);
    if (talk == NULL)
        return SCRAM_NO_MEMORY;
    wire_put_first(&(struct wire_first){(uint8_t)mechanism, client_first},
                   &talk->question);
    status =
        ask_call(&daemon,
                 &(struct ask_question){buffer_slice(&talk->question),
                                        &talk->answer, take_challenge, &said},
                 why);
    if (status == SCRAM_OK) {
        status = said.status;
        ask_say(why, said.sentence);
        c->logged = true;
        memcpy(c->id, said.id.data, said.id.len);
        buffer_put(&c->user, said.user);
        buffer_put(&c->server_first, said.server_first);
        buffer_put(&c->seal, said.seal);
        c->left = said.left < service->policy.handshake_timeout
                      ? said.left
                      : service->policy.handshake_timeout;
    }
    ask_talk_free(talk);
    return status;
}

/* The user's groups among what is known of them. */
static struct slice
find_groups(const struct wire_verdict *said)
{
    struct wire_attributes attributes = said->attributes;
    struct slice key, value, groups = SLICE("");

    while (wire_next_attribute(&attributes, &key, &value))
        if (slice_equal(key, SLICE(WIRE_GROUPS)))
            groups = value;
    return groups;
}

/* ask_take */
static bool
take_verdict(void *data, struct slice bytes)
{
    struct wire_verdict *v = data;

    return wire_parse_verdict(bytes, v) && v->status != SCRAM_NO_USER &&
           (v->status != SCRAM_OK ||
            (v->server_final.len != 0 && v->location.len != 0 &&
             v->server_final.len <= SCRAM_SERVER_FINAL_MAX &&
             groups_check(find_groups(v))));
}

/* Take over what gss-scramd says of a login, as far as that is what was asked
 * for, and is enough for this account's own policy. */
static enum scram_status
accept(const struct accept_policy *policy, const struct verify_begun *begun,
       const struct wire_verdict *said, struct verify_answer *a,
       struct sentence *why)
{
    if (said->status != SCRAM_OK) {
        ask_say(why, said->sentence);
        a->logged = true;
        return said->status;
    }
    if (!slice_equal(said->user, begun->user)) {
        sentence_write(why,
                       "gss-scramd at %s answers for another user than the "
                       "one who logs in",
                       policy->broker);
        return SCRAM_STORE_FAILED;
    }
    if (policy->require_channel_bindings && !said->bound)
        return SCRAM_BAD_BINDINGS;
    a->logged = true;
    a->bound = said->bound;
    memcpy(a->session_key, said->session_key.data, sizeof(a->session_key));
    buffer_put(&a->user, said->user);
    buffer_put(&a->server_final, said->server_final);
    buffer_put(&a->location, said->location);
    buffer_put(&a->groups, find_groups(said));
    return SCRAM_OK;
}

static enum scram_status
verify_broker_answer(struct verify_service *service,
                     const struct scram_exchange *exchange,
                     const struct verify_begun *begun,
                     const struct scram_bindings *bindings,
                     struct verify_answer *a, struct sentence *why)
{
    const struct accept_policy *policy = &service->policy;
    struct ask_daemon daemon = daemon_of(policy);
    struct wire_final final = {.mechanism = (uint8_t)exchange->mechanism,
                               .seal = begun->seal,
                               .binding_given = bindings->given,
                               .binding = bindings->data,
                               .client_first = exchange->client_first,
                               .server_first = exchange->server_first,
                               .client_final = exchange->client_final};
    struct wire_verdict said;
    enum scram_status status;
    struct ask_talk *talk;

    if (exchange->client_final.len > SCRAM_TOKEN_MAX)
        return SCRAM_BAD_ENCODING;
    /* No client sends as much, so that none has the same. */
    if (final.binding.len > WIRE_BINDING_MAX)
        final.binding.len = WIRE_BINDING_MAX;
    talk = ask_talk_new(final.seal.len + final.binding.len +
                        final.client_first.len + final.server_first.len +
                        final.client_final.len);
    if (talk == NULL)
        return SCRAM_NO_MEMORY;
    wire_put_final(&final, &talk->question);
    status =
        ask_call(&daemon,
                 &(struct ask_question){buffer_slice(&talk->question),
                                        &talk->answer, take_verdict, &said},
                 why);
    if (status == SCRAM_OK)
        status = accept(policy, begun, &said, a, why);
    ask_talk_free(talk);
    return status;
}

static enum scram_status
verify_broker_check(struct verify_service *service, struct sentence *why)
{
    struct ask_daemon daemon = daemon_of(&service->policy);

    return ask_check(&daemon, why);
}

static void
close_broker(struct verify_service *service)
{
    accept_policy_clear(&service->policy);
    free(service);
}

static const struct verify_ops ops = {verify_broker_challenge,
                                      verify_broker_answer, verify_broker_check,
                                      close_broker};

enum scram_status
verify_broker_open(struct accept_policy *policy,
                   struct verify_service **service, struct sentence *why)
{
    struct verify_service *opened = calloc(1, sizeof(*opened));
    enum scram_status status = SCRAM_NO_MEMORY;

    if (opened != NULL) {
        opened->ops = &ops;
        atomic_init(&opened->references, 1);
        opened->policy = *policy;
        *policy = (struct accept_policy){0};
        status = verify_broker_check(opened, why);
    }
    if (status == SCRAM_OK) {
        *service = opened;
        return SCRAM_OK;
    }
    accept_policy_clear(policy);
    verify_release(opened);
    return status;
}
