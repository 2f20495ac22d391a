#include "directory/group.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define BASE "ou=groups,dc=example"

static const struct {
    const char *base, *value, *groups; /* NULL: it is none */
} values[] = {
    {"", "web", "web"},
    {"", "Domain Users", "Domain Users"},
    {"", "cn=web", "cn=web"},
    {"", "b\xc3\xbcro", "b\xc3\xbcro"},
    {"", "", NULL},
    {"", "a,b", NULL},
    {"", " web", NULL},
    {"", "web ", NULL},
    {"", "we\tb", NULL},
    {"", "b\xfcro", NULL},
    /* below the base */
    {BASE, "cn=web,ou=groups,dc=example", "web"},
    {BASE, "CN=Web,OU=Groups,DC=EXAMPLE", "Web"},
    {BASE, "cn=web , ou=groups , dc=example", "web"},
    {BASE, "cn=Domain Users,ou=groups,dc=example", "Domain Users"},
    {BASE, "cn=b\\C3\\BCro,ou=groups,dc=example", "b\xc3\xbcro"},
    {BASE, "cn=b\xc3\xbcro,ou=groups,dc=example", "b\xc3\xbcro"},
    {BASE, "cn=a\\+b\\\\,ou=groups,dc=example", "a+b\\"},
    {BASE, "0.9.2342.19200300.100.1.1=web,ou=groups,dc=example", "web"},
    {"ou=groups\\, all,dc=example", "cn=web,ou=groups\\2C all,dc=example",
     "web"},
    {"ou=groups+l=here,dc=example", "cn=web,L=here+ou=groups,dc=example",
     "web"},
    {"dc=example", "cn=web,dc=example", "web"},
    /* elsewhere */
    {BASE, "cn=web,ou=others,dc=example", ""},
    {BASE, "cn=web,cn=groups,dc=example", ""},
    {BASE, "cn=web,ou=group,dc=example", ""},
    {BASE, "cn=web,ou=groups,dc=example,dc=org", ""},
    {BASE, "cn=web,ou=sub,ou=groups,dc=example", ""},
    {BASE, "cn=web,dc=example", ""},
    {BASE, BASE, ""},
    {BASE, "cn=a\\,b,ou=others,dc=example", ""},
    {BASE, "cn=a+ou=b,ou=others,dc=example", ""},
    {BASE, "cn=web,ou=groups+l=here,dc=example", ""},
    {"ou=groups+l=here,dc=example", "cn=web,ou=groups,dc=example", ""},
    {"ou=groups+l=here,dc=example", "cn=web,ou=groups+ou=groups,dc=example",
     ""},
    /* no DN, or no name */
    {BASE, "", NULL},
    {BASE, "web", NULL},
    {BASE, ",", NULL},
    {BASE, "cn=web,", NULL},
    {BASE, "cn=web,ou=groups,dc", NULL},
    {BASE, "cn=a\\,b,ou=groups,dc=example", NULL},
    {BASE, "cn=\\20web,ou=groups,dc=example", NULL},
    {BASE, "cn=we\\00b,ou=groups,dc=example", NULL},
    {BASE, "cn=we\\0Ab,ou=groups,dc=example", NULL},
    {BASE, "cn=b\\FCro,ou=groups,dc=example", NULL},
    {BASE, "cn=,ou=groups,dc=example", NULL},
    {BASE, "cn=#0403776562,ou=groups,dc=example", NULL},
    {BASE, "cn=#776562,ou=groups,dc=example", NULL},
    {BASE, "cn=web+ou=a,ou=groups,dc=example", NULL},
};

/* Add a value, read as if it were cut out of something longer. */
static bool
add_value(const struct ldap_group_base *base, const char *value, size_t len,
          struct groups *groups)
{
    uint8_t *copy = malloc(len + 1);
    bool good;

    memcpy(copy, value, len);
    copy[len] = '9';
    good = ldap_group_add(base, (struct slice){copy, len}, groups);
    free(copy);
    return good;
}

START_TEST(a_value_is_a_group_or_elsewhere_or_none)
{
    struct ldap_group_base *base;
    struct groups groups = {.len = 0};
    const char *value = values[_i].value, *is = values[_i].groups;

    ck_assert_int_eq(ldap_group_base_new(values[_i].base, &base, NULL),
                     SCRAM_OK);
    ck_assert((base == NULL) == (values[_i].base[0] == '\0'));
    ck_assert(add_value(base, value, strlen(value), &groups) == (is != NULL));
    ck_assert_uint_eq(groups.len, is == NULL ? 0 : strlen(is));
    if (is != NULL)
        ck_assert_mem_eq(groups.text, is, groups.len);
    ldap_group_base_free(base);
}
END_TEST

/* 33 groups, one of them twice, and a name that is too long. */
START_TEST(there_are_as_many_as_a_user_may_be_in)
{
    static const char one_more[] = "cn=one more," BASE;
    struct groups groups = {.len = 0}, before;
    struct ldap_group_base *base;
    char dn[256];
    int i;

    ck_assert_int_eq(ldap_group_base_new(BASE, &base, NULL), SCRAM_OK);
    for (i = 0; i < GROUPS_MAX; i++) {
        snprintf(dn, sizeof(dn), "cn=%d," BASE, i);
        ck_assert(add_value(base, dn, strlen(dn), &groups));
        before = groups;
        ck_assert(!add_value(base, dn, strlen(dn), &groups));
        snprintf(dn, sizeof(dn), "cn=%0*d," BASE, GROUPS_NAME_MAX + 1, i);
        ck_assert(!add_value(base, dn, strlen(dn), &groups));
        ck_assert_mem_eq(&groups, &before, sizeof(groups));
    }
    ck_assert(!add_value(base, one_more, strlen(one_more), &groups));
    ck_assert(add_value(base, "cn=elsewhere", 12, &groups));
    ck_assert_mem_eq(&groups, &before, sizeof(groups));
    ldap_group_base_free(base);
}
END_TEST

START_TEST(no_more_is_read_than_there_is_or_may_be)
{
    static const char nul[] = "cn=web,ou=others\0,ou=groups,dc=example";
    char text[LDAP_GROUP_DN_MAX + 2];
    struct groups groups = {.len = 0};
    struct ldap_group_base *base;

    ck_assert_int_eq(ldap_group_base_new(BASE, &base, NULL), SCRAM_OK);
    ck_assert(!add_value(base, nul, sizeof(nul) - 1, &groups));
    memset(text, 'x', sizeof(text));
    memcpy(text, "cn=", 3);
    ck_assert(add_value(base, text, LDAP_GROUP_DN_MAX, &groups));
    ck_assert(!add_value(base, text, LDAP_GROUP_DN_MAX + 1, &groups));
    ck_assert_uint_eq(groups.len, 0);
    ldap_group_base_free(base);
}
END_TEST

START_TEST(a_base_is_a_dn)
{
    struct ldap_group_base *base;
    struct sentence why = {""};

    ck_assert_int_eq(ldap_group_base_new("groups", &base, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_str_eq(why.text,
                     "ldap_groups_base is \"groups\", which is no DN");
    ldap_group_base_free(NULL);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_value_is_a_group_or_elsewhere_or_none, 0,
                        COUNT(values));
    tcase_add_test(tests, there_are_as_many_as_a_user_may_be_in);
    tcase_add_test(tests, no_more_is_read_than_there_is_or_may_be);
    tcase_add_test(tests, a_base_is_a_dn);
}

int
main(void)
{
    return unit_run("ldap_group", add, 30);
}
