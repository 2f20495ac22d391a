/*
 * The trace and the audit log: what is told, and what never is.
 */
#include "transfer.h"
#include "world_broker.h"

#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "../unit/log_daemon.h"

/* The trace so far. */
static const char *
traced(void)
{
    static char text[65536];
    FILE *file = fopen(world_path("trace"), "r");
    size_t n;

    ck_assert_ptr_nonnull(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

/* Whether the trace says something of the server's context, the second; with
 * the id that gss-scramd has given the login. */
static bool
is_traced_of_server(const char *what)
{
    const char *line = strstr(traced(), "context 2");

    for (; line != NULL; line = strstr(line, "context 2")) {
        line += strlen("context 2");
        if (world_is_brokered() && strncmp(line, ", id ", 5) == 0)
            line = strchr(line, ':');
        else if (world_is_brokered())
            continue;
        if (strncmp(line, what, strlen(what)) == 0)
            return true;
    }
    return false;
}

static void
begin_with(const char *audit, const char *timeout)
{
    static bool logs; /* in this test's process */

    if (!logs)
        log_daemon_start(world_path("log"));
    logs = true;
    remove(world_path("trace"));
    setenv("GSS_SCRAM_TRACE", world_path("trace"), 1);
    world_write("scram.conf",
                "[scram]\n store = %s\n audit = %s\n handshake_timeout = %s\n",
                world_store(), audit, timeout);
}

static void
begin(const char *audit)
{
    begin_with(audit, "3m");
}

START_TEST(a_handshake_is_traced_step_by_step_on_both_sides)
{
    struct handshake h;

    begin("none");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_ptr_nonnull(strstr(
        traced(), "context 1: initiate SCRAM-SHA-256: user \"alice\" begun\n"));
    ck_assert(
        is_traced_of_server(": accept SCRAM-SHA-256: user \"alice\" begun\n"));
    ck_assert_ptr_nonnull(
        strstr(traced(),
               "context 1: initiate SCRAM-SHA-256: user \"alice\" answered\n"));
    ck_assert(is_traced_of_server(
        ": accept SCRAM-SHA-256: user \"alice\" established\n"));
    ck_assert_ptr_nonnull(strstr(
        traced(),
        "context 1: initiate SCRAM-SHA-256: user \"alice\" established\n"));
    handshake_end(&h);
    ck_assert_str_eq(log_daemon_text(), "");
}
END_TEST

/* SPNEGO keeps to itself why a mechanism has no credential. */
START_TEST(why_there_is_no_credential_is_traced)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred;
    OM_uint32 minor;

    begin("none");
    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                       GSS_C_INITIATE, &cred, NULL, NULL),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(traced(), "no context: initiate SCRAM-SHA-256"
                                           ": refused: There is no password "));
}
END_TEST

START_TEST(no_secret_is_traced)
{
    const char *nonce;
    struct handshake h;

    begin("syslog");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    nonce = memmem(h.to_server.value, h.to_server.length, ",p=", 3);
    ck_assert_ptr_nonnull(nonce);
    ck_assert_ptr_null(memmem(traced(), strlen(traced()), nonce + 3, 20));
    server_step(&h);
    client_step(&h);
    ck_assert_ptr_null(strstr(traced(), "wonderland"));
    ck_assert_ptr_null(strstr(log_daemon_text(), "wonderland"));
    handshake_end(&h);
}
END_TEST

/* What is logged here is that line; with a broker nothing is of what that
 * decides, as its own log has it. */
static void
check_log(const char *line)
{
    ck_assert_str_eq(log_daemon_text(), world_is_brokered() ? "" : line);
}

static const struct {
    const char *user, *password;
    const char *line;
    int level;
} logins[] = {
    {"alice", "wonderland", "user \"alice\" established\n", LOG_INFO},
    {"alice", "wrong",
     "user \"alice\" refused: The user is unknown or disabled, or the password "
     "is wrong\n",
     LOG_NOTICE},
    {"mallory", "malice",
     "user \"mallory\" refused: The user is unknown or disabled, or the "
     "password is wrong\n",
     LOG_NOTICE},
    {"dodo", "extinct", "user \"dodo\" refused: the user has expired\n",
     LOG_NOTICE},
    {"a \"quoted\" \\ \xc3\xbc", "x",
     "user \"a\\x20\\x22quoted\\x22\\x20\\x5c\\x20\\xc3\\xbc\" refused: The "
     "user is unknown or disabled, or the password is wrong\n",
     LOG_NOTICE},
};

START_TEST(the_audit_log_has_a_line_for_how_each_context_ended)
{
    char wanted[512];
    struct handshake h;

    begin("syslog");
    handshake_begin(&h, &sha_256, logins[_i].user, logins[_i].password);
    handshake_run(&h);
    snprintf(wanted, sizeof(wanted),
             "gss-scram[%ld]: context 2: accept SCRAM-SHA-256: %s",
             (long)getpid(), logins[_i].line);
    check_log(wanted);
    if (!world_is_brokered())
        ck_assert_int_eq(log_daemon_priority(),
                         LOG_AUTHPRIV | logins[_i].level);
    handshake_end(&h);
    check_log(wanted);
}
END_TEST

