/*
 * What gss-scramd writes into the system's log, and counts.
 */
#include "daemon/audit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../unit/log_daemon.h"
#include "../unit/scratch.h"
#include "../unit/unit.h"
#include "wire/message.h"

static struct metrics metrics;
static struct system_log system_log;
static struct audit audit;
static const struct peer web = {33, 33, 100}, mail = {34, 34, 200};
static const uint8_t id[WIRE_ID_LEN] = {1, 2, 3, 4, 5, 6, 7, 0xff};

static void
begin(void)
{
    system_log =
        (struct system_log){.fd = -1, .lost_in_all = &metrics.log_lost};
    audit = (struct audit){.log = &system_log};
    metrics = (struct metrics){0};
}

static void
end(void)
{
    system_log_close(&system_log);
}

static void
log_in(const struct peer *peer, enum metrics_outcome outcome, uint64_t now)
{
    const struct audit_login login = {
        .peer = peer,
        .account = peer == &web ? "www-data" : "mail",
        .mechanism = SCRAM_SHA_256,
        .user = SLICE("alice"),
        .outcome = outcome,
        .why = outcome == METRICS_FAILED ? "the store is gone" : "",
        .id = id,
    };

    audit_login(&audit, &login, now);
}

static unsigned
lines_with(const char *text)
{
    const char *at;
    unsigned count = 0;

    while (system_log_tick(&system_log) >= 0)
        usleep(1000);
    at = log_daemon_text();
    while ((at = strstr(at, text)) != NULL) {
        count++;
        at++;
    }
    return count;
}

START_TEST(a_login_is_one_line)
{
    log_daemon_start(scratch_path("log"));
    log_in(&web, METRICS_ESTABLISHED, 1000);
    ck_assert_int_eq(log_daemon_priority(), 80 + LOG_LEVEL_INFO);
    log_in(&mail, METRICS_FAILED, 1000);
    ck_assert_int_eq(log_daemon_priority(), 80 + LOG_LEVEL_NOTICE);
    ck_assert_uint_eq(log_daemon_lines(), 2);
    ck_assert_uint_eq(
        lines_with("]: account www-data, pid 100, SCRAM-SHA-256: user "
                   "\"alice\" established, id 01020304050607ff\n"),
        1);
    ck_assert_uint_eq(
        lines_with("]: account mail, pid 200, SCRAM-SHA-256: user \"alice\" "
                   "failed, id 01020304050607ff: the store is gone\n"),
        1);
    log_daemon_stop();
}
END_TEST

START_TEST(a_flood_is_summed_up_and_hides_no_others)
{
    unsigned i;

    log_daemon_start(scratch_path("log"));
    for (i = 0; i < 5 * AUDIT_LINES; i++)
        log_in(&web, METRICS_WRONG, 1000);
    ck_assert_uint_eq(lines_with("refused: wrong password"), AUDIT_LINES);
    log_in(&web, METRICS_ESTABLISHED, 1500);
    log_in(&mail, METRICS_WRONG, 1500);
    ck_assert_uint_eq(lines_with("established"), 1);
    ck_assert_uint_eq(lines_with("account mail"), 1);
    ck_assert_int_eq(audit_tick(&audit, 1600), 400);
    ck_assert_uint_eq(lines_with("more logins"), 0);
    ck_assert_int_eq(audit_tick(&audit, 2000), -1);
    ck_assert_uint_eq(lines_with("account www-data: 400 more logins were "
                                 "refused in a second\n"),
                      1);
    /* The next second is another one. */
    log_in(&web, METRICS_WRONG, 2000);
    ck_assert_uint_eq(lines_with("refused: wrong password"), AUDIT_LINES + 2);
    ck_assert_int_eq(audit_tick(&audit, 9000), -1);
    ck_assert_uint_eq(lines_with("more logins"), 1);
    log_daemon_stop();
}
END_TEST

/* An account that falls into the same place as another takes its sum along. */
START_TEST(a_sum_is_not_lost_to_another_account)
{
    const struct peer other = {33 + AUDIT_ACCOUNTS, 33, 300};
    unsigned i;

    log_daemon_start(scratch_path("log"));
    for (i = 0; i < AUDIT_LINES + 7; i++)
        log_in(&web, METRICS_ESTABLISHED, 1000);
    log_in(&other, METRICS_ESTABLISHED, 1000);
    ck_assert_uint_eq(lines_with("account www-data: 7 more logins were "
                                 "established in a second\n"),
                      1);
    log_daemon_stop();
}
END_TEST

/* Whom a refused process belongs to has a line each minute, and no flood of
 * them, of one account or of many, fills the log. */
START_TEST(a_refused_server_has_a_line_each_minute)
{
    struct peer other = {1000, 1000, 300};
    unsigned i;

    log_daemon_start(scratch_path("log"));
    for (i = 0; i < 50; i++) {
        audit_refused(&audit, &web, "it may not ask", 1000 + i);
        audit_refused(&audit, &mail, "it may not ask", 1000 + i);
    }
    ck_assert_int_eq(log_daemon_priority(), 80 + LOG_LEVEL_WARNING);
    ck_assert_uint_eq(lines_with("]: pid 100 is refused: it may not ask\n"), 1);
    ck_assert_uint_eq(lines_with("]: pid 200 is refused"), 1);
    audit_refused(&audit, &web, "it may not ask", 1000 + AUDIT_REFUSED_AGAIN);
    ck_assert_uint_eq(lines_with("]: pid 100 is refused"), 2);
    for (i = 0; i < 5 * AUDIT_REFUSED_ACCOUNTS; i++) {
        other.uid++;
        audit_refused(&audit, &other, "it may not ask", 61500);
    }
    ck_assert_uint_eq(lines_with("]: pid 300 is refused"),
                      AUDIT_REFUSED_ACCOUNTS - 1);
    log_daemon_stop();
}
END_TEST

