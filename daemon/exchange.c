#include "daemon/exchange.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"
#include "daemon/nonce.h"
#include "daemon/seal_file.h"
#include "wire/message.h"

/* Milliseconds of a clock that never goes back. */
static uint64_t
milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
refuse_hello(enum scram_status status, const char *sentence,
             struct buffer *answer)
{
    const struct wire_welcome welcome = {.status = status,
                                         .sentence = slice_of(sentence)};

    wire_put_welcome(&welcome, answer);
}

static void
refuse_first(enum scram_status status, const char *sentence,
             struct buffer *answer)
{
    static const uint8_t no_id[WIRE_ID_LEN];
    const struct wire_challenge challenge = {.status = status,
                                             .id = SLICE_ARRAY(no_id),
                                             .sentence = slice_of(sentence)};

    wire_put_challenge(&challenge, answer);
}

static void
refuse_final(enum scram_status status, const char *sentence,
             struct buffer *answer)
{
    static const uint8_t no_key[WIRE_SESSION_KEY_LEN];
    const struct wire_verdict verdict = {.status = status,
                                         .session_key = SLICE_ARRAY(no_key),
                                         .sentence = slice_of(sentence)};

    wire_put_verdict(&verdict, answer);
}

/* Whether the policy's store can be asked. */
static enum scram_status
check(const struct account_policy *policy, struct sentence *why)
{
    if (policy->service != NULL)
        return verify_check(policy->service, why);
    *why = policy->why;
    return policy->status;
}

static enum request_end
take_hello(void *data, struct request *request, bool *greeted)
{
    const struct exchange *e = data;
    const struct account_policy *policy =
        accounts_policy(e->accounts, request->peer->uid);
    struct wire_welcome welcome = {.version = WIRE_VERSION,
                                   .mechanisms = (1 << SCRAM_MECHANISMS) - 1};
    struct sentence why = {""};
    struct wire_hello hello;

    if (!wire_parse_hello(request->message, &hello))
        return REQUEST_MALFORMED;
    if (hello.lowest > WIRE_VERSION || hello.highest < WIRE_VERSION) {
        sentence_write(&why,
                       "gss-scramd speaks version %d of its protocol, and the "
                       "module of this process versions %d to %d: install "
                       "both from one release, and start the server anew",
                       WIRE_VERSION, hello.lowest, hello.highest);
        refuse_hello(SCRAM_BAD_CONFIG, why.text, request->answer);
        return REQUEST_ANSWERED_LAST;
    }
    *greeted = true;
    welcome.handshake_timeout = policy->handshake_timeout;
    welcome.status = check(policy, &why);
    welcome.sentence = slice_of(why.text);
    wire_put_welcome(&welcome, request->answer);
    return REQUEST_ANSWERED;
}

/* Tell a peer that it may not ask; @p data is a struct exchange. */
static enum request_end
take_strangers_hello(void *data, struct request *request, bool *greeted)
{
    const struct exchange *e = data;
    uid_t uid = request->peer->uid;
    struct sentence why;
    struct wire_hello hello;

    (void)greeted;
    if (!wire_parse_hello(request->message, &hello))
        return REQUEST_MALFORMED;
    if (uid == peer_overflow_uid())
        sentence_write(&why,
                       "this process's account has no number where gss-scramd "
                       "runs: map it in the container's user namespace");
    else
        sentence_write(&why,
                       "the account with uid %lu may not ask gss-scramd: put "
                       "it into the group %s, or give it a section with a "
                       "store under [accounts] in %s",
                       (unsigned long)uid, e->accounts->group, config_path());
    refuse_hello(SCRAM_STORE_FORBIDDEN, why.text, request->answer);
    return REQUEST_ANSWERED_LAST;
}

/* Count a login that is decided, and write it down. */
static void
decide(struct exchange *e, const struct request *request,
       struct audit_login *login, enum metrics_outcome outcome)
{
    char name[ACCOUNTS_NAME];