static const struct {
    gss_OID mech;
    const char *token, *name;
} empty_tokens[] = {
    {&sha_256, "\x60\x08\x06\x06\x2b\x06\x01\x05\x05\x12", "SCRAM-SHA-256"},
    {&sha_1, "\x60\x08\x06\x06\x2b\x06\x01\x05\x05\x0e", "SCRAM-SHA-1"},
};

START_TEST(a_token_that_makes_no_context_is_logged_too)
{
    char wanted[256];
    struct handshake h;

    begin("syslog");
    handshake_begin(&h, empty_tokens[_i].mech, "alice", "wonderland");
    server_take(&h, empty_tokens[_i].token, 10);
    snprintf(wanted, sizeof(wanted),
             "gss-scram[%ld]: no context: accept %s: refused: The peer's token "
             "is not a valid SCRAM message at this point of the login\n",
             (long)getpid(), empty_tokens[_i].name);
    check_log(wanted);
    handshake_end(&h);
}
END_TEST

/* A server that brings no credential has acquired none, of which there would
 * be a line. */
START_TEST(why_a_server_has_no_default_credential_is_traced)
{
    struct handshake h;

    begin("syslog");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    gss_release_cred(&h.server_minor, &h.server_cred);
    /* Another file: what the one before led to is kept for a moment. */
    world_write("other.conf", "[scram]\n store = file:%s\n",
                world_path("no-such-store"));
    setenv("GSS_SCRAM_CONFIG", world_path("other.conf"), 1);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(
        strstr(traced(), "no context: accept SCRAM-SHA-256: refused: "));
    ck_assert_ptr_nonnull(strstr(traced(), "no-such-store"));
    ck_assert_str_eq(log_daemon_text(), "");
    handshake_end(&h);
}
END_TEST

#define ONE_LATE                                                               \
    "]: accept: clients that did not answer within handshake_timeout: 1; "     \
    "that gave way to newer ones at max_half_open: 0\n"

START_TEST(a_client_that_falls_silent_is_logged_once)
{
    struct handshake h;
    OM_uint32 minor, seconds;

    begin_with("syslog", "200ms");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    while (gss_context_time(&minor, h.server, &seconds) == GSS_S_COMPLETE)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    handshake_end(&h);
    ck_assert_str_eq(strchr(log_daemon_text(), ']'), ONE_LATE);
}
END_TEST

/* The program deletes its context without having asked. */
START_TEST(a_silent_client_is_counted_when_its_context_is_deleted)
{
    struct handshake silent;
    struct timespec start, now;

    begin_with("syslog", "200ms");
    handshake_begin(&silent, &sha_256, "mallory", "malice");
    client_step(&silent);
    server_step(&silent);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do /* longer than handshake_timeout, by the clock that it goes by */
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 +
               (now.tv_nsec - start.tv_nsec) / 1000000 <
           210);
    ck_assert_str_eq(log_daemon_text(), "");
    handshake_end(&silent);
    ck_assert_str_eq(strchr(log_daemon_text(), ']'), ONE_LATE);
    ck_assert_ptr_nonnull(strstr(traced(), "accept: clients that did not"));
}
END_TEST

START_TEST(a_context_that_is_handed_on_is_traced_and_logged_once)
{
    struct handshake h;

    begin("syslog");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    begin("none");
    transfer(&h.server);
    ck_assert_ptr_nonnull(strstr(traced(), "user \"alice\" exported\n"));
    ck_assert_ptr_nonnull(strstr(traced(), "user \"alice\" imported\n"));
    ck_assert_int_eq(
        strstr(log_daemon_text(), "user \"alice\" established\n") == NULL,
        world_is_brokered());
    ck_assert_ptr_eq(strchr(log_daemon_text(), '\n'),
                     strrchr(log_daemon_text(), '\n'));
    /* The configuration that it was accepted under counts. */
    ck_assert_uint_eq(server_take(&h, "more", 4), GSS_S_DEFECTIVE_TOKEN);
    ck_assert_ptr_nonnull(
        strstr(log_daemon_text(), "user \"alice\" refused: "));
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_handshake_is_traced_step_by_step_on_both_sides);
    tcase_add_test(tests, why_there_is_no_credential_is_traced);
    tcase_add_test(tests, no_secret_is_traced);
    tcase_add_loop_test(tests,
                        the_audit_log_has_a_line_for_how_each_context_ended, 0,
                        COUNT(logins));
    tcase_add_loop_test(tests, a_token_that_makes_no_context_is_logged_too, 0,
                        COUNT(empty_tokens));
    tcase_add_test(tests, why_a_server_has_no_default_credential_is_traced);
    tcase_add_test(tests, a_client_that_falls_silent_is_logged_once);
    tcase_add_test(tests,
                   a_silent_client_is_counted_when_its_context_is_deleted);
    tcase_add_test(tests,
                   a_context_that_is_handed_on_is_traced_and_logged_once);
}

int
main(void)
{
    return world_run("event", add, 60);
}
