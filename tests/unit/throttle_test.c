#include "daemon/throttle.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/throttle_file.h"
#include "scratch.h"
#include "unit.h"

#define WEB 33 /* accounts of services */
#define MAIL 8
#define ALICE SLICE("alice")
#define BURST 20
#define REFILL 30000

static const struct throttle_limits limits = {BURST, REFILL};
static struct throttle *throttle;
static uint64_t now; /* the clock that the tests move, in ms */

static char *
folder(void)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s", scratch_path("."));
    return path;
}

static struct sentence
open_throttle(void)
{
    struct sentence why;

    ck_assert_int_eq(throttle_open(folder(), &limits, now, &throttle, &why),
                     SCRAM_OK);
    return why;
}

static void
begin(void)
{
    remove(scratch_path("throttle"));
    remove(scratch_path("other"));
    now = 5000000;
    ck_assert_str_eq(open_throttle().text, "");
}

static void
end(void)
{
    throttle_close(throttle);
}

/* As after the service was started anew. */
static struct sentence
restart(void)
{
    throttle_close(throttle);
    return open_throttle();
}

static enum throttle_verdict
take(uid_t account, struct slice user, struct throttle_token *token)
{
    uint32_t wait;

    return throttle_take(throttle, now, account, user, token, &wait);
}

/* A proof that is wrong, if it is looked at at all. */
static bool
guess(uid_t account, struct slice user)
{
    struct throttle_token token;

    if (take(account, user, &token) != THROTTLE_TAKEN)
        return false;
    throttle_spend(throttle, now, &token);
    return true;
}

/* Guess for as long as that is looked at, and say how often it was. */
static int
guess_all(uid_t account, struct slice user)
{
    int n = 0;

    while (n < 5 * BURST && guess(account, user))
        n++;
    return n;
}

static bool
log_in(uid_t account, struct slice user)
{
    struct throttle_token token;

    if (take(account, user, &token) != THROTTLE_TAKEN)
        return false;
    throttle_give_back(throttle, &token);
    return true;
}

static uint32_t
seconds_to_wait(void)
{
    struct throttle_token token;
    uint32_t wait;

    ck_assert_int_eq(throttle_take(throttle, now, WEB, ALICE, &token, &wait),
                     THROTTLE_EMPTY);
    return wait;
}

START_TEST(so_many_guesses_are_looked_at_and_then_one_at_a_time)
{
    int i;

    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    ck_assert_int_eq(guess_all(WEB, ALICE), 0);
    for (i = 0; i < 5; i++) {
        now += REFILL - 1;
        ck_assert_int_eq(guess_all(WEB, ALICE), 0);
        now++;
        ck_assert_int_eq(guess_all(WEB, ALICE), 1);
    }
    now += 7 * REFILL + REFILL / 2;
    ck_assert_int_eq(guess_all(WEB, ALICE), 7);
    now += REFILL / 2; /* the half that was there */
    ck_assert_int_eq(guess_all(WEB, ALICE), 1);
    now += 1000 * (uint64_t)REFILL;
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
}
END_TEST

START_TEST(the_wait_is_told_in_seconds_and_holds)
{
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    ck_assert_uint_eq(seconds_to_wait(), REFILL / 1000);
    now += 1;
    ck_assert_uint_eq(seconds_to_wait(), REFILL / 1000);
    now += 12999;
    ck_assert_uint_eq(seconds_to_wait(), 17);
    now += 16999;
    ck_assert_uint_eq(seconds_to_wait(), 1);
    now += 1000;
    ck_assert(log_in(WEB, ALICE));
}
END_TEST

START_TEST(a_right_password_costs_nothing_and_brings_nothing_back)
{
    int i;

    for (i = 0; i < 1000; i++)
        ck_assert(log_in(WEB, ALICE));
    for (i = 0; i < BURST; i++) {
        ck_assert(guess(WEB, ALICE));
        if (i < BURST - 1)
            ck_assert(log_in(WEB, ALICE));
    }
    ck_assert(!log_in(WEB, ALICE));
    now += REFILL;
    for (i = 0; i < 1000; i++)
        ck_assert(log_in(WEB, ALICE));
    ck_assert_int_eq(guess_all(WEB, ALICE), 1);
}
END_TEST