    accounts_name(e->accounts, request->peer->uid, name);
    login->peer = request->peer;
    login->account = name;
    login->outcome = outcome;
    metrics_login(e->metrics, request->peer->uid, login->outcome);
    audit_login(e->audit, login, milliseconds());
}

/* Make server-first-message, and the seal that it goes out with. */
static enum scram_status
challenge(struct exchange *e, const struct request *request,
          const struct wire_first *first, struct verify_challenge *c,
          struct buffer *seal, struct sentence *why)
{
    const struct account_policy *policy =
        accounts_policy(e->accounts, request->peer->uid);
    struct seal_scope scope = {
        .uid = request->peer->uid,
        .mechanism = (enum scram_mechanism)first->mechanism,
        .location = slice_of(policy->location),
        .client_first = first->client_first,
    };
    enum scram_status status;

    if (policy->service == NULL)
        return check(policy, why);
    status = verify_challenge(policy->service, scope.mechanism,
                              first->client_first, c, why);
    if (status != SCRAM_OK)
        return status;
    scope.server_first = buffer_slice(&c->server_first);
    return seal_make(&e->sealer, &scope, seal_now() + c->left, seal);
}

static enum request_end
take_first(void *data, struct request *request, bool *greeted)
{
    struct exchange *e = data;
    uint8_t user[SCRAM_USER_MAX], server_first[SCRAM_SERVER_FIRST_MAX];
    uint8_t seal_bytes[SEAL_LEN], id[WIRE_ID_LEN];
    struct buffer seal = BUFFER_ARRAY(seal_bytes);
    struct verify_challenge c = {.user = BUFFER_ARRAY(user),
                                 .server_first = BUFFER_ARRAY(server_first)};
    struct wire_challenge answer = {.id = SLICE_ARRAY(id)};
    struct sentence why = {""};
    struct wire_first first;

    (void)greeted;
    if (!wire_parse_first(request->message, &first) ||
        first.mechanism >= SCRAM_MECHANISMS)
        return REQUEST_MALFORMED;
    answer.status = challenge(e, request, &first, &c, &seal, &why);
    nonce_id(buffer_slice(&c.server_first), id);
    answer.user = buffer_slice(&c.user);
    answer.sentence = slice_of(why.text);
    if (answer.status == SCRAM_OK) {
        answer.left = c.left;
        answer.seal = buffer_slice(&seal);
        answer.server_first = buffer_slice(&c.server_first);
        e->metrics->begun++;
    } else {
        decide(e, request,
               &(struct audit_login){.mechanism =
                                         (enum scram_mechanism)first.mechanism,
                                     .user = answer.user,
                                     .why = why.text,
                                     .id = id},
               metrics_outcome_of(answer.status));
    }
    wire_put_challenge(&answer, request->answer);
    return REQUEST_ANSWERED;
}

/* Take a token for a guess. One thread looks at one proof at a time, so none is
 * under way. */
static enum scram_status
take_token(struct exchange *e, uid_t uid, struct slice user,
           struct throttle_token *token, struct sentence *why)
{
    uint32_t wait;

    switch (throttle_take(e->throttle, seal_now(), uid, user, token, &wait)) {
    case THROTTLE_TAKEN:
        return SCRAM_OK;
    case THROTTLE_EMPTY:
        throttle_recent_add(&e->recent, uid, user);
        sentence_write(why,
                       "Too many wrong passwords were tried for this user: try "
                       "again in %u seconds",
                       (unsigned)wait);
        return SCRAM_THROTTLED;
    case THROTTLE_UNDER_WAY:
        return SCRAM_NO_RESOURCES;
    default:
        return SCRAM_CRYPTO_FAILED;
    }
}

/* Look at a proof, if the user has a guess left. One by an earlier password is
 * none: nobody learns anything from it that they did not know. */
static enum scram_status
look_at_proof(struct exchange *e, uid_t uid, struct verify_service *service,
              const struct scram_exchange *exchange,
              const struct scram_bindings *bindings, struct verify_answer *a,
              struct sentence *why)
{
    struct throttle_token token;
    enum scram_status status =
        scram_acceptor_user(exchange->client_first, &a->user);

