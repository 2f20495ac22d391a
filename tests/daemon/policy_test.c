/*
 * By what gss-scramd answers a server: the configuration, as it was read last.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"
#include "served.h"

static struct served served;

/* What an account is told in answer to its HELLO, and whether a login without
 * bindings is let in. */
struct part {
    uid_t uid;
    int status;
    uint32_t timeout;
};

static int
ask_as(void *data)
{
    const struct part *p = data;
    struct asker a;

    served_become(p->uid, p->uid);
    if (asker_begin(&a, served.broker) != SCRAM_OK ||
        a.handshake_timeout != p->timeout)
        return 1;
    if (asker_first(&a, "alice") != SCRAM_OK || a.left > p->timeout)
        return 2;
    return asker_log_in(&a, "alice", "wonderland") == p->status ? 0 : 3;
}

START_TEST(each_account_is_answered_by_its_section)
{
    const struct part parts[] = {
        {0, SCRAM_OK, 20000},
        {61234, SCRAM_BAD_BINDINGS, 20000},
        {61235, SCRAM_OK, 5000},
    };
    int i;

    served_configure(&served, "one",
                     "    handshake_timeout = 20s\n"
                     "[accounts]\n"
                     "    61234 = {\n        store = file:%s/users\n"
                     "        require_channel_bindings = true\n    }\n"
                     "    61235 = {\n        store = file:%s/users\n"
                     "        handshake_timeout = 5s\n    }\n");
    served_reload(&served);
    for (i = 0; i < COUNT(parts); i++)
        ck_assert_int_eq(stores_run(ask_as, (void *)&parts[i]), 0);
}
END_TEST

static const struct {
    const char *lines, *said;
} mistakes[] = {
    {"    handshake_timeout = never\n", "handshake_timeout in [scram]"},
    {"[broker]\n    stat = /x\n", "there is no key stat for [broker]"},
    {"[accounts]\n    x = {\n        stoer = file:/x\n    }\n",
     "there is no key stoer"},
    {"[scarm]\n", "there is no section [scarm]"},
};

START_TEST(a_mistake_leaves_what_was_read_before)
{
    struct asker a;

    served_configure(&served, "one", "    handshake_timeout = 7s\n");
    served_reload(&served);
    served_configure(&served, "one", mistakes[_i].lines);
    served_reload(&served);
    served_wait_said(&served, "the configuration stays as it was: ");
    served_wait_said(&served, mistakes[_i].said);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_uint_eq(a.handshake_timeout, 7000);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

/* A store that cannot be used is said to whoever asks, and used once it can. */
START_TEST(a_store_that_is_made_later_is_found)
{
    double start;
    struct asker a;
    int status;

    ck_assert_int_eq(rename(stores_path("users"), stores_path("away")), 0);
    served_reload(&served);
    served_wait_said(&served, "[scram] has no store that can be used");
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(a.sentence.text, stores_path("users")));
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_STORE_ABSENT);
    ck_assert_int_eq(rename(stores_path("away"), stores_path("users")), 0);
    start = stores_now();
    while ((status = asker_log_in(&a, "alice", "wonderland")) != SCRAM_OK) {
        ck_assert_int_eq(status, SCRAM_STORE_ABSENT);
        ck_assert(stores_within(start, 60));
    }
    asker_end(&a);
}
END_TEST

/* A new password counts from the next message on. */
START_TEST(the_store_is_asked_for_each_message)
{
    struct scram_verifier v;
    struct store *store;
    struct asker a, b;
    double start;

    served_configure(&served, "one", "[broker]\n    guess_burst = 0\n");
    served_reload(&served);
    ck_assert_int_eq(asker_begin(&b, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_OK);
    ck_assert(asker_answer(&a, "wonderland", SLICE("")));
    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("different"),
                                           SLICE("another grain..."), 4096, &v),
                     SCRAM_OK);
    store = stores_open("users", STORE_WRITE);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_REPLACE, NULL),
                     SCRAM_OK);
    store_close(store);
    start = stores_now();
    while (asker_log_in(&b, "alice", "different") != SCRAM_OK)
        ck_assert(stores_within(start, 60));
    ck_assert_int_eq(asker_final(&a), SCRAM_BAD_PROOF);
    asker_end(&a);
    asker_end(&b);
}
END_TEST

/* What was found out by then has nobody to go to. */
START_TEST(a_stop_while_it_reads_is_clean)
{
    int i;

    for (i = 0; i < 20; i++) {
        ck_assert_int_eq(kill(served.pid, SIGHUP), 0);
        usleep((useconds_t)(i * 100));
        served_stop(&served);
        served_start(&served);
    }
}
END_TEST

static void
add(TCase *tests)
{
    served_add_fixtures(tests, &served);
    if (geteuid() == 0)
        tcase_add_test(tests, each_account_is_answered_by_its_section);
    else
        puts("not tried: other accounts, as this is not root");
    tcase_add_loop_test(tests, a_mistake_leaves_what_was_read_before, 0,
                        COUNT(mistakes));
    tcase_add_test(tests, a_store_that_is_made_later_is_found);
    tcase_add_test(tests, the_store_is_asked_for_each_message);
    tcase_add_test(tests, a_stop_while_it_reads_is_clean);
}

int
main(void)
{
    return unit_run("policy", add, 120);
}
