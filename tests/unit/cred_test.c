#include "unit.h"

#include "gss/cred.h"

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
    tcase_add_test(tests, an_acceptor_without_a_name_is_this_host);
}

int
main(void)
{
    return unit_run("cred", add, 30);
}
