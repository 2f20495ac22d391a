#include "directory/connection.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "directory/clock.h"
#include "listener.h"
#include "unit.h"

#define WAIT 5000 /* milliseconds */

static struct listener listener;

static void
connect_to(enum listener_kind kind, struct ldap_connection *c)
{
    struct ldap_location location;
    struct config_ldap config;
    struct sentence why = {""};

    listener_start(&listener, kind);
    config_ldap_init(&config);
    ck_assert_int_eq(
        ldap_location_read(slice_of(listener.url), &location, NULL), SCRAM_OK);
    ck_assert_msg(ldap_connection_open(c, location.servers, &config,
                                       ldap_clock() + WAIT, &why),
                  "%s", why.text);
}

static int
ask(struct ldap_connection *c)
{
    int id;

    ck_assert_int_eq(ldap_search_ext(c->ld, "", LDAP_SCOPE_BASE, "(uid=alice)",
                                     NULL, 0, NULL, NULL, NULL, 0, &id),
                     LDAP_SUCCESS);
    return id;
}

START_TEST(an_answer_is_waited_for)
{
    struct ldap_connection c = {0};
    LDAPMessage *result;
    int rc = LDAP_OTHER;

    connect_to(LISTENER_EMPTY, &c);
    ck_assert_int_eq(ldap_connection_wait(&c, ask(&c), &result, &rc),
                     LDAP_RES_SEARCH_RESULT);
    ldap_msgfree(result);
    ck_assert_int_eq(ldap_connection_finish(&c, ask(&c)), LDAP_SUCCESS);
    ldap_connection_close(&c);
    ck_assert_ptr_null(c.ld);
}
END_TEST

/* libldap waits in poll(2), not for the rest of a record in recv(2). */
START_TEST(a_socket_does_not_block)
{
    struct ldap_connection c = {0};
    int fd = -1;

    connect_to(LISTENER_EMPTY, &c);
    ck_assert_int_eq(ldap_get_option(c.ld, LDAP_OPT_DESC, &fd), 0);
    ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ldap_connection_close(&c);
}
END_TEST

START_TEST(what_comes_past_the_deadline_is_not_read)
{
    struct ldap_connection c = {0};
    struct timeval patience = {WAIT / 1000, 0};
    LDAPMessage *result = NULL;
    int id;

    connect_to(LISTENER_EMPTY, &c);
    id = ask(&c);
    ldap_connection_until(&c, ldap_clock());
    ck_assert_int_eq(ldap_connection_limit(&c), LDAP_TIMEOUT);
    ck_assert(c.late);
    c.late = false;
    ck_assert_int_eq(ldap_result(c.ld, id, LDAP_MSG_ONE, &patience, &result),
                     -1);
    ck_assert(c.late);
    ldap_connection_close(&c);
}
END_TEST

/* Without a password a bind would be one of nobody's, which servers allow. */
START_TEST(who_cannot_read_the_password_does_not_bind)
{
    struct ldap_connection c = {0};
    struct ldap_location location;
    struct config_ldap config;
    struct sentence why = {""};

    listener_start(&listener, LISTENER_EMPTY);
    config_ldap_init(&config);
    strcpy(config.bind_dn, "cn=reader");
    strcpy(config.bind_password_file, "/nonexistent/password");
    ck_assert_int_eq(
        ldap_location_read(slice_of(listener.url), &location, NULL), SCRAM_OK);
    ck_assert(!ldap_connection_open(&c, location.servers, &config,
                                    ldap_clock() + WAIT, &why));
    ck_assert_msg(strstr(why.text, config.bind_password_file) != NULL, "%s",
                  why.text);
    ck_assert_ptr_null(c.ld);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_socket_does_not_block);
    tcase_add_test(tests, what_comes_past_the_deadline_is_not_read);
    tcase_add_test(tests, who_cannot_read_the_password_does_not_bind);
    tcase_add_test(tests, an_answer_is_waited_for);
}

int
main(void)
{
    return unit_run("ldap_connection", add, 30);
}
