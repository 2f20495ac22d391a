/*
 * A verifier as gss-scramd's own store keeps it.
 */
#include "daemon/lmdb/record.h"

#include "unit.h"

#define USER SLICE("alice")

static uint8_t key_space[LMDB_KEY_MAX];
static struct slice key;

static void
make_key(void)
{
    struct buffer b = BUFFER_ARRAY(key_space);

    lmdb_key_write(SCRAM_SHA_256, USER, &b);
    key = buffer_slice(&b);
}

static struct lmdb_record
full_record(void)
{
    struct lmdb_record r = {
        .verifier = {.mechanism = SCRAM_SHA_256,
                     .iterations = 600000,
                     .salt_len = SCRAM_SALT_LEN,
                     .enabled = true,
                     .expires = 1900000000,
                     .groups = {10, "staff,mail"}},
        .changed = 1796000000,
        .replaced = 1796000001,
    };

    memset(r.verifier.salt, 1, SCRAM_SALT_LEN);
    memset(&r.verifier.stored_key, 2, 32);
    memset(&r.verifier.server_key, 3, 32);
    memset(&r.earlier, 4, 32);
    return r;
}

static void
check_equal(const struct lmdb_record *a, const struct lmdb_record *b)
{
    ck_assert_uint_eq(a->verifier.iterations, b->verifier.iterations);
    ck_assert_uint_eq(a->verifier.salt_len, b->verifier.salt_len);
    ck_assert_mem_eq(a->verifier.salt, b->verifier.salt, a->verifier.salt_len);
    ck_assert_mem_eq(&a->verifier.stored_key, &b->verifier.stored_key, 32);
    ck_assert_mem_eq(&a->verifier.server_key, &b->verifier.server_key, 32);
    ck_assert_int_eq(a->verifier.enabled, b->verifier.enabled);
    ck_assert_uint_eq(a->changed, b->changed);
    ck_assert_uint_eq(a->replaced, b->replaced);
    ck_assert_mem_eq(&a->earlier, &b->earlier, 32);
    ck_assert_uint_eq(a->verifier.expires, b->verifier.expires);
    ck_assert(slice_equal(groups_slice(&a->verifier.groups),
                          groups_slice(&b->verifier.groups)));
}

/* Each of what a record may be without, and the shortest salt. */
START_TEST(what_is_written_is_read)
{
    struct lmdb_record r = full_record(), read;
    uint8_t space[LMDB_RECORD_MAX];
    struct buffer bytes = BUFFER_ARRAY(space);

    if (_i & 1)
        r.verifier.enabled = false;
    if (_i & 2) {
        r.replaced = 0;
        memset(&r.earlier, 0, sizeof(r.earlier));
    }
    if (_i & 4)
        r.verifier.expires = 0;
    if (_i & 8)
        r.verifier.groups.len = 0;
    if (_i & 16)
        r.verifier.salt_len = 1;
    lmdb_record_write(key, &r, &bytes);
    ck_assert(!bytes.overflow);
    ck_assert(lmdb_record_read(key, buffer_slice(&bytes), &read));
    check_equal(&r, &read);
}
END_TEST

START_TEST(the_longest_record_has_room)
{
    struct lmdb_record r = full_record(), read;
    uint8_t space[LMDB_RECORD_MAX];
    struct buffer bytes = BUFFER_ARRAY(space);
    struct groups *groups = &r.verifier.groups;
    char name[GROUPS_NAME_MAX];

    r.verifier.salt_len = SCRAM_SALT_MAX;
    groups->len = 0;
    memset(name, 'x', sizeof(name));
    for (name[0] = 'a';
         groups_add(groups, (struct slice){(uint8_t *)name, 127}); name[0]++)
        ;
    groups->text[groups->len++] = 'y';
    ck_assert_uint_eq(groups->len, GROUPS_TEXT_MAX);
    lmdb_record_write(key, &r, &bytes);
    ck_assert(!bytes.overflow);
    ck_assert(lmdb_record_read(key, buffer_slice(&bytes), &read));
    check_equal(&r, &read);
}
END_TEST

START_TEST(a_record_that_is_cut_or_longer_is_refused)
{
    struct lmdb_record r = full_record(), read;
    uint8_t space[LMDB_RECORD_MAX + 1] = {0};
    struct buffer bytes = BUFFER_ARRAY(space);
    size_t len;

    lmdb_record_write(key, &r, &bytes);
    for (len = 0; len <= bytes.len + 1; len++)
        ck_assert_int_eq(
            lmdb_record_read(key, (struct slice){space, len}, &read),
            len == bytes.len);
}
END_TEST

