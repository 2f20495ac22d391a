/*
 * Logins over gss-scramd's socket: what a server gets, and what it never does.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"
#include "served.h"

static struct served served;

static const uint8_t zeros[WIRE_SESSION_KEY_LEN];

START_TEST(a_login_proves_both_sides_and_has_one_key)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_uint_eq(a.handshake_timeout, 30000);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    ck_assert_str_eq(a.user, "alice");
    ck_assert(slice_equal(a.verdict.user, SLICE("alice")));
    ck_assert(
        slice_equal(a.verdict.location, slice_of(stores_location("users"))));
    ck_assert(!a.verdict.bound);
    ck_assert(asker_is_proved(&a));
    ck_assert_mem_ne(a.id, zeros, WIRE_ID_LEN);
    asker_end(&a);
}
END_TEST

static const struct {
    const char *user, *password;
} strangers[] = {
    {"alice", "wrong"}, {"bob", "builder"}, {"nobody", "wonderland"}};

/* Nothing that is derived from a verifier leaves without a proof. */
START_TEST(without_a_proof_there_is_no_signature_and_no_key)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(
        asker_log_in(&a, strangers[_i].user, strangers[_i].password),
        SCRAM_BAD_PROOF);
    ck_assert_uint_eq(a.verdict.server_final.len, 0);
    ck_assert_mem_eq(a.session_key, zeros, sizeof(zeros));
    /* The connection serves the next one. */
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

START_TEST(the_bindings_of_both_sides_are_compared)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_OK);
    ck_assert(asker_answer(&a, "wonderland", SLICE("channel")));
    a.final.binding_given = true;
    a.final.binding = SLICE("another");
    ck_assert_int_eq(asker_final(&a), SCRAM_BAD_BINDINGS);
    a.final.binding = SLICE("channel");
    ck_assert_int_eq(asker_final(&a), SCRAM_OK);
    ck_assert(a.verdict.bound);
    asker_end(&a);
}
END_TEST

static const struct {
    const char *client_first;
    enum scram_status status;
} firsts[] = {
    {"n=alice", SCRAM_BAD_ENCODING},
    {"", SCRAM_BAD_ENCODING},
    {"m=x,n=alice,r=abc", SCRAM_UNSUPPORTED_EXTENSION},
    {"n=a=2Fb,r=abc", SCRAM_BAD_ENCODING},
    {"n=\x07,r=abc", SCRAM_BAD_USERNAME},
};

START_TEST(a_malformed_first_message_is_refused_and_nothing_is_sealed)
{
    const struct wire_first first = {0, slice_of(firsts[_i].client_first)};
    uint8_t memory[256];
    struct buffer request = BUFFER_ARRAY(memory);
    struct wire_challenge c;
    struct asker a;
    ssize_t n;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    wire_put_first(&first, &request);
    ck_assert(asker_send(a.fd, buffer_slice(&request)));
    n = asker_receive(a.fd, a.answer, sizeof(a.answer));
    ck_assert_int_gt(n, 0);
    ck_assert(wire_parse_challenge((struct slice){a.answer, (size_t)n}, &c));
    ck_assert_int_eq(c.status, firsts[_i].status);
    ck_assert_uint_eq(c.seal.len, 0);
    ck_assert_uint_eq(c.server_first.len, 0);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

static const struct {
    uint8_t lowest, highest;
    int status;
} versions[] = {
    {1, 1, SCRAM_OK},         {0, 255, SCRAM_OK},       {1, 2, SCRAM_OK},
    {0, 0, SCRAM_BAD_CONFIG}, {2, 2, SCRAM_BAD_CONFIG},
};

START_TEST(a_version_in_common_is_needed)
{
    struct asker a = {.fd = asker_connect(served.broker)};

    ck_assert_int_eq(asker_hello(&a, versions[_i].lowest, versions[_i].highest),
                     versions[_i].status);
    if (versions[_i].status == SCRAM_OK) {
        ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    } else {
        ck_assert_ptr_nonnull(strstr(a.sentence.text, "version 1"));
        ck_assert(asker_has_ended(a.fd));
    }
    asker_end(&a);
}
END_TEST

/* Messages that end the connection, each once the HELLO was answered. */
static const struct {
    const char *bytes;
    size_t len;
} none[] = {
    {"", 1},                       /* op 0 */
    {"\4", 1},                     /* an op that there is not */
    {"\1\1\1\1", 4},               /* a HELLO with a byte left over */
    {"\1\1", 2},                   /* one that is cut */
    {"\1\2\1", 3},                 /* lowest above highest */
    {"\2\0\0\0\0\5abc", 9},        /* FIRST, cut */
    {"\2\2\0\0\0\0", 6},           /* of no mechanism */
    {"\3\0", 2},                   /* FINAL, cut */
    {"\2\0\0\0\0\1x\0\0\0\0", 11}, /* bytes left over */
};

START_TEST(what_is_no_request_ends_the_connection)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert(asker_send(
        a.fd, (struct slice){(const uint8_t *)none[_i].bytes, none[_i].len}));
    ck_assert(asker_has_ended(a.fd));
    asker_end(&a);
}
END_TEST