START_TEST(so_many_are_looked_at_at_once_and_others_learn_why_not)
{
    struct throttle_token tokens[BURST], more;
    int i;

    for (i = 0; i < BURST; i++)
        ck_assert_int_eq(take(WEB, ALICE, &tokens[i]), THROTTLE_TAKEN);
    ck_assert_int_eq(take(WEB, ALICE, &more), THROTTLE_UNDER_WAY);
    ck_assert_int_eq(take(WEB, SLICE("bob"), &more), THROTTLE_TAKEN);
    throttle_give_back(throttle, &more);

    throttle_give_back(throttle, &tokens[7]);
    ck_assert_int_eq(take(WEB, ALICE, &tokens[7]), THROTTLE_TAKEN);
    for (i = 0; i < BURST - 1; i++)
        throttle_spend(throttle, now, &tokens[i]);
    ck_assert_int_eq(take(WEB, ALICE, &more), THROTTLE_UNDER_WAY);
    throttle_spend(throttle, now, &tokens[i]);
    ck_assert_int_eq(take(WEB, ALICE, &more), THROTTLE_EMPTY);
}
END_TEST

START_TEST(accounts_and_users_count_for_themselves)
{
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    ck_assert_int_eq(guess_all(MAIL, ALICE), BURST);
    ck_assert_int_eq(guess_all(WEB, SLICE("alice2")), BURST);
    ck_assert_int_eq(guess_all(WEB, SLICE("")), BURST);
    ck_assert_int_eq(guess_all(WEB, ALICE), 0);
}
END_TEST

START_TEST(no_burst_throttles_nothing)
{
    static const struct throttle_limits off = {0, REFILL};
    struct throttle_state state;
    int i;

    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    throttle_limit(throttle, &off);
    for (i = 0; i < 1000; i++)
        ck_assert(guess(WEB, ALICE));
    ck_assert(throttle_look(throttle, now, WEB, ALICE, &state));
    ck_assert_uint_eq(state.wait, 0);
    throttle_limit(throttle, &limits);
    ck_assert(!guess(WEB, ALICE));
    now += REFILL;
    ck_assert_int_eq(guess_all(WEB, ALICE), 1);
}
END_TEST

START_TEST(other_limits_hold_at_once)
{
    static const struct throttle_limits strict = {5, 60000};

    throttle_limit(throttle, &strict);
    ck_assert_int_eq(guess_all(WEB, ALICE), 5);
    throttle_limit(throttle, &limits); /* five minutes are ten tokens here */
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST - 10);
    throttle_limit(throttle, &strict);
    ck_assert_uint_eq(seconds_to_wait(), 60);
}
END_TEST

START_TEST(what_is_left_can_be_looked_at_and_filled_up)
{
    struct throttle_token token;
    struct throttle_state state;

    ck_assert(throttle_look(throttle, now, WEB, ALICE, &state));
    ck_assert_uint_eq(state.left, BURST);
    ck_assert_uint_eq(state.full, 0);
    ck_assert(guess(WEB, ALICE));
    ck_assert_int_eq(take(WEB, ALICE, &token), THROTTLE_TAKEN);
    ck_assert(throttle_look(throttle, now, WEB, ALICE, &state));
    ck_assert_uint_eq(state.left, BURST - 2);
    ck_assert_uint_eq(state.under_way, 1);
    ck_assert_uint_eq(state.full, REFILL / 1000);
    throttle_spend(throttle, now, &token);
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST - 2);
    ck_assert(throttle_look(throttle, now, WEB, ALICE, &state));
    ck_assert_uint_eq(state.left, 0);
    ck_assert_uint_eq(state.wait, REFILL / 1000);
    ck_assert_uint_eq(state.full, BURST * REFILL / 1000);

    ck_assert_int_eq(guess_all(MAIL, ALICE), BURST);
    ck_assert(throttle_clear(throttle, WEB, ALICE));
    ck_assert(throttle_clear(throttle, WEB, SLICE("nobody")));
    ck_assert(!guess(MAIL, ALICE));
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
}
END_TEST

START_TEST(what_is_known_outlives_a_restart)
{
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    ck_assert_str_eq(restart().text, "");
    ck_assert(!guess(WEB, ALICE));
    now += REFILL;
    ck_assert_str_eq(restart().text, "");
    ck_assert_int_eq(guess_all(WEB, ALICE), 1);
}
END_TEST

START_TEST(the_machines_restart_ends_it)
{
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    now = 20000; /* after boot */
    ck_assert_ptr_nonnull(
        strstr(restart().text, "before the machine was started"));
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
}
END_TEST