#define LINES 100000

/* Read a line, which is to be that one. */
static void
take_line(int fd, unsigned number)
{
    char line[8192], text[32];
    ssize_t n;

    while ((n = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT)) < 0)
        ck_assert_int_ge(system_log_tick(&system_log), -1);
    line[n] = '\0';
    snprintf(text, sizeof(text), "]: line %u.", number);
    ck_assert_msg(strstr(line, text) != NULL, "%s is not %s", line, text);
}

/* A log's daemon that does not read. */
START_TEST(nobody_waits_for_the_log)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unsigned i, lost;
    char line[8192];

    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
             scratch_path("log"));
    unlink(address.sun_path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    log_daemon_lead(address.sun_path);
    /* More than the kernel takes, and than there is room for here. */
    for (i = 0; i < LINES; i++) {
        snprintf(line, sizeof(line), "line %u.", i);
        system_log_line(&system_log, LOG_LEVEL_INFO, line);
    }
    lost = system_log.lost;
    ck_assert_uint_gt(lost, 0);
    ck_assert_uint_lt(lost, LINES);
    ck_assert_uint_eq(metrics.log_lost, lost);
    ck_assert_int_eq(system_log_tick(&system_log), SYSTEM_LOG_AGAIN);
    /* Once it reads, it has all the others in their order, and how many are
     * lost. */
    for (i = 0; i < LINES - lost; i++)
        take_line(fd, i);
    system_log_line(&system_log, LOG_LEVEL_INFO, "another line");
    line[recv(fd, line, sizeof(line) - 1, 0)] = '\0';
    snprintf(address.sun_path, sizeof(address.sun_path),
             "(%u lines before this one are lost) another line", lost);
    ck_assert_msg(strstr(line, address.sun_path) != NULL, "%s", line);
    close(fd);
}
END_TEST

START_TEST(a_log_that_is_started_anew_is_found)
{
    log_daemon_start(scratch_path("log"));
    system_log_line(&system_log, LOG_LEVEL_INFO, "first");
    ck_assert_uint_eq(lines_with("first"), 1);
    log_daemon_start(scratch_path("log"));
    system_log_line(&system_log, LOG_LEVEL_INFO, "second");
    ck_assert_uint_eq(lines_with("second"), 1);
    log_daemon_stop();
    system_log_line(&system_log, LOG_LEVEL_INFO, "third");
    ck_assert_uint_eq(metrics.log_lost, 1);
}
END_TEST

static const struct {
    enum scram_status status;
    enum metrics_outcome outcome;
} outcomes[] = {
    {SCRAM_OK, METRICS_ESTABLISHED},
    {SCRAM_BAD_PROOF, METRICS_WRONG},
    {SCRAM_BAD_ENCODING, METRICS_MALFORMED},
    {SCRAM_BAD_USERNAME, METRICS_MALFORMED},
    {SCRAM_BAD_BINDINGS, METRICS_BINDINGS},
    {SCRAM_TOO_LATE, METRICS_LATE},
    {SCRAM_BROKER_ANEW, METRICS_UNKNOWN},
    {SCRAM_THROTTLED, METRICS_THROTTLED},
    {SCRAM_STORE_FAILED, METRICS_FAILED},
    {SCRAM_NO_RESOURCES, METRICS_FAILED},
};

START_TEST(each_status_counts_as_what_it_is)
{
    ck_assert_int_eq(metrics_outcome_of(outcomes[_i].status),
                     outcomes[_i].outcome);
}
END_TEST

static char *
written(void)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    metrics_write(&metrics, stream);
    fclose(stream);
    return text;
}

START_TEST(the_metrics_are_open_metrics)
{
    char *text;

    metrics_login(&metrics, 33, METRICS_ESTABLISHED);
    metrics_login(&metrics, 33, METRICS_ESTABLISHED);
    metrics_login(&metrics, 34, METRICS_WRONG);
    metrics.sockets.connections = 5;
    text = written();
    ck_assert_ptr_nonnull(strstr(
        text,
        "gss_scram_logins_total{uid=\"33\",outcome=\"established\"} 2\n"
        "gss_scram_logins_total{uid=\"34\",outcome=\"wrong_proof\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(text, "# TYPE gss_scram_connections gauge\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ngss_scram_connections 5\n"));
    ck_assert_str_eq(text + strlen(text) - 6, "# EOF\n");
    free(text);
}
END_TEST

START_TEST(accounts_beyond_a_number_are_counted_together)
{
    char *text;
    uid_t uid;

    for (uid = 0; uid < METRICS_ACCOUNTS + 10; uid++)
        metrics_login(&metrics, uid, METRICS_ESTABLISHED);
    text = written();
    ck_assert_ptr_nonnull(
        strstr(text, "{uid=\"others\",outcome=\"established\"} 10\n"));
    free(text);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_login_is_one_line);
    tcase_add_test(tests, a_flood_is_summed_up_and_hides_no_others);
    tcase_add_test(tests, a_sum_is_not_lost_to_another_account);
    tcase_add_test(tests, a_refused_server_has_a_line_each_minute);
    tcase_add_test(tests, nobody_waits_for_the_log);
    tcase_add_test(tests, a_log_that_is_started_anew_is_found);
    tcase_add_loop_test(tests, each_status_counts_as_what_it_is, 0,
                        COUNT(outcomes));
    tcase_add_test(tests, the_metrics_are_open_metrics);
    tcase_add_test(tests, accounts_beyond_a_number_are_counted_together);
}

int
main(void)
{
    return unit_run("audit", add, 30);
}
