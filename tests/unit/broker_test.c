/*
 * What the module makes of what a broker answers; verify_contract_test has what
 * holds for every kind of service.
 */
#include "unit.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "fake_broker.h"
#include "stores.h"
#include "verify/verify.h"

static struct fake_broker broker;
static char path[512];
static struct store *store;

static void
make_store(void)
{
    struct scram_verifier v;

    snprintf(path, sizeof(path), "%s", stores_path("broker"));
    store = stores_open("users", STORE_CREATE);
    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("wonderland"),
                                           SLICE("a grain of salt!"), 4096, &v),
                     SCRAM_OK);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_EITHER, NULL),
                     SCRAM_OK);
}

static void
close_store(void)
{
    store_close(store);
}

static enum scram_status
open_service(const struct fake_twist *twist, uint32_t timeout,
             struct verify_service **service, struct sentence *why)
{
    struct accept_policy policy = {.broker = strdup(path),
                                   .broker_timeout = timeout,
                                   .handshake_timeout = 20000,
                                   .max_half_open = 10};

    ck_assert(fake_broker_start(&broker, path, stores_location("users"), false,
                                twist));
    return verify_broker_open(&policy, service, why);
}

/* One login, which is given up where it fails. */
struct login {
    struct verify_service *service;
    struct verify_challenge challenge;
    struct verify_answer answer;
    struct scram_bindings bindings;
    struct sentence why;
    uint8_t users[2][SCRAM_USER_MAX], server_first[SCRAM_SERVER_FIRST_MAX];
    uint8_t seal[VERIFY_SEAL_MAX], location[VERIFY_LOCATION_MAX];
    uint8_t server_final[SCRAM_SERVER_FINAL_MAX];
};

static enum scram_status
second_leg(struct login *l, struct scram_initiator *client,
           struct slice client_first)
{
    uint8_t memory[2048];
    struct buffer client_final = BUFFER_ARRAY(memory);
    struct slice error;
    struct scram_keys keys;
    struct verify_begun begun = {buffer_slice(&l->challenge.user),
                                 buffer_slice(&l->challenge.seal)};
    struct scram_exchange exchange = {SCRAM_SHA_256,
                                      client_first,
                                      buffer_slice(&l->challenge.server_first),
                                      {NULL, 0}};

    ck_assert_int_eq(client_answer(client, exchange.server_first, SLICE(""),
                                   (struct scram_limits){4096, 4096},
                                   SLICE("wonderland"), &keys, &client_final,
                                   &error),
                     SCRAM_OK);
    exchange.client_final = buffer_slice(&client_final);
    l->answer =
        (struct verify_answer){.user = BUFFER_ARRAY(l->users[1]),
                               .server_final = BUFFER_ARRAY(l->server_final),
                               .location = BUFFER_ARRAY(l->location)};
    return verify_answer(l->service, &exchange, &begun, &l->bindings,
                         &l->answer, &l->why);
}

static enum scram_status
log_in(struct login *l)
{
    struct scram_initiator *client;
    struct slice client_first;
    enum scram_status status;

    l->challenge =
        (struct verify_challenge){.user = BUFFER_ARRAY(l->users[0]),
                                  .server_first = BUFFER_ARRAY(l->server_first),
                                  .seal = BUFFER_ARRAY(l->seal)};
    l->why.text[0] = '\0';
    ck_assert_int_eq(scram_initiator_first(SCRAM_SHA_256, SLICE("alice"),
                                           SLICE("nonce"), &client,
                                           &client_first),
                     SCRAM_OK);
    status = verify_challenge(l->service, SCRAM_SHA_256, client_first,
                              &l->challenge, &l->why);
    if (status == SCRAM_OK)
        status = second_leg(l, client, client_first);
    scram_initiator_free(client);
    return status;
}