START_TEST(what_is_known_outlives_a_process_that_is_killed)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct throttle_token token;

        guess_all(WEB, ALICE);
        take(WEB, SLICE("bob"), &token); /* and has no result */
        kill(getpid(), SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_str_eq(restart().text, "");
    ck_assert(!guess(WEB, ALICE));
    ck_assert_int_eq(guess_all(WEB, SLICE("bob")), BURST);
}
END_TEST

/* Ways for a file not to fit, done to that of a closed throttle. */
static void
is_short(const char *path)
{
    ck_assert_int_eq(truncate(path, sizeof(struct throttle_table) - 1), 0);
}

static void
is_long(const char *path)
{
    ck_assert_int_eq(truncate(path, sizeof(struct throttle_table) + 1), 0);
}

static void
is_empty(const char *path)
{
    ck_assert_int_eq(truncate(path, 0), 0);
}

static void
is_anybodys(const char *path)
{
    ck_assert_int_eq(chmod(path, 0604), 0);
}

static void
has_two_names(const char *path)
{
    ck_assert_int_eq(link(path, scratch_path("other")), 0);
}

static void
is_a_link(const char *path)
{
    ck_assert_int_eq(rename(path, scratch_path("other")), 0);
    ck_assert_int_eq(symlink("other", path), 0);
}

static void
is_a_pipe(const char *path)
{
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void
is_of_another_form(const char *path)
{
    int file = open(path, O_WRONLY);

    ck_assert_int_eq(pwrite(file, "2", 1, 15), 1);
    close(file);
}

static void
is_of_a_time_to_come(const char *path)
{
    uint64_t latest = now + 1;
    int file = open(path, O_WRONLY);

    ck_assert_int_eq(pwrite(file, &latest, sizeof(latest),
                            offsetof(struct throttle_table, latest)),
                     sizeof(latest));
    close(file);
}

static void
is_somebody_elses(const char *path)
{
    if (geteuid() == 0)
        ck_assert_int_eq(chown(path, 65534, 65534), 0);
    else
        is_empty(path);
}

static void (*const misfits[])(const char *path) = {
    is_short,
    is_long,
    is_empty,
    is_anybodys,
    has_two_names,
    is_a_link,
    is_a_pipe,
    is_of_another_form,
    is_of_a_time_to_come,
    is_somebody_elses,
};

START_TEST(a_file_that_does_not_fit_is_replaced_and_that_is_said)
{
    struct sentence why;
    struct stat st;
    char path[4096];

    snprintf(path, sizeof(path), "%s", scratch_path("throttle"));
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    throttle_close(throttle);
    misfits[_i](path);
    why = open_throttle();
    ck_assert_ptr_nonnull(strstr(why.text, "/throttle could not be used ("));
    ck_assert_int_eq(guess_all(WEB, ALICE), BURST);
    ck_assert_int_eq(lstat(path, &st), 0);
    ck_assert(S_ISREG(st.st_mode));
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_uid, geteuid());
    ck_assert_uint_eq(st.st_nlink, 1);
    ck_assert_uint_eq((uint64_t)st.st_blocks * 512 / 4096,
                      sizeof(struct throttle_table) / 4096);
    ck_assert_str_eq(restart().text, "");
    ck_assert(!guess(WEB, ALICE));
}
END_TEST

START_TEST(a_folder_in_its_place_is_an_error)
{
    struct throttle *none = NULL;
    struct sentence why;

    ck_assert_int_eq(unlink(scratch_path("throttle")), 0);
    ck_assert_int_eq(mkdir(scratch_path("throttle"), 0700), 0);
    ck_assert_int_eq(throttle_open(folder(), &limits, now, &none, &why),
                     SCRAM_NO_RESOURCES);
    ck_assert_ptr_null(none);
    ck_assert_ptr_nonnull(strstr(why.text, "nor remove it"));
    ck_assert_int_eq(throttle_open("/nonexistent", &limits, now, &none, &why),
                     SCRAM_NO_RESOURCES);
    ck_assert_ptr_nonnull(strstr(why.text, "/nonexistent/throttle"));
}
END_TEST

/* The table's file, as another process could have left it. */
static struct throttle_table *
map_file(void)
{
    int file = open(scratch_path("throttle"), O_RDWR);
    struct throttle_table *table =
        mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

    ck_assert_ptr_ne(table, MAP_FAILED);
    close(file);
    return table;
}

