#include "daemon/exchange.h"

#include "base/clock.h"
#include "base/config.h"
#include "daemon/login.h"
#include "wire/message.h"

/* request_op */
static void
exchange_refuse_hello(enum scram_status status, const char *sentence,
                      struct buffer *answer)
{
    const struct wire_welcome welcome = {.status = status,
                                         .sentence = slice_of(sentence)};

    wire_put_welcome(&welcome, answer);
}

/* Refuse to answer a server, for good, and write that down. */
static enum request_end
turn_away(const struct exchange *e, const struct request *request,
          enum scram_status status, const struct sentence *why)
{
    audit_refused(e->audit, request->peer, why->text,
                  clock_milliseconds(CLOCK_MONOTONIC_COARSE));
    exchange_refuse_hello(status, why->text, request->answer);
    return REQUEST_ANSWERED_LAST;
}

/* Whether the policy's store can be asked. */
static enum scram_status
exchange_check(const struct account_policy *policy, struct sentence *why)
{
    if (policy->service != NULL)
        return verify_check(policy->service, why);
    *why = policy->why;
    return policy->status;
}

static enum request_end
exchange_take_hello(void *data, struct request *request, bool *greeted)
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
        return turn_away(e, request, SCRAM_BAD_CONFIG, &why);
    }
    *greeted = true;
    welcome.handshake_timeout = policy->handshake_timeout;
    welcome.status = exchange_check(policy, &why);
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
        sentence_write(
            &why,
            "the account with uid %lu may not ask gss-scramd. For a "
            "server's account run \"usermod --append --groups %s "
            "ACCOUNT\", which counts within a minute, or give it a "
            "section with a store under [accounts] in %s. A client's "
            "account needs neither",
            (unsigned long)uid, e->accounts->group, config_path());
    return turn_away(e, request, SCRAM_STORE_FORBIDDEN, &why);
}

const struct request_op exchange_ops[] = {
    {WIRE_HELLO, true, exchange_take_hello, exchange_refuse_hello,
     exchange_show},
    {WIRE_FIRST, false, login_take_first, login_refuse_first, exchange_show},
    {WIRE_FINAL, false, login_take_final, login_refuse_final, exchange_show},
    {.take = NULL},
};

const struct request_op exchange_strangers_ops[] = {
    {WIRE_HELLO, true, take_strangers_hello, exchange_refuse_hello,
     exchange_show},
    {.take = NULL},
};