START_TEST(a_login_has_an_id_a_seal_and_a_location)
{
    struct login l = {0};

    ck_assert_int_eq(open_service(NULL, 60000, &l.service, &l.why), SCRAM_OK);
    ck_assert_int_eq(log_in(&l), SCRAM_OK);
    ck_assert_mem_eq(l.challenge.id, FAKE_BROKER_ID, VERIFY_ID_LEN);
    ck_assert_uint_eq(l.challenge.seal.len, 1);
    ck_assert_uint_eq(l.challenge.left, 20000); /* the broker's is longer */
    ck_assert(l.challenge.logged && l.answer.logged);
    ck_assert(slice_equal(buffer_slice(&l.answer.location),
                          slice_of(stores_location("users"))));
    ck_assert_str_eq(l.why.text, "");
    verify_release(l.service);
    fake_broker_stop(&broker);
}
END_TEST

/* What a broker that is not ours, or not of our version, says first. */
static void
other_version(struct wire_welcome *w)
{
    w->version = WIRE_VERSION + 1;
}

static void
no_version(struct wire_welcome *w)
{
    w->version = 0;
}

static void
not_entitled(struct wire_welcome *w)
{
    w->status = SCRAM_STORE_FORBIDDEN;
    w->sentence = SLICE("www-data is not in the group gss-scram");
}

static void
no_common_version(struct wire_welcome *w)
{
    w->status = SCRAM_BAD_ENCODING;
    w->sentence = SLICE("it speaks 2 to 3");
}

static const struct {
    struct fake_twist twist;
    enum scram_status status;
    const char *says;
} welcomes[] = {
    {{.welcome = other_version}, SCRAM_STORE_FORBIDDEN, "the same version"},
    {{.welcome = no_version}, SCRAM_STORE_FORBIDDEN, "the same version"},
    {{.welcome = not_entitled}, SCRAM_STORE_FORBIDDEN, "group gss-scram"},
    {{.welcome = no_common_version}, SCRAM_STORE_FORBIDDEN, "speaks 2 to 3"},
};

START_TEST(who_is_not_welcomed_has_no_service)
{
    struct verify_service *service = NULL;
    struct sentence why = {""};

    ck_assert_int_eq(open_service(&welcomes[_i].twist, 60000, &service, &why),
                     welcomes[_i].status);
    ck_assert_ptr_null(service);
    ck_assert_msg(strstr(why.text, welcomes[_i].says) != NULL, "%s", why.text);
    fake_broker_stop(&broker);
}
END_TEST

/* Under a sanitizer, which looks for leaks itself, nothing is counted. */
START_TEST(a_service_that_is_closed_leaves_no_memory)
{
    struct verify_service *service;
    struct sentence why;
    size_t before = 0;
    int i;

    ck_assert_int_eq(open_service(NULL, 60000, &service, &why), SCRAM_OK);
    verify_release(service);
    for (i = 0; i < 101; i++) {
        struct accept_policy policy = {.broker = strdup(path),
                                       .broker_timeout = 60000};

        ck_assert_int_eq(verify_broker_open(&policy, &service, &why), SCRAM_OK);
        verify_release(service);
        if (i == 0)
            before = mallinfo2().uordblks;
    }
    ck_assert_uint_lt(mallinfo2().uordblks, before + 100 * sizeof(void *));
    fake_broker_stop(&broker);
}
END_TEST

/* Challenges. */
static void
no_user_named(struct wire_challenge *c)
{
    c->user.len = 0;
}

static void
no_time_left(struct wire_challenge *c)
{
    c->left = 0;
}

static void
little_time_left(struct wire_challenge *c)
{
    c->left = 1234;
}

static void
long_server_first(struct wire_challenge *c)
{
    static const uint8_t zeros[SCRAM_SERVER_FIRST_MAX + 1];

    c->server_first = SLICE_ARRAY(zeros);
}

static void
queue_full(struct wire_challenge *c)
{
    c->status = SCRAM_NO_RESOURCES;
    c->sentence = SLICE("the queue is full");
}

/* Verdicts. */
static void
another_user(struct wire_verdict *v)
{
    v->user = SLICE("root");
}

static void
bad_groups(struct wire_verdict *v)
{
    static uint8_t space[64];
    struct buffer out = BUFFER_ARRAY(space);

    v->attributes.count = 0;
    wire_add_attribute(&v->attributes, &out, SLICE(WIRE_GROUPS),
                       SLICE("web,web"));
}