/* Of a disabled user too: a bit that a disk has lost enables nobody. */
START_TEST(a_record_with_a_wrong_bit_is_refused)
{
    struct lmdb_record r = full_record(), read;
    uint8_t space[LMDB_RECORD_MAX];
    struct buffer bytes = BUFFER_ARRAY(space);
    size_t bit;

    r.verifier.enabled = false;
    lmdb_record_write(key, &r, &bytes);
    for (bit = 0; bit < bytes.len * 8; bit++) {
        space[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_msg(!lmdb_record_read(key, buffer_slice(&bytes), &read),
                      "bit %zu", bit);
        space[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert(lmdb_record_read(key, buffer_slice(&bytes), &read));
}
END_TEST

START_TEST(a_record_is_its_own_users)
{
    struct lmdb_record r = full_record(), read;
    uint8_t space[LMDB_RECORD_MAX], other_space[LMDB_KEY_MAX];
    struct buffer bytes = BUFFER_ARRAY(space);
    struct buffer other = BUFFER_ARRAY(other_space);

    lmdb_record_write(key, &r, &bytes);
    lmdb_key_write(SCRAM_SHA_256, SLICE("alicf"), &other);
    ck_assert(
        !lmdb_record_read(buffer_slice(&other), buffer_slice(&bytes), &read));
}
END_TEST

static const struct {
    struct slice key;
    bool is;
} keys[] = {
    {{(const uint8_t *)"a\0\1", 3}, true},
    {{(const uint8_t *)"a\0\2", 3}, true},
    {{(const uint8_t *)"a\0\3", 3}, false},
    {{(const uint8_t *)"a\0\0", 3}, false},
    {{(const uint8_t *)"\0\1", 2}, false},
    {{(const uint8_t *)"ab\1", 3}, false},
    {{(const uint8_t *)"a\0\0\1", 4}, false},
    {{(const uint8_t *)"\0format", 7}, false},
    {{(const uint8_t *)"", 0}, false},
};

START_TEST(a_key_is_a_name_a_nul_and_a_mechanism)
{
    enum scram_mechanism mechanism;
    struct slice user;

    ck_assert_int_eq(lmdb_key_read(keys[_i].key, &mechanism, &user),
                     keys[_i].is);
}
END_TEST

/* That none is before the other by mechanism, and a name before its longer
 * ones. */
START_TEST(keys_sort_by_name_and_then_by_mechanism)
{
    static const struct {
        enum scram_mechanism mechanism;
        const char *user;
    } sorted[] = {
        {SCRAM_SHA_1, "a"},  {SCRAM_SHA_256, "a"}, {SCRAM_SHA_1, "a\1"},
        {SCRAM_SHA_1, "aa"}, {SCRAM_SHA_256, "b"},
    };
    uint8_t space[2][LMDB_KEY_MAX];
    size_t i;

    for (i = 1; i < COUNT(sorted); i++) {
        struct buffer a = BUFFER_ARRAY(space[0]), b = BUFFER_ARRAY(space[1]);

        lmdb_key_write(sorted[i - 1].mechanism, slice_of(sorted[i - 1].user),
                       &a);
        lmdb_key_write(sorted[i].mechanism, slice_of(sorted[i].user), &b);
        ck_assert_int_lt(memcmp(a.data, b.data, a.len < b.len ? a.len : b.len),
                         0);
    }
}
END_TEST

START_TEST(an_earlier_key_counts_for_thirty_days)
{
    struct lmdb_record r = full_record();

    ck_assert(lmdb_record_has_earlier(&r, r.replaced));
    ck_assert(lmdb_record_has_earlier(&r, r.replaced + 30 * 86400));
    ck_assert(!lmdb_record_has_earlier(&r, r.replaced + 30 * 86400 + 1));
    ck_assert(!lmdb_record_has_earlier(&r, r.replaced - 1)); /* a clock */
    r.replaced = 0;
    ck_assert(!lmdb_record_has_earlier(&r, 1));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_key, NULL);
    tcase_add_loop_test(tests, what_is_written_is_read, 0, 32);
    tcase_add_test(tests, the_longest_record_has_room);
    tcase_add_test(tests, a_record_that_is_cut_or_longer_is_refused);
    tcase_add_test(tests, a_record_with_a_wrong_bit_is_refused);
    tcase_add_test(tests, a_record_is_its_own_users);
    tcase_add_loop_test(tests, a_key_is_a_name_a_nul_and_a_mechanism, 0,
                        COUNT(keys));
    tcase_add_test(tests, keys_sort_by_name_and_then_by_mechanism);
    tcase_add_test(tests, an_earlier_key_counts_for_thirty_days);
}

int
main(void)
{
    return unit_run("lmdb_record", add, 20);
}
