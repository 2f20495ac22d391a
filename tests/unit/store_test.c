#include "store/store.h"

#include <string.h>

#include "stores.h"
#include "unit.h"

static const char *const no_locations[] = {
    "",
    "users",
    "/var/lib/gss-scram/users",
    "files:/var/lib/gss-scram/users",
    "FILE:/var/lib/gss-scram/users",
    "/var/lib/gss-scram/users",
    ":/var/lib/gss-scram/users",
    "lmd:/var/lib/gss-scram/users",
    "lmdbx:/var/lib/gss-scram/users",
    "LMDB:/var/lib/gss-scram/users",
    "file:",
    "file:users",
    "file:",
    "file:users",
};

START_TEST(what_is_no_location_is_named_and_refused)
{
    struct sentence why = {""};
    struct store *store = NULL;

    ck_assert_int_eq(store_open(no_locations[_i], STORE_CREATE, &store, &why),
                     SCRAM_BAD_LOCATION);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(why.text, no_locations[_i]));
}
END_TEST

START_TEST(a_location_of_an_earlier_version_is_called_that)
{
    struct sentence why = {""};
    struct store *store = NULL;

    ck_assert_int_eq(store_open("lmdb:/var/lib/gss-scram/users.mdb", STORE_READ,
                                &store, &why),
                     SCRAM_BAD_LOCATION);
    ck_assert_ptr_nonnull(strstr(why.text, "earlier version: export"));
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
    char location[8192] = "file:/";
    struct store *store = NULL;

    memset(location + 6, 'x', sizeof(location) - 7);
    ck_assert_int_eq(store_open(location, STORE_CREATE, &store, NULL),
                     SCRAM_BAD_LOCATION);
}
END_TEST

START_TEST(the_scheme_chooses_the_kind)
{
    struct store *store = stores_open("users", STORE_CREATE);

    ck_assert_ptr_eq(store->ops, &store_file);
    store_close(store);
}
END_TEST

START_TEST(closing_no_store_is_nothing)
{
    store_close(NULL);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, what_is_no_location_is_named_and_refused, 0,
                        COUNT(no_locations));
    tcase_add_test(tests, a_location_of_an_earlier_version_is_called_that);
    tcase_add_test(tests, a_path_that_is_too_long_is_refused);
    tcase_add_test(tests, the_scheme_chooses_the_kind);
    tcase_add_test(tests, closing_no_store_is_nothing);
}

int
main(void)
{
    return unit_run("store", add, 10);
}
