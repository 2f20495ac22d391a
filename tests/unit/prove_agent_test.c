/*
 * What prove/agent.c makes of an agent that answers what no agent would.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "fake_daemon.h"
#include "prove/prove.h"
#include "scratch.h"
#include "wire/agent.h"

#define NONCE SLICE("the-agent-s-nonce")
#define PROOF SLICE("0123456789abcdef0123456789abcdef")
#define KEY SLICE("0123456789abcdef")

/* What the agent's process says, as a test changes it. */
static struct wire_choice choice;
static const enum scram_status *choices; /* by mechanism, or NULL */
static struct wire_signed signed_answer;
static struct wire_verified verified;

static void
answer(struct slice message, struct buffer *out)
{
    struct wire_choose asked;
    struct wire_verify proved;

    switch (wire_op(message)) {
    case WIRE_HELLO:
        wire_put_welcome(
            &(struct wire_welcome){SCRAM_OK, WIRE_VERSION, 3, 0, {NULL, 0}},
            out);
        break;
    case WIRE_CHOOSE:
        if (wire_parse_choose(message, &asked) && choices != NULL)
            choice.status = choices[asked.mechanism];
        wire_put_choice(&choice, out);
        break;
    case WIRE_SIGN:
        wire_put_signed(&signed_answer, out);
        break;
    default:
        /* What is verified is what was signed, by the seal that came with it.
         */
        if (!wire_parse_verify(message, &proved) ||
            !slice_equal(proved.seal, SLICE("other")))
            verified.status = SCRAM_AGENT_ANEW;
        wire_put_verified(&verified, out);
    }
}

static struct fake_daemon fake;
static char path[256];

static void
begin(enum fake_manner manner)
{
    static uint8_t memory[64];
    struct buffer working = BUFFER_ARRAY(memory);

    wire_put_signed(&(struct wire_signed){.status = SCRAM_WORKING}, &working);
    fake_working = buffer_slice(&working);
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path("run"), 1), 0);
    (void)mkdir(scratch_path("run"), 0700);
    (void)mkdir(scratch_path("run/gss-scram"), 0700);
    snprintf(path, sizeof(path), "%s", scratch_path("run/gss-scram/agent"));
    fake = (struct fake_daemon){path, manner, answer, -1, 0, NULL};
    fake_daemon_start(&fake);
}

static void
end(void)
{
    fake_daemon_stop(&fake);
}

static void
reset(void)
{
    choice = (struct wire_choice){.status = SCRAM_OK,
                                  .user = SLICE("alice"),
                                  .nonce = NONCE,
                                  .left = 3600,
                                  .seal = SLICE("seal")};
    signed_answer = (struct wire_signed){
        .status = SCRAM_OK, .proof = PROOF, .seal = SLICE("other")};
    verified = (struct wire_verified){.status = SCRAM_OK, .session_key = KEY};
}

/* prove_nonce */
static enum scram_status
no_nonce(struct buffer *nonce, struct sentence *why)
{
    (void)nonce;
    (void)why;
    ck_abort_msg("the nonce is the agent's");
    return SCRAM_CRYPTO_FAILED;
}

/* A login, as far as it comes. */
struct result {
    enum scram_status choose, sign, verify;
    struct sentence why;
    uint8_t key[SCRAM_SESSION_KEY_LEN];
    struct slice error;
};

static struct slice server_first =
    SLICE("r=the-agent-s-nonceServer,s=QSXC,i=4096");

static void
go_on(struct prove_login *login, const char *server_final, struct result *r)
{
    const struct scram_unproved *u;
    struct scram_initiator *i;
    struct secret_key proof;
    struct slice token, error;

    ck_assert(slice_equal(buffer_slice(&login->user), SLICE("alice")));
    ck_assert(slice_equal(buffer_slice(&login->nonce), NONCE));
    ck_assert_int_eq(
        scram_initiator_first(SCRAM_SHA_256, SLICE("alice"), NONCE, &i, &token),
        SCRAM_OK);
    ck_assert_int_eq(scram_initiator_final(i, server_first, SLICE(""),
                                           login->iterations, &u, &error),
                     SCRAM_OK);
    r->sign = prove_sign(login, u, &proof, &r->why);
    if (r->sign == SCRAM_OK) {
        ck_assert_mem_eq(proof.data, PROOF.data, sizeof(proof.data));
        r->verify = prove_verify(login, u, slice_of(server_final), r->key,
                                 &r->error, &r->why);
    }
    scram_initiator_free(i);
}

