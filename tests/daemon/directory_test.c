/*
 * Logins over gss-scramd's socket whose users are in a directory, which is no
 * good: each ends in time, and nobody else waits for it.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../unit/listener.h"
#include "asker.h"
#include "base/config.h"
#include "served.h"

/* In milliseconds: what is waited for, and how much longer a busy machine may
 * take. */
#define TOTAL 600
#define LATE 5000

static struct listener listener;
static struct served served;

/* Serve with a listener's users, for the account that runs this: by its own
 * section, and others have none. */
static void
serve(enum listener_kind kind, int total, const char *lines)
{
    char text[1024], account[128];

    listener_start(&listener, kind);
    config_account(account, sizeof(account));
    snprintf(text, sizeof(text),
             "[accounts]\n    %s = {\n        store = %s\n"
             "        ldap_base = dc=example\n"
             "        ldap_decoy_iterations = 4096\n"
             "        ldap_connect_timeout = %dms\n"
             "        ldap_lookup_timeout = %dms\n"
             "        ldap_total_timeout = %dms\n%s    }\n",
             account, listener.url, total / 3, total / 3, total, lines);
    served_make_users();
    served_configure(&served, "one", text);
    served_start(&served);
}

static double
milliseconds(void)
{
    return stores_now() * 1000;
}

static const struct {
    enum listener_kind kind;
    const char *lines;
} bad[] = {
    {LISTENER_SILENT, ""},
    {LISTENER_SILENT, "        ldap_tls = starttls\n"},
    {LISTENER_FRAGMENTS, "        ldap_tls = starttls\n"},
    {LISTENER_TRICKLE, ""},
    {LISTENER_RESET, ""},
    {LISTENER_RUBBISH, ""},
    {LISTENER_HUGE, ""},
};

START_TEST(a_login_fails_in_time_and_the_server_is_told_why)
{
    struct asker a;
    double began;

    serve(bad[_i].kind, TOTAL, bad[_i].lines);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    /* Whoever greets is no reason to ask a directory. */
    ck_assert_uint_eq(listener.connections, 0);
    began = milliseconds();
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_STORE_FAILED);
    ck_assert_double_lt(milliseconds() - began, TOTAL + LATE);
    ck_assert_ptr_nonnull(strstr(a.sentence.text, listener.url));
    asker_end(&a);
    served_stop(&served);
}
END_TEST

/* Nor is the connection with the directory, which libldap opens. */
START_TEST(no_descriptor_is_for_another_program)
{
    struct asker a;

    serve(LISTENER_EMPTY, 15000, "");
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_OK);
    ck_assert_uint_eq(listener.connections, 1);
    ck_assert(served_keeps_none(&served));
    asker_end(&a);
    served_stop(&served);
}
END_TEST

START_TEST(who_is_not_there_is_refused_at_the_end_and_not_before)
{
    struct asker a;

    serve(LISTENER_EMPTY, 15000, "        broker_timeout = 60s\n");
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_OK);
    ck_assert_uint_eq(listener.questions, 1);
    ck_assert(asker_answer(&a, "wonderland", SLICE("")));
    ck_assert_int_eq(asker_final(&a), SCRAM_BAD_PROOF);
    asker_end(&a);
    served_stop(&served);
}
END_TEST

/* Send a request, whose answer is not waited for. */
static void
send_first(struct asker *a, const char *client_first)
{
    const struct wire_first first = {SCRAM_SHA_256, slice_of(client_first)};
    uint8_t memory[256];
    struct buffer request = BUFFER_ARRAY(memory);

    wire_put_first(&first, &request);
    ck_assert(asker_send(a->fd, buffer_slice(&request)));
}