    if (status == SCRAM_OK)
        status = take_token(e, uid, buffer_slice(&a->user), &token, why);
    if (status != SCRAM_OK)
        return status;
    a->user.len = 0; /* it is set once more */
    status = verify_answer(service, exchange, NULL, bindings, a, why);
    if (status == SCRAM_BAD_PROOF && !a->earlier)
        throttle_spend(e->throttle, seal_now(), &token);
    else
        throttle_give_back(e->throttle, &token);
    return status;
}

/* Whether the exchange is one that was begun here for this account and in this
 * store, and then whether the proof is right. */
static enum scram_status
answer_final(struct exchange *e, const struct request *request,
             const struct wire_final *final, struct verify_answer *a,
             struct sentence *why)
{
    const struct account_policy *policy =
        accounts_policy(e->accounts, request->peer->uid);
    const struct seal_scope scope = {
        .uid = request->peer->uid,
        .mechanism = (enum scram_mechanism) final->mechanism,
        .location = slice_of(policy->location),
        .client_first = final->client_first,
        .server_first = final->server_first,
    };
    const struct scram_exchange exchange = {
        scope.mechanism, final->client_first, final->server_first,
        final->client_final};
    const struct scram_bindings bindings = {.given = final->binding_given,
                                            .data = final->binding};
    enum scram_status status =
        seal_check(&e->sealer, &scope, final->seal, seal_now());

    if (status != SCRAM_OK)
        return status;
    if (policy->service == NULL)
        return check(policy, why);
    return look_at_proof(e, request->peer->uid, policy->service, &exchange,
                         &bindings, a, why);
}

static enum request_end
take_final(void *data, struct request *request, bool *greeted)
{
    struct exchange *e = data;
    uint8_t user[SCRAM_USER_MAX], server_final[SCRAM_SERVER_FINAL_MAX];
    uint8_t id[WIRE_ID_LEN];
    uint8_t location[VERIFY_LOCATION_MAX];
    struct verify_answer a = {.user = BUFFER_ARRAY(user),
                              .server_final = BUFFER_ARRAY(server_final),
                              .location = BUFFER_ARRAY(location)};
    struct wire_verdict verdict = {.session_key = SLICE_ARRAY(a.session_key)};
    struct sentence why = {""};
    struct wire_final final;

    (void)greeted;
    if (!wire_parse_final(request->message, &final) ||
        final.mechanism >= SCRAM_MECHANISMS)
        return REQUEST_MALFORMED;
    verdict.status = answer_final(e, request, &final, &a, &why);
    nonce_id(final.server_first, id);
    decide(e, request,
           &(struct audit_login){.mechanism =
                                     (enum scram_mechanism) final.mechanism,
                                 .user = buffer_slice(&a.user),
                                 .why = why.text,
                                 .id = id},
           a.earlier ? METRICS_EARLIER : metrics_outcome_of(verdict.status));
    if (verdict.status == SCRAM_OK) {
        verdict.bound = a.bound;
        verdict.server_final = buffer_slice(&a.server_final);
        verdict.user = buffer_slice(&a.user);
        verdict.location = buffer_slice(&a.location);
        wire_put_verdict(&verdict, request->answer);
    } else {
        refuse_final(verdict.status, why.text, request->answer);
    }
    OPENSSL_cleanse(a.session_key, sizeof(a.session_key));
    return REQUEST_ANSWERED;
}

const struct request_op exchange_ops[] = {
    {WIRE_HELLO, true, take_hello, refuse_hello, exchange_show},
    {WIRE_FIRST, false, take_first, refuse_first, exchange_show},
    {WIRE_FINAL, false, take_final, refuse_final, exchange_show},
    {.take = NULL},
};

const struct request_op exchange_strangers_ops[] = {
    {WIRE_HELLO, true, take_strangers_hello, refuse_hello, exchange_show},
    {.take = NULL},
};