static void
log_in(const char *user, const char *server_final, struct result *r)
{
    const struct prove_source source = {
        .agent = true, .iterations = {4096, 10000000}, .nonce = no_nonce};
    struct prove_service *service;
    struct prove_login *login;

    *r = (struct result){.why = {""}};
    ck_assert_int_eq(prove_open(&source, &service), SCRAM_OK);
    r->choose = prove_choose(service, SCRAM_SHA_256, SLICE("host@server"),
                             slice_of(user), &login, &r->why);
    if (r->choose == SCRAM_OK) {
        go_on(login, server_final, r);
        prove_end(login);
    }
    prove_release(service);
}

#define SERVER_FINAL "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

START_TEST(a_login_is_the_agent_s)
{
    struct result r;

    reset();
    begin(FAKE_GOOD);
    log_in(_i ? "alice" : "", SERVER_FINAL, &r);
    ck_assert_int_eq(r.choose, SCRAM_OK);
    ck_assert_int_eq(r.sign, SCRAM_OK);
    ck_assert_int_eq(r.verify, SCRAM_OK);
    ck_assert_mem_eq(r.key, KEY.data, sizeof(r.key));
    end();
}
END_TEST

/* It works for longer than it may be silent for a choice. */
START_TEST(an_agent_that_works_is_waited_for)
{
    struct result r;
    struct prove_login *login;
    const struct prove_source source = {
        .agent = true, .iterations = {4096, 10000000}, .nonce = no_nonce};
    struct prove_service *service;

    reset();
    begin(FAKE_GOOD);
    r = (struct result){.why = {""}};
    ck_assert_int_eq(prove_open(&source, &service), SCRAM_OK);
    ck_assert_int_eq(prove_choose(service, SCRAM_SHA_256, SLICE("host@server"),
                                  SLICE(""), &login, &r.why),
                     SCRAM_OK);
    fake_daemon_kill(&fake);
    fake.manner = FAKE_WORKING;
    fake_daemon_go_on(&fake);
    /* The server's refusal is told to the agent, whose answer does not count.
     */
    go_on(login, "e=invalid-proof", &r);
    ck_assert_int_eq(r.sign, SCRAM_OK);
    ck_assert_int_eq(r.verify, SCRAM_SERVER_ERROR);
    ck_assert(slice_equal(r.error, SLICE("invalid-proof")));
    prove_end(login);
    prove_release(service);
    end();
}
END_TEST

static enum scram_status
choose_for(struct slice target, struct sentence *why)
{
    const struct prove_source source = {
        .agent = true, .iterations = {4096, 10000000}, .nonce = no_nonce};
    struct prove_service *service;
    struct prove_login *login;
    enum scram_status status;

    ck_assert_int_eq(prove_open(&source, &service), SCRAM_OK);
    status = prove_choose(service, SCRAM_SHA_256, target, SLICE("alice"),
                          &login, why);
    if (status == SCRAM_OK)
        prove_end(login);
    prove_release(service);
    return status;
}