START_TEST(a_message_over_the_limit_ends_the_connection)
{
    static uint8_t bytes[WIRE_MESSAGE_MAX + 1];
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    bytes[0] = WIRE_FIRST;
    ck_assert(asker_send(a.fd, SLICE_ARRAY(bytes)));
    ck_assert(asker_has_ended(a.fd));
    served_wait_shown(&served, "its message is too long");
    asker_end(&a);
}
END_TEST

START_TEST(a_request_before_its_hello_ends_the_connection)
{
    struct asker a = {.fd = asker_connect(served.broker)};

    ck_assert_int_eq(asker_first(&a, "alice"), ASKER_ENDED);
    asker_end(&a);
    a.fd = asker_connect(served.broker);
    ck_assert_int_eq(asker_final(&a), ASKER_ENDED);
    asker_end(&a);
    served_wait_shown(&served, "before the greeting");
}
END_TEST

/* What was audited and shown of a login, and what never is. */
START_TEST(a_login_is_written_down_without_its_secrets)
{
    char id[2 * WIRE_ID_LEN + 1], line[256];
    const char *proof;
    struct asker a;
    size_t i;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    for (i = 0; i < WIRE_ID_LEN; i++)
        snprintf(id + 2 * i, 3, "%02x", a.id[i]);
    snprintf(line, sizeof(line),
             "pid %ld, SCRAM-SHA-256: user \"alice\" established, id %s\n",
             (long)getpid(), id);
    served_wait_said(&served, line);
    served_wait_shown(&served, "answer to FINAL: status 0");
    proof = strstr((const char *)a.client_final, ",p=") + 3;
    snprintf(line, sizeof(line), "%.20s", proof);
    ck_assert_ptr_null(strstr(served_shown(&served), line));
    ck_assert_ptr_null(strstr(served_shown(&served), "v="));
    ck_assert_ptr_nonnull(
        strstr(served_shown(&served), "client-final \"c=,r="));
    asker_end(&a);
}
END_TEST

/* A name cannot write a line of its own into the log. */
START_TEST(a_users_name_is_quoted)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "a\" b\xc3\xa9", "x"), SCRAM_BAD_PROOF);
    served_wait_said(&served, "user \"a\\x22\\x20b\\xc3\\xa9\" refused: wrong "
                              "password, or an unknown or disabled user, id ");
    asker_end(&a);
}
END_TEST

static void
add(TCase *tests)
{
    served_add_fixtures(tests, &served);
    tcase_add_test(tests, a_login_proves_both_sides_and_has_one_key);
    tcase_add_loop_test(tests, without_a_proof_there_is_no_signature_and_no_key,
                        0, COUNT(strangers));
    tcase_add_test(tests, the_bindings_of_both_sides_are_compared);
    tcase_add_loop_test(
        tests, a_malformed_first_message_is_refused_and_nothing_is_sealed, 0,
        COUNT(firsts));
    tcase_add_loop_test(tests, a_version_in_common_is_needed, 0,
                        COUNT(versions));
    tcase_add_loop_test(tests, what_is_no_request_ends_the_connection, 0,
                        COUNT(none));
    tcase_add_test(tests, a_message_over_the_limit_ends_the_connection);
    tcase_add_test(tests, a_request_before_its_hello_ends_the_connection);
    tcase_add_test(tests, a_login_is_written_down_without_its_secrets);
    tcase_add_test(tests, a_users_name_is_quoted);
}

int
main(void)
{
    return unit_run("login", add, 120);
}