static bool
has_answer(const struct asker *a)
{
    uint8_t byte;

    return recv(a->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

START_TEST(who_waits_for_a_directory_keeps_nobody_else_waiting)
{
    struct asker many[20], other;
    char first[64];
    int i;

    serve(LISTENER_SILENT, 60000,
          "        handshake_timeout = 3m\n"
          "        broker_timeout = 60s\n");
    for (i = 0; i < COUNT(many); i++) {
        ck_assert_int_eq(asker_begin(&many[i], served.broker), SCRAM_OK);
        snprintf(first, sizeof(first), "n=user%d,r=abcdefgh", i);
        send_first(&many[i], first);
    }
    while (listener.connections == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    ck_assert_int_eq(asker_begin(&other, served.broker), SCRAM_OK);
    for (i = 0; i < COUNT(many); i++) {
        ck_assert(!has_answer(&many[i]));
        asker_end(&many[i]); /* who goes is not waited for */
    }
    asker_end(&other);
    served_stop(&served); /* whose threads libldap holds */
}
END_TEST

static void
ask_the_asking(void)
{
    static atomic_uint last;
    struct asker a;
    char user[32];

    snprintf(user, sizeof(user), "user%u", atomic_fetch_add(&last, 1));
    if (asker_begin(&a, served.broker) == SCRAM_OK)
        (void)asker_first(&a, user);
    asker_end(&a);
}

/* A directory whose server is a client of gss-scramd's. */
START_TEST(a_circle_ends_at_the_deadline)
{
    struct asker a;
    double began;

    serve(LISTENER_EMPTY, 60000,
          "        handshake_timeout = 3m\n        broker_timeout = 2s\n");
    listener.before = ask_the_asking;
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    began = stores_now();
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_STORE_FAILED);
    ck_assert_double_lt((stores_now() - began) * 1000, 2000 + LATE);
    ck_assert_ptr_nonnull(strstr(a.sentence.text, "as long as a login may"));
    listener.before = NULL;
    while (asker_first(&a, "alice") != SCRAM_OK)
        ck_assert(stores_within(began, 60));
    asker_end(&a);
    served_stop(&served);
}
END_TEST

static atomic_bool held;

static void
hold(void)
{
    while (held)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static int
final_is(struct asker *a)
{
    ssize_t n = asker_receive(a->fd, a->answer, sizeof(a->answer));

    ck_assert_int_gt(n, 0);
    ck_assert(
        wire_parse_verdict((struct slice){a->answer, (size_t)n}, &a->verdict));
    return (int)a->verdict.status;
}

static void
send_final(struct asker *a)
{
    uint8_t memory[4096];
    struct buffer request = BUFFER_ARRAY(memory);

    wire_put_final(&a->final, &request);
    ck_assert(asker_send(a->fd, buffer_slice(&request)));
}

/* There is one guess, and two who want it. */
START_TEST(a_guess_that_is_under_way_is_waited_for)
{
    struct asker one, other;

    serve(LISTENER_EMPTY, 30000,
          "        handshake_timeout = 3m\n        broker_timeout = 60s\n"
          "        ldap_cache_ttl = 0s\n    }\n[broker]\n    guess_burst = 1\n"
          "[accounts]\n    nobody = {\n        audit = syslog\n");
    ck_assert_int_eq(asker_begin(&one, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_begin(&other, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(&one, "alice"), SCRAM_OK);
    ck_assert_int_eq(asker_first(&other, "alice"), SCRAM_OK);
    ck_assert(asker_answer(&one, "wonderland", SLICE("")));
    ck_assert(asker_answer(&other, "wonderland", SLICE("")));
    held = true;
    listener.before = hold;
    send_final(&one);
    while (listener.questions < 3)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    send_final(&other);
    served_wait_shown(&served, "FINAL");
    held = false;
    ck_assert_int_eq(final_is(&one), SCRAM_BAD_PROOF);
    ck_assert_int_eq(final_is(&other), SCRAM_THROTTLED);
    ck_assert_uint_eq(listener.questions, 3);
    asker_end(&one);
    asker_end(&other);
    served_stop(&served);
}
END_TEST

/* Ask for server-first-message until it comes in time. */
static void
begin_until_ok(struct asker *a)
{
    double began = stores_now();

    while (asker_first(a, "alice") != SCRAM_OK)
        ck_assert(stores_within(began, 60));
}

/* There is one guess again, and both who want it have gone before the directory
 * answers the first; whom it finds is wrong all the same. */
START_TEST(a_guess_that_is_answered_too_late_counts)
{
    struct asker one, other;
    double began;
    int status;

    serve(LISTENER_EMPTY, 60000,
          "        handshake_timeout = 3m\n        broker_timeout = 1s\n"
          "        ldap_cache_ttl = 0s\n    }\n[broker]\n    guess_burst = 1\n"
          "    guess_refill = 1h\n"
          "[accounts]\n    nobody = {\n        audit = syslog\n");
    ck_assert_int_eq(asker_begin(&one, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_begin(&other, served.broker), SCRAM_OK);
    begin_until_ok(&one);
    begin_until_ok(&other);
    ck_assert(asker_answer(&one, "wonderland", SLICE("")));
    ck_assert(asker_answer(&other, "wonderland", SLICE("")));
    held = true;
    listener.before = hold;
    send_final(&one);
    send_final(&other);
    ck_assert_int_eq(final_is(&one), SCRAM_STORE_FAILED);
    ck_assert_int_eq(final_is(&other), SCRAM_STORE_FAILED);
    held = false;
    began = stores_now();
    while ((status = asker_log_in(&one, "alice", "wonderland")) ==
           SCRAM_STORE_FAILED)
        ck_assert(stores_within(began, 60));
    ck_assert_int_eq(status, SCRAM_THROTTLED);
    asker_end(&one);
    asker_end(&other);
    served_stop(&served);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, a_login_fails_in_time_and_the_server_is_told_why,
                        0, COUNT(bad));
    if (geteuid() == 0)
        tcase_add_test(tests, no_descriptor_is_for_another_program);
    else
        puts("not tried: gss-scramd's descriptors, as this is not root");
    tcase_add_test(tests,
                   who_is_not_there_is_refused_at_the_end_and_not_before);
    tcase_add_test(tests, who_waits_for_a_directory_keeps_nobody_else_waiting);
    tcase_add_test(tests, a_circle_ends_at_the_deadline);
    tcase_add_test(tests, a_guess_that_is_under_way_is_waited_for);
    tcase_add_test(tests, a_guess_that_is_answered_too_late_counts);
}

int
main(void)
{
    return unit_run("directory", add, 120);
}
