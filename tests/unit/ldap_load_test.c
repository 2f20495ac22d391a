#include "store/ldap_load.h"

#include <string.h>

#include "fake_directory.h"
#include "unit.h"

START_TEST(a_missing_module_is_a_sentence_with_the_file_and_the_package)
{
    const struct ldap_client_ops *ops = NULL;
    struct sentence why = {""};

    fake.no_module = true;
    ck_assert_int_eq(ldap_load(&ops, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_null(ops);
    ck_assert_ptr_nonnull(strstr(why.text, "/gss_scram_ldap.so"));
    ck_assert_ptr_nonnull(strstr(why.text, "package gss-scram-ldap"));
}
END_TEST

START_TEST(a_module_of_another_version_is_not_used)
{
    const struct ldap_client_ops *ops = NULL;
    struct sentence why = {""};

    fake.version = LDAP_CLIENT_VERSION + 1;
    ck_assert_int_eq(ldap_load(&ops, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_null(ops);
    ck_assert_ptr_nonnull(strstr(why.text, "another version"));
}
END_TEST

START_TEST(one_of_ours_is)
{
    const struct ldap_client_ops *ops = NULL;

    ck_assert_int_eq(ldap_load(&ops, NULL), SCRAM_OK);
    ck_assert_ptr_nonnull(ops);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(
        tests, a_missing_module_is_a_sentence_with_the_file_and_the_package);
    tcase_add_test(tests, a_module_of_another_version_is_not_used);
    tcase_add_test(tests, one_of_ours_is);
}

int
main(void)
{
    return unit_run("ldap_load", add, 30);
}
