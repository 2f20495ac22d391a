#include "store/store.h"

#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "stores.h"
#include "unit.h"
#include "verify/verify.h"

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

    ck_assert_int_eq(
        store_open(STORES_KINDS, no_locations[_i], STORE_CREATE, &store, &why),
        SCRAM_BAD_LOCATION);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(why.text, no_locations[_i]));
}
END_TEST

/* The module's kinds are those of a process of somebody else's. */
static const char *const brokers[] = {
    "lmdb:/var/lib/gss-scramd/users.mdb",
    "ldap://ldap.example.org",
    "ldaps://ldap.example.org",
    "ldapi:///",
};

START_TEST(what_gss_scramd_opens_is_refused_with_what_to_do)
{
    struct sentence why = {""};
    struct store *store = NULL;

    ck_assert_int_eq(
        store_open(verify_kinds, brokers[_i], STORE_READ, &store, &why),
        SCRAM_BAD_LOCATION);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(why.text, brokers[_i]));
    ck_assert_ptr_nonnull(strstr(why.text, "Start gss-scramd.socket"));
    ck_assert_ptr_nonnull(
        strstr(why.text, "broker = " CONFIG_INSTALLED_BROKER));
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
    char location[8192] = "file:/";
    struct store *store = NULL;

    memset(location + 6, 'x', sizeof(location) - 7);
    ck_assert_int_eq(
        store_open(STORES_KINDS, location, STORE_CREATE, &store, NULL),
        SCRAM_BAD_LOCATION);
}
END_TEST

START_TEST(the_scheme_chooses_the_kind)
{
    struct store *store = stores_open("users", STORE_CREATE);

    ck_assert_ptr_eq(store->ops, &store_file_writer);
    store_close(store);
}
END_TEST

START_TEST(a_kind_that_the_program_has_not_opens_nothing)
{
    struct sentence why = {""};
    struct store *store = NULL;

    store_close(stores_open("users", STORE_CREATE));
    ck_assert_int_eq(store_open(STORE_KINDS(NULL), stores_location("users"),
                                STORE_READ, &store, &why),
                     SCRAM_BAD_LOCATION);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(why.text, stores_location("users")));
}
END_TEST

static const enum store_mode changing[] = {STORE_WRITE, STORE_CREATE};

START_TEST(a_program_that_has_only_the_reader_says_that_it_changes_nothing)
{
    struct sentence why = {""};
    struct store *store = NULL;
    unsigned version;

    ck_assert_int_eq(store_open(STORE_KINDS(&store_file_reader),
                                stores_location("users"), changing[_i], &store,
                                &why),
                     SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(why.text, stores_location("users")));
    ck_assert_ptr_nonnull(strstr(why.text, "cannot change it"));
    ck_assert_int_ne(access(stores_path("users"), F_OK), 0);

    store = stores_open("users", STORE_CREATE);
    stores_add(store, "alice", 2);
    store_close(store);
    ck_assert_int_eq(store_open(STORE_KINDS(&store_file_reader),
                                stores_location("users"), STORE_READ, &store,
                                &why),
                     SCRAM_OK);
    ck_assert_int_eq(stores_look_up(store, "alice", &version), SCRAM_OK);
    ck_assert_uint_eq(version, 2);
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
    tcase_add_loop_test(tests, what_gss_scramd_opens_is_refused_with_what_to_do,
                        0, COUNT(brokers));
    tcase_add_test(tests, a_path_that_is_too_long_is_refused);
    tcase_add_test(tests, the_scheme_chooses_the_kind);
    tcase_add_test(tests, a_kind_that_the_program_has_not_opens_nothing);
    tcase_add_loop_test(
        tests, a_program_that_has_only_the_reader_says_that_it_changes_nothing,
        0, COUNT(changing));
    tcase_add_test(tests, closing_no_store_is_nothing);
}

int
main(void)
{
    return unit_run("store", add, 10);
}
