#include "unit.h"

#include "gss/cred.h"

START_TEST(keys_are_those_of_the_credentials_password)
{
    struct cred *cred = cred_new(GSS_C_INITIATE);
    struct scram_keys keys = {0}, wanted = {0};

    ck_assert(secret_copy(&cred->password, SLICE("wonderland")));
    ck_assert_int_eq(
        cred_find_keys(cred, SCRAM_SHA_256, SLICE("salt"), 4096, &keys),
        SCRAM_OK);
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256, SLICE("wonderland"),
                                       SLICE("salt"), 4096, &wanted),
                     SCRAM_OK);
    ck_assert_mem_eq(&keys, &wanted, sizeof(keys));
    cred_release(cred);
}
END_TEST

START_TEST(a_credential_with_a_password_is_the_same_towards_any_target)
{
    struct cred *cred = cred_new(GSS_C_INITIATE), *login;
    OM_uint32 minor;

    ck_assert_uint_eq(cred_for_target(&minor, cred, NULL, &login),
                      GSS_S_COMPLETE);
    ck_assert_ptr_eq(login, cred);
    cred_release(cred);
    cred_release(login);
}
END_TEST

START_TEST(an_acceptor_without_a_name_is_this_host)
{
    struct name *name = cred_acceptor_name(NULL, SCRAM_SHA_256), *copy;

    ck_assert_int_eq(name->kind, NAME_SERVICE);
    ck_assert(slice_starts_with(name_slice(name), SLICE("host@")));
    copy = cred_acceptor_name(name, SCRAM_SHA_256);
    ck_assert_str_eq(copy->text, name->text);
    name_free(copy);
    name_free(name);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, keys_are_those_of_the_credentials_password);
    tcase_add_test(tests,
                   a_credential_with_a_password_is_the_same_towards_any_target);
    tcase_add_test(tests, an_acceptor_without_a_name_is_this_host);
}

int
main(void)
{
    return unit_run("cred", add, 30);
}
