#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "log_daemon.h"
#include "scratch.h"

/* Who listens at /dev/log. */
static int log_socket = -1;

static void
start_daemon(int type)
{
    struct sockaddr_un address = {AF_UNIX, ""};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s",
             scratch_path("log"));
    log_daemon_lead(address.sun_path);
    log_socket = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(log_socket, 0);
    ck_assert_int_eq(
        bind(log_socket, (struct sockaddr *)&address, sizeof(address)), 0);
    if (type == SOCK_STREAM)
        ck_assert_int_eq(listen(log_socket, 4), 0);
}

static void
stop_daemon(void)
{
    close(log_socket);
    unlink(scratch_path("log"));
    log_socket = -1;
}

/* What has come, or "": text, as long as it is. */
static const char *
received(int from)
{
    static char text[8192];
    ssize_t n = recv(from, text, sizeof(text) - 1, MSG_DONTWAIT);

    text[n < 0 ? 0 : n] = '\0';
    ck_assert_int_eq((ssize_t)strlen(text), n < 0 ? 0 : n);
    return text;
}

static const char *
expected(int priority, const char *text)
{
    static char line[8192];

    snprintf(line, sizeof(line), "<%d>gss-scram[%ld]: %s", priority,
             (long)getpid(), text);
    return line;
}

START_TEST(a_line_has_its_priority_its_process_and_its_text)
{
    start_daemon(SOCK_DGRAM);
    log_line(LOG_LEVEL_NOTICE, "context 1: refused");
    ck_assert_str_eq(received(log_socket), expected(85, "context 1: refused"));
    log_line(LOG_LEVEL_INFO, "100%s");
    ck_assert_str_eq(received(log_socket), expected(86, "100%s"));
    stop_daemon();
}
END_TEST

START_TEST(a_daemon_may_want_a_stream)
{
    char text[256] = "";
    int client;

    start_daemon(SOCK_STREAM);
    log_line(LOG_LEVEL_WARNING, "a line");
    client = accept(log_socket, NULL, NULL);
    ck_assert_int_ge(client, 0);
    ck_assert_int_gt(recv(client, text, sizeof(text), 0), 0);
    ck_assert_str_eq(text, expected(84, "a line"));
    close(client);
    stop_daemon();
}
END_TEST

/* One that goes between two calls: this process is not told by a signal. */
START_TEST(a_daemon_that_has_gone_raises_no_signal)
{
    start_daemon(SOCK_STREAM);
    log_daemon_hang_up(true);
    log_line(LOG_LEVEL_INFO, "a line");
    log_daemon_hang_up(false);
    stop_daemon();
    start_daemon(SOCK_DGRAM);
    log_line(LOG_LEVEL_INFO, "somebody");
    ck_assert_str_eq(received(log_socket),
                     expected(86, "(1 lines before this one are lost) "
                                  "somebody"));
    stop_daemon();
}
END_TEST

START_TEST(lines_that_are_lost_are_counted_in_the_next)
{
    stop_daemon();
    log_line(LOG_LEVEL_INFO, "nobody");
    log_line(LOG_LEVEL_INFO, "nobody");
    start_daemon(SOCK_DGRAM);
    log_line(LOG_LEVEL_INFO, "somebody");
    ck_assert_str_eq(received(log_socket),
                     expected(86, "(2 lines before this one are lost) "
                                  "somebody"));
    log_line(LOG_LEVEL_INFO, "somebody");
    ck_assert_str_eq(received(log_socket), expected(86, "somebody"));
    stop_daemon();
}
END_TEST

/* A daemon that does not read fills its queue, and is waited for no longer
 * than is said: without a limit this would not end. */
START_TEST(a_daemon_that_does_not_read_is_not_waited_for)
{
    int i;

    start_daemon(SOCK_DGRAM);
    for (i = 0; i < 20; i++)
        log_line(LOG_LEVEL_INFO, "a line");
    ck_assert_str_eq(received(log_socket), expected(86, "a line"));
    stop_daemon();
}
END_TEST

START_TEST(errno_and_descriptors_are_left_as_they_were)
{
    int before = dup(2), after;

    close(before);
    errno = EXDEV;
    log_line(LOG_LEVEL_INFO, "nobody");
    ck_assert_int_eq(errno, EXDEV);
    after = dup(2);
    ck_assert_int_eq(before, after);
    close(after);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut)
{
    char text[8000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    start_daemon(SOCK_DGRAM);
    log_line(LOG_LEVEL_INFO, text);
    ck_assert_uint_eq(strlen(received(log_socket)), 4095);
    stop_daemon();
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, a_line_has_its_priority_its_process_and_its_text);
    tcase_add_test(tests, a_daemon_may_want_a_stream);
    tcase_add_test(tests, a_daemon_that_has_gone_raises_no_signal);
    tcase_add_test(tests, lines_that_are_lost_are_counted_in_the_next);
    tcase_add_test(tests, a_daemon_that_does_not_read_is_not_waited_for);
    tcase_add_test(tests, errno_and_descriptors_are_left_as_they_were);
    tcase_add_test(tests, a_line_that_is_too_long_is_cut);
}

int
main(void)
{
    return unit_run("log", add, 60);
}
