#include "store/ldap_ticket.h"

#include <ldap.h>
#include <sasl/sasl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/ldap_clock.h"
#include "unit.h"

/* libsasl, in the place of Cyrus': a ticket takes as long as the host says. A
 * connection is the host's name. */
int __wrap_sasl_client_new(const char *service, const char *host,
                           const char *local, const char *remote,
                           const sasl_callback_t *callbacks, unsigned flags,
                           sasl_conn_t **conn);
int __wrap_sasl_setprop(sasl_conn_t *conn, int number, const void *value);
int __wrap_sasl_client_start(sasl_conn_t *conn, const char *mechanisms,
                             sasl_interact_t **questions, const char **token,
                             unsigned *len, const char **mechanism);
const char *__wrap_sasl_errdetail(sasl_conn_t *conn);
void __wrap_sasl_dispose(sasl_conn_t **conn);

static int ends[2];
static atomic_int begun, ended;

int
__wrap_sasl_client_new(const char *service, const char *host, const char *local,
                       const char *remote, const sasl_callback_t *callbacks,
                       unsigned flags, sasl_conn_t **conn)
{
    (void)local;
    (void)remote;
    (void)callbacks;
    (void)flags;
    ck_assert_str_eq(service, "ldap");
    *conn = (sasl_conn_t *)(uintptr_t)host;
    return SASL_OK;
}

int
__wrap_sasl_setprop(sasl_conn_t *conn, int number, const void *value)
{
    (void)conn;
    (void)number;
    (void)value;
    return SASL_OK;
}

int
__wrap_sasl_client_start(sasl_conn_t *conn, const char *mechanisms,
                         sasl_interact_t **questions, const char **token,
                         unsigned *len, const char **mechanism)
{
    const char *host = (const char *)conn;
    char byte;

    (void)questions;
    (void)token;
    (void)len;
    (void)mechanism;
    ck_assert_str_eq(mechanisms, "GSSAPI");
    begun++;
    if (strcmp(host, "slow.example") == 0)
        (void)!read(ends[0], &byte, 1);
    ended++;
    return strcmp(host, "unknown.example") == 0 ? SASL_FAIL : SASL_CONTINUE;
}

const char *
__wrap_sasl_errdetail(sasl_conn_t *conn)
{
    (void)conn;
    return "not found in Kerberos database";
}

void
__wrap_sasl_dispose(sasl_conn_t **conn)
{
    *conn = NULL;
}

/* Ask for one that does not come in time. */
static int
fetch_slowly(void)
{
    return ldap_ticket_fetch("slow.example", ldap_clock() + 50, NULL);
}

START_TEST(a_ticket_comes)
{
    ck_assert_int_eq(
        ldap_ticket_fetch("quick.example", ldap_clock() + 5000, NULL),
        LDAP_SUCCESS);
    ck_assert_int_eq(begun, 1);
}
END_TEST

START_TEST(what_is_wrong_with_a_ticket_is_said)
{
    struct sentence why;

    ck_assert_int_eq(
        ldap_ticket_fetch("unknown.example", ldap_clock() + 5000, &why),
        LDAP_LOCAL_ERROR);
    ck_assert_str_eq(why.text, "Local error (not found in Kerberos database)");
}
END_TEST

START_TEST(a_kdc_that_hangs_is_not_waited_for)
{
    struct sentence why;
    uint64_t began = ldap_clock();

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(ldap_ticket_fetch("slow.example", began + 50, &why),
                     LDAP_TIMEOUT);
    ck_assert_uint_ge(ldap_clock() - began, 50);
    ck_assert_str_eq(why.text, "no ticket for ldap/slow.example came "
                               "(Timed out)");
    /* another one is nothing to it */
    ck_assert_int_eq(
        ldap_ticket_fetch("quick.example", ldap_clock() + 5000, NULL),
        LDAP_SUCCESS);
}
END_TEST

START_TEST(what_is_under_way_is_not_begun_again)
{
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fetch_slowly(), LDAP_TIMEOUT);
    ck_assert_int_eq(fetch_slowly(), LDAP_TIMEOUT);
    ck_assert_int_eq(begun, 1);
    ck_assert_int_eq((int)write(ends[1], "x", 1), 1);
    ck_assert_int_eq(
        ldap_ticket_fetch("slow.example", ldap_clock() + 5000, NULL),
        LDAP_SUCCESS);
}
END_TEST

START_TEST(a_child_waits_for_no_thread_of_its_parents)
{
    int status;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fetch_slowly(), LDAP_TIMEOUT);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(fetch_slowly() == LDAP_TIMEOUT && begun == 2 && ended == 0 ? 0
                                                                         : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_ticket_comes);
    tcase_add_test(tests, what_is_wrong_with_a_ticket_is_said);
    tcase_add_test(tests, a_kdc_that_hangs_is_not_waited_for);
    tcase_add_test(tests, what_is_under_way_is_not_begun_again);
    tcase_add_test(tests, a_child_waits_for_no_thread_of_its_parents);
}

int
main(void)
{
    return unit_run("ldap_ticket", add, 30);
}