static void
no_store(struct wire_verdict *v)
{
    v->location.len = 0;
}

static void
no_server_final(struct wire_verdict *v)
{
    v->server_final.len = 0;
}

static void
long_server_final(struct wire_verdict *v)
{
    static const uint8_t zeros[SCRAM_SERVER_FINAL_MAX + 1];

    v->server_final = SLICE_ARRAY(zeros);
}

static void
begun_anew(struct wire_verdict *v)
{
    v->status = SCRAM_BROKER_ANEW;
    v->sentence = SLICE("the broker began anew");
}

static void
too_late(struct wire_verdict *v)
{
    v->status = SCRAM_TOO_LATE;
}

static void
throttled(struct wire_verdict *v)
{
    v->status = SCRAM_THROTTLED;
    v->sentence = SLICE("the next is looked at in 47 seconds");
}

static void
no_user_there(struct wire_challenge *c)
{
    c->status = SCRAM_NO_USER; /* nor before */
}

static void
no_such_user(struct wire_verdict *v)
{
    v->status = SCRAM_NO_USER; /* nobody is to be told */
}

/* Bytes. */
static void
a_byte_more(struct buffer *out)
{
    buffer_put(out, SLICE("x"));
}

static void
a_byte_less(struct buffer *out)
{
    out->len--;
}

static void
another_op(struct buffer *out)
{
    out->data[0] = out->data[0] == WIRE_FIRST ? WIRE_FINAL : WIRE_FIRST;
}

static void
unknown_status(struct buffer *out)
{
    out->data[1] = SCRAM_STATUS_LAST + 1;
}

static const struct {
    struct fake_twist twist;
    enum scram_status status;
    bool logged;
    const char *says;
} twists[] = {
    {{.challenge = little_time_left}, SCRAM_OK, true, ""},
    {{.challenge = no_user_named}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.challenge = no_user_there}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.challenge = no_time_left}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.challenge = long_server_first}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.challenge = queue_full}, SCRAM_NO_RESOURCES, true, "queue is full"},
    {{.verdict = another_user}, SCRAM_STORE_FAILED, false, "another user"},
    {{.verdict = bad_groups}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.verdict = no_store}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.verdict = no_server_final}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.verdict = long_server_final}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.verdict = begun_anew}, SCRAM_BROKER_ANEW, true, "began anew"},
    {{.verdict = too_late}, SCRAM_TOO_LATE, true, ""},
    {{.verdict = throttled}, SCRAM_THROTTLED, true, "47 seconds"},
    {{.verdict = no_such_user}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.bytes = a_byte_more}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.bytes = a_byte_less}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.bytes = another_op}, SCRAM_STORE_FORBIDDEN, false, "version"},
    {{.bytes = unknown_status}, SCRAM_STORE_FORBIDDEN, false, "version"},
};

START_TEST(an_answer_is_what_was_asked_for_or_a_refusal)
{
    static const uint8_t zeros[SCRAM_SESSION_KEY_LEN];
    struct login l = {0};
    enum scram_status status;

    ck_assert_int_eq(open_service(&twists[_i].twist, 60000, &l.service, &l.why),
                     SCRAM_OK);
    status = log_in(&l);
    ck_assert_msg(status == twists[_i].status, "%d: %s", (int)status,
                  l.why.text);
    ck_assert_msg(strstr(l.why.text, twists[_i].says) != NULL, "%s",
                  l.why.text);
    ck_assert_int_eq(l.answer.logged ||
                         (l.challenge.logged && status != SCRAM_OK &&
                          l.answer.user.data == NULL),
                     twists[_i].logged);
    if (status != SCRAM_OK) {
        ck_assert_uint_eq(l.answer.server_final.len, 0);
        ck_assert_mem_eq(l.answer.session_key, zeros, sizeof(zeros));
    } else {
        ck_assert_uint_eq(l.challenge.left, 1234);
    }
    verify_release(l.service);
    fake_broker_stop(&broker);
}
END_TEST

