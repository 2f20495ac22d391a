#include "store/file_tally.h"

#include <stdio.h>
#include <string.h>

#include "stores.h"
#include "unit.h"

/* Kinds of users, and how many sixteenths of the decoys are as they are. */
static const struct {
    struct file_tally_kind users[4];
    unsigned sixteenths[4];
} mixes[] = {
    {{{600000, 16, 1}}, {16}},
    {{{4096, 16, 1}, {600000, 16, 5}}, {3, 13}},
    {{{4096, 12, 1}, {4096, 16, 1}}, {8, 8}},
    {{{4096, 16, 1}, {8192, 16, 1}, {16384, 16, 1}}, {6, 5, 5}},
    {{{4096, 16, 1}, {8192, 16, 1}, {16384, 16, 4}}, {3, 3, 10}},
    {{{4096, 16, 1}, {600000, 16, 1000000}}, {0, 16}},
    {{{4096, 16, 32}, {600000, 16, 1000 - 32}}, {1, 15}},
};

START_TEST(decoys_are_as_users_are_in_sixteenths)
{
    struct file_tally tally = {0};
    struct file_tally_kind shares[FILE_TALLY_SHARES];
    unsigned next = 0, i, n;

    for (i = 4; i-- > 0;) /* in whatever order they come */
        for (n = 0; n < mixes[_i].users[i].users; n++)
            ck_assert(file_tally_add(&tally, mixes[_i].users[i].iterations,
                                     mixes[_i].users[i].salt_len));
    file_tally_share(&tally, shares);
    for (i = 0; i < 4; i++)
        for (n = 0; n < mixes[_i].sixteenths[i]; n++, next++) {
            ck_assert_uint_eq(shares[next].iterations,
                              mixes[_i].users[i].iterations);
            ck_assert_uint_eq(shares[next].salt_len,
                              mixes[_i].users[i].salt_len);
        }
    ck_assert_uint_eq(next, FILE_TALLY_SHARES);
    file_tally_clear(&tally);
}
END_TEST

START_TEST(an_empty_store_has_decoys_too)
{
    struct file_tally tally = {0};
    struct file_tally_kind shares[FILE_TALLY_SHARES];
    int i;

    file_tally_share(&tally, shares);
    for (i = 0; i < FILE_TALLY_SHARES; i++) {
        ck_assert_uint_eq(shares[i].iterations, 600000);
        ck_assert_uint_eq(shares[i].salt_len, 16);
    }
}
END_TEST

START_TEST(a_kind_that_nobody_has_any_more_is_left_out)
{
    struct file_tally tally = {0};
    struct file_tally_kind shares[FILE_TALLY_SHARES];
    int i;

    ck_assert(file_tally_add(&tally, 4096, 16));
    ck_assert(file_tally_add(&tally, 4096, 16));
    ck_assert(file_tally_add(&tally, 8192, 16));
    file_tally_remove(&tally, 4096, 16);
    ck_assert_uint_eq(tally.count, 2);
    file_tally_remove(&tally, 4096, 16);
    ck_assert_uint_eq(tally.count, 1);
    file_tally_remove(&tally, 4096, 16);
    file_tally_share(&tally, shares);
    for (i = 0; i < FILE_TALLY_SHARES; i++)
        ck_assert_uint_eq(shares[i].iterations, 8192);
    file_tally_remove(&tally, 8192, 16);
    file_tally_share(&tally, shares);
    ck_assert_uint_eq(shares[0].iterations, 600000);
    file_tally_clear(&tally);
}
END_TEST

START_TEST(any_number_of_kinds_is_counted_or_left_out)
{
    struct file_tally tally = {0};
    struct file_tally_kind shares[FILE_TALLY_SHARES];
    unsigned n;

    for (n = 0; n < 2 * FILE_TALLY_MAX; n++)
        ck_assert(file_tally_add(&tally, 10000 - n, 16));
    ck_assert_uint_eq(tally.count, FILE_TALLY_MAX);
    file_tally_share(&tally, shares);
    ck_assert_uint_ne(shares[15].iterations, 0);
    file_tally_clear(&tally);
}
END_TEST

static void
put_kind(struct store *store, const char *user, uint32_t iterations)
{
    struct scram_verifier v = stores_verifier(user, 0);

    v.iterations = iterations;
    ck_assert_int_eq(store_put(store, slice_of(user), &v, STORE_ADD, NULL),
                     SCRAM_OK);
}

/* Ask for many strangers; how many of them have the count. */
static int
ask(struct store *store, uint32_t iterations)
{
    int i, found = 0;

    for (i = 0; i < 400; i++) {
        struct scram_verifier v;
        char user[32];

        snprintf(user, sizeof(user), "stranger%d", i);
        ck_assert_int_eq(
            store_look_up(store, SCRAM_SHA_256, slice_of(user), &v, NULL),
            SCRAM_NO_USER);
        ck_assert(!v.enabled);
        ck_assert(v.iterations == 4096 || v.iterations == 600000);
        found += v.iterations == iterations;
    }
    return found;
}

START_TEST(a_count_that_one_of_six_users_has_names_nobody)
{
    struct store *store = stores_open("users", STORE_CREATE);
    int few;

    put_kind(store, "a", 600000);
    put_kind(store, "b", 600000);
    put_kind(store, "c", 600000);
    put_kind(store, "d", 600000);
    put_kind(store, "e", 600000);
    ck_assert_int_eq(ask(store, 600000), 400);
    put_kind(store, "f", 4096);
    few = ask(store, 4096); /* three sixteenths: 75 of 400 */
    ck_assert_int_gt(few, 40);
    ck_assert_int_lt(few, 120);
    ck_assert_int_eq(ask(store, 4096), few); /* and always the same */
    store_close(store);
}
END_TEST

/* When what is usual changes, a stranger's salt does as a user's would with a
 * new password; while the count stays, so does the salt. */
START_TEST(a_decoy_s_salt_goes_with_its_count)
{
    struct store *store = stores_open("users", STORE_CREATE);
    struct scram_verifier first, second, third;

    put_kind(store, "a", 600000);
    store_look_up(store, SCRAM_SHA_256, SLICE("stranger"), &first, NULL);
    put_kind(store, "b", 600000);
    store_look_up(store, SCRAM_SHA_256, SLICE("stranger"), &second, NULL);
    ck_assert_mem_eq(first.salt, second.salt, 16);
    store_remove(store, SLICE("a"), NULL);
    store_remove(store, SLICE("b"), NULL);
    put_kind(store, "a", 4096);
    store_look_up(store, SCRAM_SHA_256, SLICE("stranger"), &third, NULL);
    ck_assert_uint_eq(third.iterations, 4096);
    ck_assert_mem_ne(first.salt, third.salt, 16);
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, decoys_are_as_users_are_in_sixteenths, 0,
                        COUNT(mixes));
    tcase_add_test(tests, an_empty_store_has_decoys_too);
    tcase_add_test(tests, a_kind_that_nobody_has_any_more_is_left_out);
    tcase_add_test(tests, any_number_of_kinds_is_counted_or_left_out);
    tcase_add_test(tests, a_count_that_one_of_six_users_has_names_nobody);
    tcase_add_test(tests, a_decoy_s_salt_goes_with_its_count);
}

int
main(void)
{
    return unit_run("file_tally", add, 30);
}
