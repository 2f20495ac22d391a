#include "directory/location.h"

#include "unit.h"

static const struct {
    const char *text;
    struct ldap_server server;
    bool near;
} servers[] = {
    {"ldap://ldap.example.org",
     {LDAP_PLAIN, "ldap://ldap.example.org", "ldap.example.org", "389", ""},
     false},
    {"ldap://10.1.2.3:3890/",
     {LDAP_PLAIN, "ldap://10.1.2.3:3890/", "10.1.2.3", "3890", ""},
     false},
    {"LDAPS://a", {LDAP_OVER_TLS, "LDAPS://a", "a", "636", ""}, false},
    {"ldaps://[2001:db8::1]:1",
     {LDAP_OVER_TLS, "ldaps://[2001:db8::1]:1", "2001:db8::1", "1", ""},
     false},
    {"ldap://127.example.org",
     {LDAP_PLAIN, "ldap://127.example.org", "127.example.org", "389", ""},
     false},
    {"ldap://[::1]", {LDAP_PLAIN, "ldap://[::1]", "::1", "389", ""}, true},
    {"ldap://127.0.0.1",
     {LDAP_PLAIN, "ldap://127.0.0.1", "127.0.0.1", "389", ""},
     true},
    {"ldap://LocalHost:1",
     {LDAP_PLAIN, "ldap://LocalHost:1", "LocalHost", "1", ""},
     true},
    {"ldap://", {LDAP_PLAIN, "ldap://", "", "389", ""}, true},
    {"ldap:///", {LDAP_PLAIN, "ldap:///", "", "389", ""}, true},
    {"ldapi:///",
     {LDAP_LOCAL, "ldapi:///", "", "", "/var/run/slapd/ldapi"},
     true},
    {"ldapi://%2Frun%2fldapi",
     {LDAP_LOCAL, "ldapi://%2Frun%2fldapi", "", "", "/run/ldapi"},
     true},
};

START_TEST(a_server_is_read)
{
    const struct ldap_server *is, *expected = &servers[_i].server;
    struct ldap_location location;
    struct sentence why = {""};

    ck_assert_msg(ldap_location_read(slice_of(servers[_i].text), &location,
                                     &why) == SCRAM_OK,
                  "%s", why.text);
    is = &location.servers[0];
    ck_assert_uint_eq(location.count, 1);
    ck_assert_int_eq(is->scheme, expected->scheme);
    ck_assert_str_eq(is->url, expected->url);
    ck_assert_str_eq(is->host, expected->host);
    ck_assert_str_eq(is->port, expected->port);
    ck_assert_str_eq(is->path, expected->path);
    ck_assert_int_eq(ldap_server_is_near(is), servers[_i].near);
}
END_TEST

START_TEST(servers_stand_in_their_order)
{
    struct ldap_location location;

    ck_assert_int_eq(
        ldap_location_read(SLICE(" ldap://b  ldaps://a:1 ldapi:// "), &location,
                           NULL),
        SCRAM_OK);
    ck_assert_uint_eq(location.count, 3);
    ck_assert_str_eq(location.servers[0].host, "b");
    ck_assert_str_eq(location.servers[1].host, "a");
    ck_assert_int_eq(location.servers[2].scheme, LDAP_LOCAL);
}
END_TEST

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FOUR " ldap://a ldap://a ldap://a ldap://a"

static const char *const wrong[] = {
    "",
    "   ",
    "ldap:a",
    "ldap:/a",
    "http://a",
    "ldap://a b",
    "ldap://a:0",
    "ldap://a:65536",
    "ldap://a:x",
    "ldap://a:",
    "ldap://[::1",
    "ldap://[::1]x",
    "ldap://a/dc=example",
    "ldap://a?uid",
    "ldap://a\xc3\xbc",
    "ldap://a%62",
    "ldap://alice@a",
    "ldapi://run",
    "ldapi://%2",
    "ldapi://%2g",
    "ldapi://%2Fa%00",
    "ldapi://%2F" A64 A64,
    "ldap://" A64 A64 A64 A64,
    FOUR FOUR FOUR FOUR " ldap://a",
};

START_TEST(what_is_no_server_is_refused)
{
    struct ldap_location location;
    struct sentence why = {""};

    ck_assert_int_eq(ldap_location_read(slice_of(wrong[_i]), &location, &why),
                     SCRAM_BAD_LOCATION);
    ck_assert_str_ne(why.text, "");
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_server_is_read, 0, COUNT(servers));
    tcase_add_test(tests, servers_stand_in_their_order);
    tcase_add_loop_test(tests, what_is_no_server_is_refused, 0, COUNT(wrong));
}

int
main(void)
{
    return unit_run("ldap_location", add, 30);
}