/* The account's own policy, of which the broker knows nothing. */
START_TEST(a_login_that_is_not_bound_is_refused_where_it_has_to_be)
{
    struct login l = {.bindings = {true, false, SLICE("channel")}};

    ck_assert_int_eq(open_service(NULL, 60000, &l.service, &l.why), SCRAM_OK);
    l.service->policy.require_channel_bindings = true;
    ck_assert_int_eq(log_in(&l), SCRAM_BAD_BINDINGS);
    ck_assert_uint_eq(l.answer.server_final.len, 0);
    verify_release(l.service);
    fake_broker_stop(&broker);
}
END_TEST

/* What the module sends may be longer than any client's: it binds nobody. */
START_TEST(bindings_longer_than_any_client_s_are_no_client_s)
{
    static const uint8_t zeros[WIRE_BINDING_MAX * 2];
    struct login l = {.bindings = {true, false, SLICE_ARRAY(zeros)}};

    ck_assert_int_eq(open_service(NULL, 60000, &l.service, &l.why), SCRAM_OK);
    ck_assert_int_eq(log_in(&l), SCRAM_OK);
    ck_assert(!l.answer.bound);
    verify_release(l.service);
    fake_broker_stop(&broker);
}
END_TEST

START_TEST(a_message_over_its_limit_is_not_even_sent)
{
    static uint8_t zeros[SCRAM_TOKEN_MAX + 1];
    struct login l = {0};
    struct scram_exchange exchange = {.client_final = SLICE_ARRAY(zeros)};
    unsigned before;

    ck_assert_int_eq(open_service(NULL, 60000, &l.service, &l.why), SCRAM_OK);
    before = broker.daemon.seen->messages;
    ck_assert_int_eq(
        verify_challenge(l.service, SCRAM_SHA_256,
                         (struct slice){zeros, SCRAM_CLIENT_FIRST_MAX + 1},
                         &l.challenge, &l.why),
        SCRAM_BAD_ENCODING);
    ck_assert_int_eq(verify_answer(l.service, &exchange,
                                   &(struct verify_begun){{NULL, 0}, {NULL, 0}},
                                   &l.bindings, &l.answer, &l.why),
                     SCRAM_BAD_ENCODING);
    ck_assert_uint_eq(broker.daemon.seen->messages, before);
    verify_release(l.service);
    fake_broker_stop(&broker);
}
END_TEST

START_TEST(a_broker_that_goes_or_hangs_is_said)
{
    struct login l = {0};

    ck_assert_int_eq(open_service(NULL, 300, &l.service, &l.why), SCRAM_OK);
    fake_daemon_suspend(&broker.daemon);
    ck_assert_int_eq(log_in(&l), SCRAM_BROKER_SLOW);
    ck_assert_ptr_nonnull(strstr(l.why.text, "broker_timeout"));
    ck_assert(!l.challenge.logged);
    fake_broker_stop(&broker);
    ck_assert_int_eq(log_in(&l), SCRAM_BROKER_GONE);
    ck_assert_ptr_nonnull(strstr(l.why.text, "Is gss-scramd.socket, or"));
    ck_assert(!l.challenge.logged);
    verify_release(l.service);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, make_store, close_store);
    tcase_add_test(tests, a_login_has_an_id_a_seal_and_a_location);
    tcase_add_test(tests, a_service_that_is_closed_leaves_no_memory);
    tcase_add_loop_test(tests, who_is_not_welcomed_has_no_service, 0,
                        COUNT(welcomes));
    tcase_add_loop_test(tests, an_answer_is_what_was_asked_for_or_a_refusal, 0,
                        COUNT(twists));
    tcase_add_test(tests,
                   a_login_that_is_not_bound_is_refused_where_it_has_to_be);
    tcase_add_test(tests, bindings_longer_than_any_client_s_are_no_client_s);
    tcase_add_test(tests, a_message_over_its_limit_is_not_even_sent);
    tcase_add_test(tests, a_broker_that_goes_or_hangs_is_said);
}

int
main(void)
{
    return unit_run("broker", add, 60);
}
