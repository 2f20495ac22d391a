/*
 * How gss-scramd is started: what it is told, what it is handed, whom it
 * becomes, and when it refuses to.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asker.h"
#include "base/folders.h"
#include "served.h"

#define ACCOUNT "bin" /* one that every machine has */

static struct served served;

static void
configure(void)
{
    served_make_users();
    served_configure(&served, "one", "");
}

/* Run it until it ends; what it says, and its exit status. */
static int
run(const char *arguments, char *text, size_t size)
{
    return served_run("gss-scramd", "GSS_SCRAM_CONFIG", served.config,
                      arguments, text, size);
}

static const struct {
    const char *arguments, *said;
    int status;
} lines[] = {
    {"--help", "Usage: gss-scramd", 0},
    {"--version", "gss-scram ", 0},
    {"--foregruond", "there is no option --foregruond", 2},
    {"--foreground=x", "--foreground takes no value", 2},
    {"--debug", "--debug takes a value", 2},
    {"x", "there is no option x", 2},
    {"", "no socket was handed over", 1},
    {"--foreground --config /does/not/exist", "there is no file /does", 1},
    {"--foreground --debug /does/not/exist", "cannot write to /does", 1},
    {"--foreground --socket /does/not/exist", "its directory: No such file", 1},
};

START_TEST(what_it_is_told_is_taken_or_refused)
{
    char text[4096];

    ck_assert_int_eq(run(lines[_i].arguments, text, sizeof(text)),
                     lines[_i].status);
    ck_assert_msg(strstr(text, lines[_i].said) != NULL, "%s", text);
}
END_TEST

static const struct {
    const char *lines, *said;
} mistakes[] = {
    {"[broker]\n    stat = /x\n", "there is no key stat for [broker]"},
    {"    handshake_timeout = never\n", "handshake_timeout in [scram]"},
    {"[broker]\n    admin = x\n", "admin in [broker] is \"x\""},
    {"    broker = none\n", "broker occurs twice in [scram]"},
};

START_TEST(a_mistake_in_the_configuration_is_said)
{
    char text[4096];

    served_configure(&served, "one", mistakes[_i].lines);
    ck_assert_int_eq(run("--foreground", text, sizeof(text)), 1);
    ck_assert_msg(strstr(text, mistakes[_i].said) != NULL, "%s", text);
}
END_TEST

START_TEST(where_the_socket_is_has_to_be_said)
{
    char text[4096];
    FILE *stream = fopen(served.config, "w");

    fprintf(stream, "[broker]\n    admin = %s\n    state = %s\n", served.admin,
            served.state);
    fclose(stream);
    ck_assert_int_eq(run("--foreground", text, sizeof(text)), 1);
    ck_assert_msg(strstr(text, "write broker = " FOLDER_SOCKETS "/") != NULL,
                  "%s", text);
}
END_TEST

/* A file that somebody else has there stays. */
START_TEST(what_is_no_socket_is_not_removed)
{
    char text[4096];
    struct stat st;
    FILE *stream = fopen(served.broker, "w");

    ck_assert_ptr_nonnull(stream);
    fclose(stream);
    ck_assert_int_eq(run("--foreground", text, sizeof(text)), 1);
    ck_assert_msg(strstr(text, "cannot make the socket") != NULL, "%s", text);
    ck_assert_int_eq(lstat(served.broker, &st), 0);
    ck_assert(S_ISREG(st.st_mode));
}
END_TEST

START_TEST(a_folder_that_others_may_write_to_is_refused)
{
    char text[4096];

    ck_assert_int_eq(mkdir(served.state, 0700), 0);
    ck_assert_int_eq(chmod(served.state, 0770), 0);
    ck_assert_int_eq(run("--foreground", text, sizeof(text)), 1);
    ck_assert_msg(strstr(text, "nobody else may write to it") != NULL, "%s",
                  text);
}
END_TEST

static char handed[3][108];

/* Hand three sockets over, as systemd does: before there is anybody to answer,
 * they can be connected to. */
static int
hand_over(void)
{
    int i;

    for (i = 0; i < 3; i++) {
        if (!served_listen(handed[i], 3 + i))
            return -1;
    }
    served_hand_over(3);
    return 0;
}