START_TEST(a_target_that_no_agent_has_is_nobodys)
{
    static uint8_t target[WIRE_TARGET_MAX + 1];

    memset(target, 'x', sizeof(target));
    reset();
    begin(FAKE_GOOD);
    ck_assert_int_eq(choose_for((struct slice){target, WIRE_TARGET_MAX}, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(choose_for(SLICE_ARRAY(target), NULL), SCRAM_NO_USER);
    end();
}
END_TEST

START_TEST(an_agent_that_is_gone_is_one_to_start)
{
    struct sentence why = {""};

    reset();
    begin(FAKE_GOOD);
    end();
    ck_assert_int_eq(choose_for(SLICE("host@server"), &why), SCRAM_NO_USER);
    ck_assert_ptr_nonnull(strstr(why.text, "start gss-scram-agent"));
}
END_TEST

/* Most accounts have none, and are not to wait for it. On a busy machine one
 * may be too slow before it goes, and is asked again then. */
START_TEST(an_agent_that_goes_is_not_tried_again)
{
    unsigned connections = 0;
    int i;

    for (i = 0; i < 20 && connections != 1; i++) {
        reset();
        begin(FAKE_DROPS);
        ck_assert_int_eq(choose_for(SLICE("host@server"), NULL), SCRAM_NO_USER);
        connections = fake.seen->connections;
        end();
    }
    ck_assert_uint_eq(connections, 1);
}
END_TEST

/* Where there is no file either, the agent has the rest of a second. */
START_TEST(a_silent_agent_is_asked_again_where_there_is_nothing_else)
{
    struct sentence why = {""};
    uint64_t begun = clock_milliseconds(CLOCK_MONOTONIC);

    reset();
    begin(FAKE_SILENT);
    ck_assert_int_eq(choose_for(SLICE("host@server"), &why), SCRAM_AGENT_SLOW);
    ck_assert_uint_ge(clock_milliseconds(CLOCK_MONOTONIC) - begun, 900);
    ck_assert_ptr_nonnull(strstr(why.text, "750 ms"));
    end();
}
END_TEST

/* A server may send as much as a token holds: the agent is not to read it. */
START_TEST(a_server_s_long_first_message_does_not_go_to_the_agent)
{
    static uint8_t bytes[WIRE_FIRST_MAX + 1];
    struct slice usual = server_first;
    struct result r;

    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, usual.data, usual.len);
    memcpy(bytes + usual.len, ",x=", 3);
    reset();
    begin(FAKE_GOOD);
    server_first = (struct slice){bytes, WIRE_FIRST_MAX};
    log_in("alice", SERVER_FINAL, &r);
    ck_assert_int_eq(r.sign, SCRAM_OK);
    server_first.len++;
    log_in("alice", SERVER_FINAL, &r);
    ck_assert_int_eq(r.sign, SCRAM_BAD_ENCODING);
    server_first = usual;
    end();
}
END_TEST

/* Of two mechanisms, each may have an entry, none, or one that has expired. */
static const struct {
    enum scram_status choices[SCRAM_MECHANISMS], outcome;
} looks[] = {
    {{[SCRAM_SHA_256] = SCRAM_EXPIRED, [SCRAM_SHA_1] = SCRAM_OK}, SCRAM_OK},
    {{[SCRAM_SHA_256] = SCRAM_NO_USER, [SCRAM_SHA_1] = SCRAM_OK}, SCRAM_OK},
    {{[SCRAM_SHA_256] = SCRAM_EXPIRED, [SCRAM_SHA_1] = SCRAM_NO_USER},
     SCRAM_EXPIRED},
    {{[SCRAM_SHA_256] = SCRAM_NO_USER, [SCRAM_SHA_1] = SCRAM_EXPIRED},
     SCRAM_EXPIRED},
    {{[SCRAM_SHA_256] = SCRAM_NO_USER, [SCRAM_SHA_1] = SCRAM_NO_USER},
     SCRAM_NO_USER},
    {{[SCRAM_SHA_256] = SCRAM_NO_RESOURCES, [SCRAM_SHA_1] = SCRAM_OK},
     SCRAM_NO_RESOURCES},
};

START_TEST(any_mechanism_s_entry_is_one)
{
    const struct prove_source source = {.agent = true, .nonce = no_nonce};
    struct sentence why = {""};
    uint8_t memory[SCRAM_USER_MAX];
    struct prove_owner owner = {.user = BUFFER_ARRAY(memory)};
    struct prove_service *service;

    reset();
    choices = looks[_i].choices;
    begin(FAKE_GOOD);
    ck_assert_int_eq(prove_open(&source, &service), SCRAM_OK);
    ck_assert_int_eq(prove_look(service, SLICE("alice"), &owner, &why),
                     looks[_i].outcome);
    if (looks[_i].outcome == SCRAM_OK)
        ck_assert_uint_eq(owner.left, 3600);
    prove_release(service);
    end();
}
END_TEST

/* One's own password does not expire, whatever an owner said before. */
START_TEST(a_password_of_ones_own_lasts)
{
    const struct prove_source source = {.password = SLICE("pencil")};
    uint8_t memory[SCRAM_USER_MAX];
    struct prove_owner owner = {.user = BUFFER_ARRAY(memory), .left = 7};
    struct prove_service *service;

    ck_assert_int_eq(prove_open(&source, &service), SCRAM_OK);
    ck_assert_int_eq(prove_look(service, SLICE("alice"), &owner, NULL),
                     SCRAM_OK);
    ck_assert_uint_eq(owner.left, PROVE_FOREVER);
    prove_release(service);
}
END_TEST

static void
other_user(void)
{
    choice.user = SLICE("bob");
}

static void
no_user(void)
{
    choice.user = SLICE("");
}

static void
comma(void)
{
    choice.nonce = SLICE("a,m=b");
}

static void
unprintable(void)
{
    choice.nonce = SLICE("a\nb");
}

static void
short_proof(void)
{
    signed_answer.proof = SLICE("0123456789");
}

static void
no_seal(void)
{
    signed_answer.seal = SLICE("");
}

static void
anew(void)
{
    signed_answer = (struct wire_signed){.status = SCRAM_AGENT_ANEW,
                                         .sentence = SLICE("it began anew")};
}

static void
wrong_server(void)
{
    verified.status = SCRAM_BAD_SERVER_SIGNATURE;
}

static const struct {
    void (*twist)(void);
    enum scram_status choose, sign, verify;
} twists[] = {
    {other_user, SCRAM_STORE_FORBIDDEN, SCRAM_OK, SCRAM_OK},
    {no_user, SCRAM_STORE_FORBIDDEN, SCRAM_OK, SCRAM_OK},
    {comma, SCRAM_STORE_FORBIDDEN, SCRAM_OK, SCRAM_OK},
    {unprintable, SCRAM_STORE_FORBIDDEN, SCRAM_OK, SCRAM_OK},
    {short_proof, SCRAM_OK, SCRAM_STORE_FORBIDDEN, SCRAM_OK},
    {no_seal, SCRAM_OK, SCRAM_STORE_FORBIDDEN, SCRAM_OK},
    {anew, SCRAM_OK, SCRAM_AGENT_ANEW, SCRAM_OK},
    {wrong_server, SCRAM_OK, SCRAM_OK, SCRAM_BAD_SERVER_SIGNATURE},
};

START_TEST(what_no_agent_says_is_refused)
{
    struct result r;

    reset();
    twists[_i].twist();
    begin(FAKE_GOOD);
    log_in("alice", SERVER_FINAL, &r);
    ck_assert_int_eq(r.choose, twists[_i].choose);
    ck_assert_int_eq(r.sign, twists[_i].sign);
    ck_assert_int_eq(r.verify, twists[_i].verify);
    if (r.verify == SCRAM_OK)
        ck_assert_str_ne(r.why.text, "");
    end();
}
END_TEST

static const struct slice no_names[] = {
    SLICE("alice\nbob"), SLICE("ali\0ce"), SLICE("\377"),
    SLICE("alic\302\252"), /* SASLprep makes an "a" of it */
};

/* What it says is shown to people, and written down by programs. */
START_TEST(a_user_that_has_no_name_is_refused)
{
    struct result r;

    reset();
    choice.user = no_names[_i];
    begin(FAKE_GOOD);
    log_in("", SERVER_FINAL, &r);
    ck_assert_int_eq(r.choose, SCRAM_STORE_FORBIDDEN);
    ck_assert_str_ne(r.why.text, "");
    end();
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests, a_login_is_the_agent_s, 0, 2);
    tcase_add_test(tests, an_agent_that_works_is_waited_for);
    tcase_add_loop_test(tests, any_mechanism_s_entry_is_one, 0, COUNT(looks));
    tcase_add_test(tests, a_password_of_ones_own_lasts);
    tcase_add_test(tests, a_target_that_no_agent_has_is_nobodys);
    tcase_add_test(tests, an_agent_that_is_gone_is_one_to_start);
    tcase_add_test(tests, an_agent_that_goes_is_not_tried_again);
    tcase_add_test(tests,
                   a_silent_agent_is_asked_again_where_there_is_nothing_else);
    tcase_add_test(tests,
                   a_server_s_long_first_message_does_not_go_to_the_agent);
    tcase_add_loop_test(tests, what_no_agent_says_is_refused, 0, COUNT(twists));
    tcase_add_loop_test(tests, a_user_that_has_no_name_is_refused, 0,
                        COUNT(no_names));
}

int
main(void)
{
    return unit_run("prove_agent", add, 60);
}
