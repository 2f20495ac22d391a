#include "daemon/login.h"

#include "base/clock.h"
#include "daemon/nonce.h"
#include "daemon/seal_file.h"
#include "wire/message.h"

void
login_refuse_first(enum scram_status status, const char *sentence,
                   struct buffer *answer)
{
    static const uint8_t no_id[WIRE_ID_LEN];
    const struct wire_challenge challenge = {.status = status,
                                             .id = SLICE_ARRAY(no_id),
                                             .sentence = slice_of(sentence)};

    wire_put_challenge(&challenge, answer);
}

void
login_refuse_final(enum scram_status status, const char *sentence,
                   struct buffer *answer)
{
    static const uint8_t no_key[WIRE_SESSION_KEY_LEN];
    const struct wire_verdict verdict = {.status = status,
                                         .session_key = SLICE_ARRAY(no_key),
                                         .sentence = slice_of(sentence)};

    wire_put_verdict(&verdict, answer);
}

static enum scram_mechanism
mechanism_of(const struct login *l)
{
    return (enum scram_mechanism)(l->is_final ? l->final.mechanism
                                              : l->first.mechanism);
}

bool
login_parse(struct login *l, struct slice message)
{
    return (l->is_final ? wire_parse_final(message, &l->final)
                        : wire_parse_first(message, &l->first)) &&
           (l->is_final ? l->final.mechanism : l->first.mechanism) <
               SCRAM_MECHANISMS;
}

void
login_prepare(struct login *l)
{
    l->answer.groups = (struct buffer)BUFFER_ARRAY(l->groups);
    l->challenge.user = l->answer.user = (struct buffer)BUFFER_ARRAY(l->user);
    l->challenge.server_first = l->answer.server_final =
        (struct buffer)BUFFER_ARRAY(l->said);
}

/* The store's location, by which a login's seal is one for this store alone. */
static struct slice
location_of(const struct login *l)
{
    return slice_of(l->service->policy.store);
}

/* Count a login that is decided, and write it down. */
void
login_decide(const struct login *l, const uint8_t *id, struct slice user,
             const char *why, enum metrics_outcome outcome)
{
    struct exchange *e = l->exchange;
    char name[ACCOUNTS_NAME];
    struct audit_login login = {.mechanism = mechanism_of(l),
                                .user = user,
                                .why = why,
                                .id = id,
                                .peer = &l->peer,
                                .account = name,
                                .outcome = outcome};

    accounts_name(e->accounts, l->peer.uid, name);
    metrics_login(e->metrics, l->peer.uid, outcome);
    audit_login(e->audit, &login, clock_milliseconds(CLOCK_MONOTONIC_COARSE));
}