static uint64_t
noise(void)
{
    static uint64_t x = 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

START_TEST(damaged_numbers_hold_a_user_up_for_one_refill_at_most)
{
    struct throttle_table *table = map_file();
    struct throttle_entry *entry;
    uint64_t id = 0;
    size_t i;

    ck_assert(guess(WEB, ALICE));
    for (i = 0; i < THROTTLE_SETS * THROTTLE_WAYS; i++) {
        entry = &table->sets[i / THROTTLE_WAYS][i % THROTTLE_WAYS];
        if (entry->full_at != 0)
            id = entry->id;
    }
    for (i = 0; i < THROTTLE_SETS * THROTTLE_WAYS; i++)
        table->sets[i / THROTTLE_WAYS][i % THROTTLE_WAYS] =
            (struct throttle_entry){i % 3 == 0 ? id : noise(),
                                    _i == 0 ? UINT64_MAX : noise()};
    ck_assert_str_eq(restart().text, "");
    ck_assert_uint_eq(seconds_to_wait(), REFILL / 1000);
    now += REFILL;
    ck_assert_int_le(guess_all(WEB, ALICE), BURST);
    for (i = 0; i < 10000; i++) {
        char name[32];
        struct throttle_state state;

        snprintf(name, sizeof(name), "%zu", i);
        now += noise() % 1000;
        ck_assert_int_le(guess_all(WEB, slice_of(name)), BURST);
        ck_assert(throttle_look(throttle, now, WEB, slice_of(name), &state));
        ck_assert_uint_le(state.wait, REFILL / 1000);
        ck_assert_uint_le(state.full, BURST * REFILL / 1000);
    }
    munmap(table, sizeof(*table));
}
END_TEST

/*
 * A million names with a failure each, or as many as GSS_SCRAM_FLOOD says, at
 * 100,000 a second, which is more than gss-scramd can serve: of users who had
 * ten failures before, none gets back more than the time brings.
 */
START_TEST(a_flood_of_names_makes_nobody_forgotten)
{
    enum { USERS = 1000, FAILURES = 10 };
    const char *wanted = getenv("GSS_SCRAM_FLOOD");
    unsigned long i, names = wanted == NULL ? 1000000 : strtoul(wanted, 0, 10);
    uint64_t started = now;
    char name[32];
    int forgotten = 0, j;

    for (i = 0; i < USERS; i++) {
        snprintf(name, sizeof(name), "user%lu", i);
        for (j = 0; j < FAILURES; j++)
            ck_assert(guess(WEB, slice_of(name)));
    }
    for (i = 0; i < names; i++) {
        snprintf(name, sizeof(name), "%lu", i);
        now = started + i / 100;
        ck_assert(guess(WEB, slice_of(name)));
    }
    for (i = 0; i < USERS; i++) {
        snprintf(name, sizeof(name), "user%lu", i);
        forgotten += guess_all(WEB, slice_of(name)) >
                     BURST - FAILURES + (int)((now - started) / REFILL);
    }
    ck_assert_int_eq(forgotten, 0);
}
END_TEST

static void
add_tests(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, so_many_guesses_are_looked_at_and_then_one_at_a_time);
    tcase_add_test(tests, the_wait_is_told_in_seconds_and_holds);
    tcase_add_test(tests,
                   a_right_password_costs_nothing_and_brings_nothing_back);
    tcase_add_test(tests,
                   so_many_are_looked_at_at_once_and_others_learn_why_not);
    tcase_add_test(tests, accounts_and_users_count_for_themselves);
    tcase_add_test(tests, no_burst_throttles_nothing);
    tcase_add_test(tests, other_limits_hold_at_once);
    tcase_add_test(tests, what_is_left_can_be_looked_at_and_filled_up);
    tcase_add_test(tests, what_is_known_outlives_a_restart);
    tcase_add_test(tests, the_machines_restart_ends_it);
    tcase_add_test(tests, what_is_known_outlives_a_process_that_is_killed);
    tcase_add_loop_test(tests,
                        a_file_that_does_not_fit_is_replaced_and_that_is_said,
                        0, COUNT(misfits));
    tcase_add_test(tests, a_folder_in_its_place_is_an_error);
    tcase_add_loop_test(
        tests, damaged_numbers_hold_a_user_up_for_one_refill_at_most, 0, 2);
    tcase_add_test(tests, a_flood_of_names_makes_nobody_forgotten);
}

int
main(void)
{
    return unit_run("throttle", add_tests, 300);
}
