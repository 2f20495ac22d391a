/*
 * Guessing at passwords over gss-scramd: how many are looked at, and who is
 * held up by it.
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"
#include "daemon/lmdb/store_change.h"
#include "served.h"

#define LIMITS "[broker]\n    guess_burst = 3\n    guess_refill = 1h\n"

static struct served served;
static struct asker a;

static void
begin(void)
{
    served_make_users();
    served_configure(&served, "one", LIMITS);
    served_start(&served);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
}

static void
end(void)
{
    asker_end(&a);
    served_stop(&served);
}

static void
guess(const char *user, int times)
{
    while (times-- > 0)
        ck_assert_int_eq(asker_log_in(&a, user, "wrong"), SCRAM_BAD_PROOF);
}

static const char *const users[] = {"alice", "bob", "nobody"};

/* One who is there, one who is disabled and one who is not are held up alike.
 */
START_TEST(guesses_run_out)
{
    const char *user = users[_i];

    guess(user, 3);
    ck_assert_int_eq(asker_log_in(&a, user, "wonderland"), SCRAM_THROTTLED);
    ck_assert_ptr_nonnull(strstr(a.sentence.text, "try again in 3600 seconds"));
    ck_assert_uint_eq(a.verdict.server_final.len, 0);
    /* Other users have theirs. */
    ck_assert_int_eq(asker_log_in(&a, "carol", "x"), SCRAM_BAD_PROOF);
    served_wait_said(&served, "refused: too many wrong passwords, id ");
}
END_TEST

START_TEST(a_right_password_costs_nothing_and_brings_nothing_back)
{
    int i;

    guess("alice", 2);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    guess("alice", 1);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_THROTTLED);
}
END_TEST

/* As often as one likes: bindings of another channel, a proof that is none. */
START_TEST(what_is_no_guess_costs_nothing)
{
    int i;

    for (i = 0; i < 10; i++) {
        ck_assert_int_eq(asker_first(&a, "alice"), SCRAM_OK);
        ck_assert(asker_answer(&a, "wrong", SLICE("channel")));
        a.final.binding_given = true;
        a.final.binding = SLICE("another");
        ck_assert_int_eq(asker_final(&a), SCRAM_BAD_BINDINGS);
        a.final.client_final.len -= 4; /* not base64 of a hash any more */
        a.final.binding = SLICE("channel");
        ck_assert_int_eq(asker_final(&a), SCRAM_BAD_ENCODING);
    }
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
}
END_TEST

START_TEST(a_restart_gives_no_guess_back)
{
    guess("alice", 3);
    asker_end(&a);
    served_kill(&served);
    served_start(&served);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_THROTTLED);
}
END_TEST

START_TEST(other_limits_hold_once_they_are_read)
{
    guess("alice", 3);
    served_configure(&served, "one", "[broker]\n    guess_burst = 0\n");
    served_reload(&served);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
}
END_TEST

/* Put alice's password into gss-scramd's own store, with the salt that there
 * was. */
static void
set_password(struct store *store, const char *password)
{
    struct lmdb_change *change;
    struct scram_verifier v;

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, slice_of(password),
                                           SLICE("a grain of salt!"), 4096, &v),
                     SCRAM_OK);
    ck_assert_int_eq(
        lmdb_change_begin(lmdb_store_of(store)->shared, &change, NULL),
        SCRAM_OK);
    ck_assert_int_eq(
        lmdb_change_put(change, SLICE("alice"), &v, STORE_EITHER, true, NULL),
        SCRAM_OK);
    ck_assert_int_eq(lmdb_change_commit(change, NULL), SCRAM_OK);
    lmdb_change_drop(change);
}

/* A device that has the password of last week is no attack. Its server is told
 * what it would be of any other. */
START_TEST(an_earlier_password_is_no_guess)
{
    struct sentence why;
    struct store *store;
    char lines[256];
    int i;

    snprintf(lines, sizeof(lines), "lmdb:%s", stores_path("users.mdb"));
    ck_assert_int_eq(
        store_lmdb.open(slice_of(lines), STORE_CREATE, &store, &why), SCRAM_OK);
    set_password(store, "last year's");
    set_password(store, "last week's");
    set_password(store, "today's");
    store_lmdb.close(store);
    snprintf(lines, sizeof(lines),
             LIMITS "[accounts]\n    %s = {\n"
                    "        store = lmdb:%%s/users.mdb\n    }\n",
             getpwuid(geteuid())->pw_name);
    served_configure(&served, "one", lines);
    served_reload(&served);

    guess("alice", 2);
    ck_assert_str_eq(a.sentence.text, "");
    for (i = 0; i < 10; i++) {
        ck_assert_int_eq(asker_log_in(&a, "alice", "last week's"),
                         SCRAM_BAD_PROOF);
        ck_assert_str_eq(a.sentence.text, "");
        ck_assert_uint_eq(a.verdict.server_final.len, 0);
    }
    served_wait_said(&served, "refused: an earlier password, id ");
    ck_assert_int_eq(asker_log_in(&a, "alice", "today's"), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "last year's"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(asker_log_in(&a, "alice", "today's"), SCRAM_THROTTLED);
    ck_assert_int_eq(asker_log_in(&a, "alice", "last week's"), SCRAM_THROTTLED);
}
END_TEST

static int
guess_as_other(void *data)
{
    struct asker other;
    int i, status;

    (void)data;
    served_become(SERVED_STRANGER, SERVED_STRANGER);
    status = asker_begin(&other, served.broker);
    for (i = 0; i < 4 && status == SCRAM_OK; i++) {
        if (asker_log_in(&other, "alice", "wrong") == SCRAM_THROTTLED)
            return i;
    }
    return SERVED_BROKEN;
}

START_TEST(guesses_at_one_accounts_servers_are_none_at_anothers)
{
    served_configure(&served, "one",
                     LIMITS "[accounts]\n    61234 = {\n"
                            "        store = file:%s/users\n    }\n");
    served_reload(&served);
    ck_assert_int_eq(stores_run(guess_as_other, NULL), 3);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, guesses_run_out, 0, COUNT(users));
    tcase_add_test(tests,
                   a_right_password_costs_nothing_and_brings_nothing_back);
    tcase_add_test(tests, what_is_no_guess_costs_nothing);
    tcase_add_test(tests, a_restart_gives_no_guess_back);
    tcase_add_test(tests, other_limits_hold_once_they_are_read);
    tcase_add_test(tests, an_earlier_password_is_no_guess);
    if (geteuid() == 0)
        tcase_add_test(tests,
                       guesses_at_one_accounts_servers_are_none_at_anothers);
    else
        puts("not tried: other accounts, as this is not root");
}

int
main(void)
{
    return unit_run("guess", add, 120);
}