/* Take a token for a guess, unless there is one. */
enum scram_status
login_take_token(struct login *l)
{
    uint32_t wait;

    if (l->has_token)
        return SCRAM_OK;
    l->answer.user.len = 0;
    l->status = scram_acceptor_user(l->final.client_first, &l->answer.user);
    if (l->status != SCRAM_OK)
        return l->status;
    switch (throttle_take(l->exchange->throttle, seal_now(), l->peer.uid,
                          buffer_slice(&l->answer.user), &l->token, &wait)) {
    case THROTTLE_TAKEN:
        l->has_token = true;
        return SCRAM_OK;
    case THROTTLE_EMPTY:
        throttle_recent_add(&l->exchange->recent, l->peer.uid,
                            buffer_slice(&l->answer.user));
        sentence_write(&l->why,
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

/* Spend the token or give it back. A proof by an earlier password is no guess:
 * nobody learns anything from it that they did not know. */
void
login_settle_token(struct login *l)
{
    struct throttle *throttle = l->exchange->throttle;

    if (!l->has_token)
        return;
    l->has_token = false;
    if (l->status == SCRAM_BAD_PROOF && !l->answer.earlier)
        throttle_spend(throttle, seal_now(), &l->token);
    else
        throttle_give_back(throttle, &l->token);
}

/* Whether the exchange is one that was begun here for this account and in this
 * store. */
static enum scram_status
check_seal(const struct login *l)
{
    const struct seal_scope scope = {
        .uid = l->peer.uid,
        .mechanism = mechanism_of(l),
        .location = location_of(l),
        .client_first = l->final.client_first,
        .server_first = l->final.server_first,
    };

    return seal_check(&l->exchange->sealer, &scope, l->final.seal, seal_now());
}

/* What comes before all else. */
static enum scram_status
login_begin(struct login *l, const struct account_policy *policy)
{
    if (l->service == NULL) {
        l->why = policy->why;
        return policy->status;
    }
    return l->is_final ? check_seal(l) : SCRAM_OK;
}

/* Ask the store. */
void
login_ask(struct login *l)
{
    const struct scram_exchange exchange = {
        mechanism_of(l), l->final.client_first, l->final.server_first,
        l->final.client_final};
    const struct scram_bindings bindings = {.given = l->final.binding_given,
                                            .data = l->final.binding};

    if (!l->is_final) {
        l->status =
            verify_challenge(l->service, mechanism_of(l), l->first.client_first,
                             &l->challenge, &l->why);
        return;
    }
    l->answer.user.len = l->answer.groups.len = 0; /* they are set once more */
    l->status = verify_answer(l->service, &exchange, NULL, &bindings,
                              &l->answer, &l->why);
}

/* Seal server-first-message, which goes out with the seal. */
static enum scram_status
make_seal(const struct login *l, struct buffer *seal)
{
    const struct seal_scope scope = {
        .uid = l->peer.uid,
        .mechanism = mechanism_of(l),
        .location = location_of(l),
        .client_first = l->first.client_first,
        .server_first = buffer_slice(&l->challenge.server_first),
    };

    return seal_make(&l->exchange->sealer, &scope,
                     seal_now() + l->challenge.left, seal);
}

static void
end_first(struct login *l, struct buffer *answer)
{
    uint8_t seal_bytes[SEAL_LEN], id[WIRE_ID_LEN];
    struct buffer seal = BUFFER_ARRAY(seal_bytes);
    struct wire_challenge said = {.id = SLICE_ARRAY(id)};

    if (l->status == SCRAM_OK)
        l->status = make_seal(l, &seal);
    nonce_id(buffer_slice(&l->challenge.server_first), id);
    said.status = l->status;
    said.user = buffer_slice(&l->challenge.user);
    said.sentence = slice_of(l->why.text);
    if (l->status == SCRAM_OK) {
        said.left = l->challenge.left;
        said.seal = buffer_slice(&seal);
        said.server_first = buffer_slice(&l->challenge.server_first);
        l->exchange->metrics->begun++;
    } else {
        login_decide(l, id, said.user, l->why.text,
                     metrics_outcome_of(l->status));
    }
    wire_put_challenge(&said, answer);
}

static void
end_final(struct login *l, struct buffer *answer)
{
    struct verify_answer *a = &l->answer;
    uint8_t id[WIRE_ID_LEN], known[GROUPS_TEXT_MAX + 64];
    struct buffer attributes = BUFFER_ARRAY(known);
    struct wire_verdict said = {
        .status = SCRAM_OK,
        .bound = a->bound,
        .session_key = SLICE_ARRAY(a->session_key),
        .server_final = buffer_slice(&a->server_final),
        .user = buffer_slice(&a->user),
        .location = l->service == NULL ? SLICE("") : location_of(l),
    };

    if (a->groups.len != 0)
        wire_add_attribute(&said.attributes, &attributes, SLICE(WIRE_GROUPS),
                           buffer_slice(&a->groups));
    login_settle_token(l);
    nonce_id(l->final.server_first, id);
    login_decide(l, id, said.user,
                 a->expired && l->why.text[0] == '\0' ? VERIFY_EXPIRED_TEXT
                                                      : l->why.text,
                 a->earlier ? METRICS_EARLIER : metrics_outcome_of(l->status));
    if (l->status == SCRAM_OK)
        wire_put_verdict(&said, answer);
    else
        login_refuse_final(l->status, a->expired ? "" : l->why.text, answer);
    OPENSSL_cleanse(a->session_key, sizeof(a->session_key));
}

void
login_end(struct login *l, struct buffer *answer)
{
    if (l->is_final)
        end_final(l, answer);
    else
        end_first(l, answer);
}

/* How long a directory is waited for: so that the server hears of it before it
 * waits no more. */
static uint32_t
patience(const struct account_policy *policy)
{
    uint32_t timeout = policy->config.broker_timeout;

    return timeout - timeout / 10;
}

static enum request_end
login_take(struct exchange *e, struct request *request, bool is_final)
{
    const struct account_policy *policy =
        accounts_policy(e->accounts, request->peer->uid);
    struct login l = {.exchange = e,
                      .peer = *request->peer,
                      .service = policy->service,
                      .is_final = is_final};

    if (!login_parse(&l, request->message))
        return REQUEST_MALFORMED;
    login_prepare(&l);
    l.status = login_begin(&l, policy);
    if (policy->waits && l.status == SCRAM_OK)
        return login_hand_over(&l, request, patience(policy));
    if (l.is_final && l.status == SCRAM_OK)
        l.status = login_take_token(&l);
    if (l.status == SCRAM_OK)
        login_ask(&l);
    login_end(&l, request->answer);
    return REQUEST_ANSWERED;
}

enum request_end
login_take_first(void *data, struct request *request, bool *greeted)
{
    (void)greeted;
    return login_take(data, request, false);
}

enum request_end
login_take_final(void *data, struct request *request, bool *greeted)
{
    (void)greeted;
    return login_take(data, request, true);
}
