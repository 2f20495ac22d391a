#include "store/lmdb_meta.h"

#include "stores.h"
#include "unit.h"

static MDB_env *env;
static MDB_txn *txn;
static MDB_dbi meta;

static void
open_meta(void)
{
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, LMDB_DATABASES), 0);
    ck_assert_int_eq(
        mdb_env_open(env, stores_path("meta.mdb"), MDB_NOSUBDIR, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, LMDB_META, MDB_CREATE, &meta), 0);
    ck_assert_int_eq(lmdb_meta_init(txn, meta), 0);
}

static void
close_meta(void)
{
    mdb_txn_abort(txn);
    mdb_env_close(env);
}

static void
count(enum scram_mechanism mechanism, uint32_t iterations, uint8_t salt_len,
      int change)
{
    struct scram_verifier v = {
        .mechanism = mechanism, .iterations = iterations, .salt_len = salt_len};

    ck_assert_int_eq(lmdb_meta_count(txn, meta, &v, change), 0);
}

static void
check_usual(enum scram_mechanism mechanism, uint32_t iterations,
            uint8_t salt_len)
{
    struct lmdb_usual usual;

    ck_assert_int_eq(lmdb_meta_usual(txn, meta, mechanism, &usual), 0);
    ck_assert_uint_eq(usual.iterations, iterations);
    ck_assert_uint_eq(usual.salt_len, salt_len);
}

START_TEST(in_an_empty_store_what_a_new_verifier_gets_is_usual)
{
    check_usual(SCRAM_SHA_256, scram_default_iterations(SCRAM_SHA_256),
                SCRAM_SALT_LEN);
    check_usual(SCRAM_SHA_1, scram_default_iterations(SCRAM_SHA_1),
                SCRAM_SALT_LEN);
}
END_TEST

START_TEST(what_most_have_is_usual)
{
    count(SCRAM_SHA_256, 4096, 16, 1);
    check_usual(SCRAM_SHA_256, 4096, 16);
    count(SCRAM_SHA_256, 10000, 24, 1);
    count(SCRAM_SHA_256, 10000, 24, 1);
    check_usual(SCRAM_SHA_256, 10000, 24);
    count(SCRAM_SHA_256, 10000, 24, -1);
    count(SCRAM_SHA_256, 10000, 24, -1);
    check_usual(SCRAM_SHA_256, 4096, 16);
    count(SCRAM_SHA_256, 4096, 16, -1);
    check_usual(SCRAM_SHA_256, scram_default_iterations(SCRAM_SHA_256),
                SCRAM_SALT_LEN);
}
END_TEST

START_TEST(each_mechanism_has_its_own_usual)
{
    count(SCRAM_SHA_256, 4096, 16, 1);
    count(SCRAM_SHA_1, 9000, 12, 1);
    check_usual(SCRAM_SHA_256, 4096, 16);
    check_usual(SCRAM_SHA_1, 9000, 12);
}
END_TEST

START_TEST(as_many_of_another_kind_change_nothing)
{
    count(SCRAM_SHA_256, 10000, 16, 1);
    count(SCRAM_SHA_256, 4096, 16, 1); /* sorts before */
    check_usual(SCRAM_SHA_256, 10000, 16);
    count(SCRAM_SHA_256, 20000, 16, 1); /* sorts behind */
    check_usual(SCRAM_SHA_256, 10000, 16);
}
END_TEST

START_TEST(among_as_many_others_the_smallest_becomes_usual)
{
    count(SCRAM_SHA_256, 10000, 16, 1);
    count(SCRAM_SHA_256, 7000, 24, 1);
    count(SCRAM_SHA_256, 7000, 16, 1);
    count(SCRAM_SHA_256, 8000, 16, 1);
    count(SCRAM_SHA_256, 10000, 16, -1);
    check_usual(SCRAM_SHA_256, 7000, 16);
}
END_TEST

START_TEST(what_was_never_counted_can_be_counted_out)
{
    count(SCRAM_SHA_256, 4096, 16, 1);
    count(SCRAM_SHA_256, 5000, 16, -1);
    check_usual(SCRAM_SHA_256, 4096, 16);
}
END_TEST

START_TEST(a_usual_value_that_makes_no_sense_is_an_error)
{
    MDB_val key = {6, (void *)"usual\1"};
    MDB_val values[] = {{4, (void *)"\0\0\20\0"},
                        {5, (void *)"\0\0\0\0\20"},
                        {5, (void *)"\0\0\20\0\0"},
                        {5, (void *)"\0\0\20\0\101"}};
    struct lmdb_usual usual;
    int i;

    for (i = 0; i < COUNT(values); i++) {
        ck_assert_int_eq(mdb_put(txn, meta, &key, &values[i], 0), 0);
        ck_assert_int_eq(lmdb_meta_usual(txn, meta, SCRAM_SHA_256, &usual),
                         MDB_CORRUPTED);
    }
}
END_TEST

START_TEST(a_store_is_made_with_its_format_and_a_secret_of_its_own)
{
    struct secret_key first, second;
    uint32_t format;

    ck_assert_int_eq(lmdb_meta_format(txn, meta, &format), 0);
    ck_assert_uint_eq(format, LMDB_FORMAT);
    ck_assert_int_eq(lmdb_meta_secret(txn, meta, &first), 0);
    ck_assert_int_eq(lmdb_meta_init(txn, meta), 0);
    ck_assert_int_eq(lmdb_meta_secret(txn, meta, &second), 0);
    ck_assert_mem_ne(&first, &second, sizeof(first));
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, open_meta, close_meta);
    tcase_add_test(tests, in_an_empty_store_what_a_new_verifier_gets_is_usual);
    tcase_add_test(tests, what_most_have_is_usual);
    tcase_add_test(tests, each_mechanism_has_its_own_usual);
    tcase_add_test(tests, as_many_of_another_kind_change_nothing);
    tcase_add_test(tests, among_as_many_others_the_smallest_becomes_usual);
    tcase_add_test(tests, what_was_never_counted_can_be_counted_out);
    tcase_add_test(tests, a_usual_value_that_makes_no_sense_is_an_error);
    tcase_add_test(tests,
                   a_store_is_made_with_its_format_and_a_secret_of_its_own);
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_meta", add, 20);
}
