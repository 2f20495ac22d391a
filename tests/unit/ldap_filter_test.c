#include "directory/filter.h"

#include "unit.h"

static const struct {
    const char *template;
    struct slice user;
    const char *filter;
} filters[] = {
#define USER(s)                                                                \
    {                                                                          \
        (const uint8_t *)("" s), sizeof(s) - 1                                 \
    }
    {"(uid=%u)", USER("alice"), "(uid=alice)"},
    {"(uid=%u)", USER("*"), "(uid=\\2a)"},
    {"(uid=%u)", USER("a)(uid=*"), "(uid=a\\29\\28uid=\\2a)"},
    {"(uid=%u)", USER("\\61lice"), "(uid=\\5c61lice)"},
    {"(uid=%u)", USER("a\0b"), "(uid=a\\00b)"},
    {"(uid=%u)", USER("%u"), "(uid=%u)"},
    {"(uid=%u)", USER("o,e=x#\"+\xc3\xbc"), "(uid=o,e=x#\"+\xc3\xbc)"},
    {"(&(a=%%u)(uid=%u))", USER("alice"), "(&(a=%u)(uid=alice))"},
    {"(|(uid=%u)(mail=%u))", USER("al(e"), "(|(uid=al\\28e)(mail=al\\28e))"},
    {"(|(uid=%u)(mail=%u))", USER(""), "(|(uid=*)(mail=*))"},
};

START_TEST(the_user_is_escaped_and_stays_a_value)
{
    uint8_t space[256];
    struct buffer filter = BUFFER_ARRAY(space);
    struct ldap_filter_names names;

    ck_assert_int_eq(ldap_filter_check(filters[_i].template, &names, NULL),
                     SCRAM_OK);
    ldap_filter_write(filters[_i].template, filters[_i].user, &filter);
    ck_assert(!filter.overflow);
    ck_assert(slice_equal(buffer_slice(&filter), slice_of(filters[_i].filter)));
}
END_TEST

START_TEST(what_names_a_user_is_what_is_compared_with_them)
{
    struct ldap_filter_names names;

    ck_assert_int_eq(
        ldap_filter_check("(&(x=y)(|(uid=%u)(mail.x-1=%u)))", &names, NULL),
        SCRAM_OK);
    ck_assert_uint_eq(names.count, 2);
    ck_assert_str_eq(names.names[0], "uid");
    ck_assert_str_eq(names.names[1], "mail.x-1");
}
END_TEST

static const char *const wrong[] = {
    "",
    "uid=%u",
    "(uid=alice)",
    "(uid=%%u)",
    "(uid=x%u)",
    "(uid=%ux)",
    "(uid=%u",
    "(uid>=%u)",
    "(uid~=%u)",
    "(uid:caseExactMatch:=%u)",
    "(=%u)",
    "%u",
    "(%u)",
    "(uid=%u)(a=%d)",
    "(uid=%u)%",
    "(|(a=%u)(b=%u)(c=%u)(d=%u)(e=%u))",
};

START_TEST(one_that_may_find_somebody_else_is_refused)
{
    struct ldap_filter_names names;
    struct sentence why = {""};

    ck_assert_int_eq(ldap_filter_check(wrong[_i], &names, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "ldap_filter"));
    ck_assert_ptr_nonnull(strstr(why.text, wrong[_i]));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, the_user_is_escaped_and_stays_a_value, 0,
                        COUNT(filters));
    tcase_add_test(tests, what_names_a_user_is_what_is_compared_with_them);
    tcase_add_loop_test(tests, one_that_may_find_somebody_else_is_refused, 0,
                        COUNT(wrong));
}

int
main(void)
{
    return unit_run("ldap_filter", add, 30);
}
