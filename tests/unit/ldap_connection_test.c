#include "directory/connection.h"

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

static void
add(TCase *tests)
{
    tcase_add_test(tests, an_answer_is_waited_for);
}

int
main(void)
{
    return unit_run("ldap_connection", add, 30);
}