START_TEST(sockets_that_are_handed_over_are_served)
{
    struct asker a;

    snprintf(handed[0], sizeof(handed[0]), "%s", stores_path("first"));
    snprintf(handed[1], sizeof(handed[1]), "%s", served.admin);
    snprintf(handed[2], sizeof(handed[2]), "%s", stores_path("second"));
    served.before = hand_over;
    served_start(&served);
    ck_assert_int_eq(asker_begin(&a, handed[0]), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
    ck_assert_int_eq(asker_begin(&a, handed[2]), SCRAM_OK);
    asker_end(&a);
    /* The one for root has other requests, and none of its own was made. */
    ck_assert_int_eq(asker_begin(&a, served.admin), SCRAM_OK);
    ck_assert_int_eq(asker_first(&a, "alice"), ASKER_ENDED);
    asker_end(&a);
    ck_assert_int_eq(asker_connect(served.broker), -1);
    served_stop(&served);
}
END_TEST

static bool
status_has(const char *line)
{
    return strstr(served_proc(served.pid, "status"), line) != NULL;
}

START_TEST(root_becomes_the_account_and_nobody_looks_into_it)
{
    const struct passwd *account = getpwnam(ACCOUNT);
    char line[128], path[64];
    struct asker a;
    struct stat st;
    FILE *stream = fopen(served.config, "w");

    fprintf(stream,
            "[scram]\n    store = %s\n    broker = %s\n[broker]\n"
            "    admin = %s\n    state = "
            "%s\n    account = " ACCOUNT "\n",
            stores_location("users"), served.broker, served.admin,
            served.state);
    fclose(stream);
    ck_assert_int_eq(
        chown(stores_path("users"), account->pw_uid, account->pw_gid), 0);
    served_start(&served);
    snprintf(line, sizeof(line), "Uid:\t%u\t%u\t%u\t%u", account->pw_uid,
             account->pw_uid, account->pw_uid, account->pw_uid);
    ck_assert(status_has(line));
    snprintf(line, sizeof(line), "Groups:\t%u \n", account->pw_gid);
    ck_assert(status_has(line));
    ck_assert(status_has("CapEff:\t0000000000000000"));
    ck_assert(status_has("NoNewPrivs:\t1"));
    /* What can be looked into belongs to the account. */
    snprintf(path, sizeof(path), "/proc/%ld/environ", (long)served.pid);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_uid, 0);
    ck_assert_int_eq(stat(served.state, &st), 0);
    ck_assert_uint_eq(st.st_uid, account->pw_uid);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    ck_assert_int_eq(stat(served.broker, &st), 0);
    ck_assert_uint_eq(st.st_uid, 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0666);
    ck_assert_int_eq(stat(served.admin, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
    served_stop(&served);
}
END_TEST

static int
be_the_account(void)
{
    const struct passwd *account = getpwnam(ACCOUNT);

    served_become(account->pw_uid, account->pw_gid);
    return 0;
}

/* One that was started as the account is as closed. */
START_TEST(nobody_looks_into_one_that_was_never_root)
{
    const struct passwd *account = getpwnam(ACCOUNT);
    char path[64];
    struct stat st;

    ck_assert_int_eq(chmod(stores_path("."), 0777), 0);
    ck_assert_int_eq(chmod(served.config, 0644), 0);
    ck_assert_int_eq(
        chown(stores_path("users"), account->pw_uid, account->pw_gid), 0);
    served.before = be_the_account;
    served_start(&served);
    snprintf(path, sizeof(path), "/proc/%ld/environ", (long)served.pid);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_uid, 0);
    served_stop(&served);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, configure, NULL);
    tcase_add_loop_test(tests, what_it_is_told_is_taken_or_refused, 0,
                        COUNT(lines));
    tcase_add_loop_test(tests, a_mistake_in_the_configuration_is_said, 0,
                        COUNT(mistakes));
    tcase_add_test(tests, where_the_socket_is_has_to_be_said);
    tcase_add_test(tests, what_is_no_socket_is_not_removed);
    tcase_add_test(tests, a_folder_that_others_may_write_to_is_refused);
    tcase_add_test(tests, sockets_that_are_handed_over_are_served);
    if (geteuid() != 0) {
        puts("not tried: becoming another account, as this is not root");
        return;
    }
    tcase_add_test(tests, root_becomes_the_account_and_nobody_looks_into_it);
    tcase_add_test(tests, nobody_looks_into_one_that_was_never_root);
}

int
main(void)
{
    return unit_run("start", add, 120);
}
