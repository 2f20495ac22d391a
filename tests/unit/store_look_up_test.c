/*
 * What a store does for its callers, in one process.
 */
#include <stdio.h>
#include <string.h>

#include "stores.h"
#include "unit.h"

#define NAME "users"

static struct store *store;

static void
open_store(void)
{
    store = stores_open(NAME, STORE_CREATE);
}

static void
close_store(void)
{
    store_close(store);
}

static enum scram_status
put(const char *user, const struct scram_verifier *v, enum store_put how)
{
    return store_put(store, slice_of(user), v, how, NULL);
}

static const char *const users[] = {
    "a", "alice", "a,b=c", "Jörg Müller", " ", "0123456789abcdef",
};

START_TEST(what_was_put_is_found_for_its_mechanism)
{
    const char *user = users[_i];
    struct scram_verifier sha256 = stores_verifier(user, 1);
    struct scram_verifier sha1 = stores_sha1_verifier(user), found;

    ck_assert_int_eq(put(user, &sha256, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_1, slice_of(user), &found, NULL),
        SCRAM_NO_USER);
    ck_assert_int_eq(put(user, &sha1, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, slice_of(user), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &sha256);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_1, slice_of(user), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &sha1);
}
END_TEST

START_TEST(the_longest_user_with_the_longest_salt_is_found)
{
    char user[SCRAM_USER_MAX + 1] = "";
    struct scram_verifier v, found;

    memset(user, 'u', SCRAM_USER_MAX);
    v = stores_verifier(user, 0);
    v.salt_len = SCRAM_SALT_MAX;
    v.iterations = INT32_MAX;
    ck_assert_int_eq(put(user, &v, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, slice_of(user), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &v);
}
END_TEST

START_TEST(what_was_put_is_there_when_it_is_opened_again)
{
    struct scram_verifier v, found;
    static const uint8_t salt[SCRAM_SALT_LEN] = "pepper";

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("pencil"),
                                           SLICE_ARRAY(salt), 4096, &v),
                     SCRAM_OK);
    ck_assert_int_eq(put("alice", &v, STORE_ADD), SCRAM_OK);
    store_close(store);
    store = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &v);
}
END_TEST

START_TEST(keys_alone_are_those_of_the_verifier_or_nobodys)
{
    struct scram_verifier v = stores_verifier("alice", 2), found;
    static const struct secret_key zero;

    ck_assert_int_eq(put("alice", &v, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up_keys(store, SCRAM_SHA_256, SLICE("alice"), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &v);
    memset(&found, 0xff, sizeof(found));
    ck_assert_int_eq(
        store_look_up_keys(store, SCRAM_SHA_1, SLICE("alice"), &found, NULL),
        SCRAM_NO_USER);
    ck_assert(!found.enabled);
    ck_assert_int_eq(found.mechanism, SCRAM_SHA_1);
    ck_assert_mem_eq(&found.stored_key, &zero, sizeof(zero));
    ck_assert_mem_eq(&found.server_key, &zero, sizeof(zero));
    ck_assert_int_eq(
        store_look_up_keys(store, SCRAM_SHA_256, SLICE(""), &found, NULL),
        SCRAM_BAD_ARGUMENT);
}
END_TEST

START_TEST(what_is_no_user_or_no_verifier_is_refused)
{
    struct scram_verifier v = stores_verifier("alice", 1), found;
    uint8_t long_name[SCRAM_USER_MAX + 1] = {0};
    struct slice bad[] = {SLICE(""), SLICE("a\0b"), SLICE_ARRAY(long_name)};
    struct sentence why;
    int i;

    memset(long_name, 'x', sizeof(long_name));
    for (i = 0; i < COUNT(bad); i++) {
        why.text[0] = '\0';
        ck_assert_int_eq(store_put(store, bad[i], &v, STORE_ADD, &why),
                         SCRAM_BAD_ARGUMENT);
        ck_assert_str_ne(why.text, "");
        ck_assert_int_eq(store_remove(store, bad[i], &why), SCRAM_BAD_ARGUMENT);
        ck_assert_int_eq(
            store_look_up(store, SCRAM_SHA_256, bad[i], &found, &why),
            SCRAM_BAD_ARGUMENT);
    }
    /* SASLprep takes the soft hyphen away. */
    ck_assert_int_eq(
        store_put(store, SLICE("al\302\255ice"), &v, STORE_ADD, &why),
        SCRAM_BAD_ARGUMENT);
    v.salt_len = 0;
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_ADD, &why),
                     SCRAM_BAD_ARGUMENT);
}
END_TEST

START_TEST(a_store_opened_for_reading_is_not_written)
{
    struct scram_verifier v = stores_verifier("alice", 1);
    struct store *reader = stores_open(NAME, STORE_READ);
    struct sentence why = {""};

    ck_assert_int_eq(store_put(reader, SLICE("alice"), &v, STORE_ADD, &why),
                     SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    ck_assert_int_eq(store_remove(reader, SLICE("alice"), &why),
                     SCRAM_STORE_FORBIDDEN);
    store_close(reader);
}
END_TEST

struct visits {
    const char *users[8];
    enum scram_mechanism mechanisms[8];
    int visited;
    int stop_at;
};

static enum scram_status
visit(void *data, struct slice user, const struct scram_verifier *v)
{
    struct visits *expected = data;
    int i = expected->visited++;

    if (i == expected->stop_at)
        return SCRAM_SERVER_ERROR; /* one that iterating itself has not */
    ck_assert_ptr_nonnull(expected->users[i]);
    ck_assert(slice_equal(user, slice_of(expected->users[i])));
    ck_assert_int_eq(v->mechanism, expected->mechanisms[i]);
    ck_assert_mem_eq(v->salt, stores_verifier(expected->users[i], 0).salt,
                     SCRAM_SALT_LEN);
    return SCRAM_OK;
}

static void
add_out_of_order(void)
{
    struct scram_verifier sha1 = stores_sha1_verifier("b");

    stores_add(store, "é", 0);
    stores_add(store, "ba", 0);
    ck_assert_int_eq(put("b", &sha1, STORE_ADD), SCRAM_OK);
    stores_add(store, "b", 0);
    stores_add(store, "B", 0);
    stores_add(store, "b!", 0);
}

START_TEST(all_are_visited_by_user_and_then_by_mechanism)
{
    struct visits expected = {
        .users = {"B", "b", "b", "b!", "ba", "é"},
        .stop_at = -1,
    };

    expected.mechanisms[1] = SCRAM_SHA_1;
    ck_assert_int_eq(store_iterate(store, visit, &expected, NULL), SCRAM_OK);
    ck_assert_int_eq(expected.visited, 0);
    add_out_of_order();
    expected.visited = 0;
    ck_assert_int_eq(store_iterate(store, visit, &expected, NULL), SCRAM_OK);
    ck_assert_int_eq(expected.visited, 6);
}
END_TEST

START_TEST(a_visitor_ends_the_visit_with_its_own_status)
{
    struct visits expected = {
        .users = {"B", "b", "b"},
        .stop_at = 3,
    };

    expected.mechanisms[1] = SCRAM_SHA_1;
    add_out_of_order();
    ck_assert_int_eq(store_iterate(store, visit, &expected, NULL),
                     SCRAM_SERVER_ERROR);
    ck_assert_int_eq(expected.visited, 4);
    stores_add(store, "after", 0);
}
END_TEST

static struct scram_verifier
decoy(enum scram_mechanism mechanism, const char *user)
{
    struct scram_verifier v;

    memset(&v, 0xaa, sizeof(v));
    ck_assert_int_eq(store_look_up(store, mechanism, slice_of(user), &v, NULL),
                     SCRAM_NO_USER);
    ck_assert_int_eq(v.mechanism, mechanism);
    ck_assert(!v.enabled);
    return v;
}

START_TEST(an_unknown_user_has_the_same_decoy_every_time)
{
    struct scram_verifier first = decoy(SCRAM_SHA_256, "mallory"), second;

    second = decoy(SCRAM_SHA_256, "mallory");
    stores_check_equal(&first, &second);
    stores_add(store, "mallory", 1);
    ck_assert_int_eq(store_remove(store, SLICE("mallory"), NULL), SCRAM_OK);
    store_close(store);
    store = stores_open(NAME, STORE_READ);
    second = decoy(SCRAM_SHA_256, "mallory");
    stores_check_equal(&first, &second);
}
END_TEST

START_TEST(decoys_differ_by_user_by_mechanism_and_by_store)
{
    struct scram_verifier mallory = decoy(SCRAM_SHA_256, "mallory");
    struct scram_verifier eve = decoy(SCRAM_SHA_256, "eve");
    struct scram_verifier sha1 = decoy(SCRAM_SHA_1, "mallory"), other;

    ck_assert_mem_ne(mallory.salt, eve.salt, SCRAM_SALT_LEN);
    ck_assert_mem_ne(mallory.salt, sha1.salt, SCRAM_SALT_LEN);
    store_close(store);
    store = stores_open("other", STORE_CREATE);
    other = decoy(SCRAM_SHA_256, "mallory");
    ck_assert_mem_ne(mallory.salt, other.salt, SCRAM_SALT_LEN);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, open_store, close_store);
    tcase_add_loop_test(tests, what_was_put_is_found_for_its_mechanism, 0,
                        COUNT(users));
    tcase_add_test(tests, the_longest_user_with_the_longest_salt_is_found);
    tcase_add_test(tests, what_was_put_is_there_when_it_is_opened_again);
    tcase_add_test(tests, keys_alone_are_those_of_the_verifier_or_nobodys);
    tcase_add_test(tests, what_is_no_user_or_no_verifier_is_refused);
    tcase_add_test(tests, a_store_opened_for_reading_is_not_written);
    tcase_add_test(tests, all_are_visited_by_user_and_then_by_mechanism);
    tcase_add_test(tests, a_visitor_ends_the_visit_with_its_own_status);
    tcase_add_test(tests, an_unknown_user_has_the_same_decoy_every_time);
    tcase_add_test(tests, decoys_differ_by_user_by_mechanism_and_by_store);
}

int
main(void)
{
    return unit_run("store_look_up", add, 20);
}
