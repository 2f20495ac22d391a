#include "store/record.h"

#include "noise.h"
#include "unit.h"

static struct scram_verifier
verifier(enum scram_mechanism mechanism, uint8_t salt_len, bool enabled)
{
    struct noise noise = {salt_len};
    struct scram_verifier v = {
        .mechanism = mechanism,
        .iterations = 0x01020304,
        .salt_len = salt_len,
        .enabled = enabled,
    };

    noise_fill(&noise, v.salt, salt_len);
    noise_fill(&noise, v.stored_key.data, scram_hash_len(mechanism));
    noise_fill(&noise, v.server_key.data, scram_hash_len(mechanism));
    return v;
}

static void
check_round_trip(const struct scram_verifier *v)
{
    uint8_t space[STORE_RECORD_MAX];
    struct buffer record = BUFFER_ARRAY(space);
    struct scram_verifier read;

    ck_assert_int_eq(store_record_write(v, &record), SCRAM_OK);
    ck_assert(!record.overflow);
    ck_assert_uint_eq(record.len, store_record_len(v->mechanism, v->salt_len));
    ck_assert_int_eq(
        store_record_read(buffer_slice(&record), v->mechanism, &read),
        SCRAM_OK);
    ck_assert_int_eq(read.mechanism, v->mechanism);
    ck_assert_uint_eq(read.iterations, v->iterations);
    ck_assert_uint_eq(read.salt_len, v->salt_len);
    ck_assert_int_eq(read.enabled, v->enabled);
    ck_assert_mem_eq(read.salt, v->salt, sizeof(v->salt));
    ck_assert_mem_eq(&read.stored_key, &v->stored_key, sizeof(v->stored_key));
    ck_assert_mem_eq(&read.server_key, &v->server_key, sizeof(v->server_key));
}

START_TEST(a_record_says_all_that_was_written)
{
    int mechanism, salt_len;

    for (mechanism = 0; mechanism < SCRAM_MECHANISMS; mechanism++) {
        for (salt_len = 1; salt_len <= SCRAM_SALT_MAX; salt_len++) {
            struct scram_verifier v = verifier((enum scram_mechanism)mechanism,
                                               (uint8_t)salt_len, salt_len % 2);

            check_round_trip(&v);
        }
    }
}
END_TEST

START_TEST(what_is_no_verifier_is_not_written)
{
    struct scram_verifier v[] = {
        verifier(SCRAM_SHA_256, 16, true), verifier(SCRAM_SHA_256, 16, true),
        verifier(SCRAM_SHA_256, 16, true), verifier(SCRAM_SHA_256, 16, true)};
    size_t i;

    v[0].salt_len = 0;
    v[1].salt_len = SCRAM_SALT_MAX + 1;
    v[2].iterations = 0;
    v[3].mechanism = SCRAM_MECHANISMS;
    for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        uint8_t space[STORE_RECORD_MAX];
        struct buffer record = BUFFER_ARRAY(space);

        ck_assert_int_eq(store_record_write(&v[i], &record),
                         SCRAM_BAD_ARGUMENT);
        ck_assert_uint_eq(record.len, 0);
    }
}
END_TEST

/* Spoil a good record by one byte. */
static const struct {
    const char *what;
    size_t at;
    uint8_t byte;
} spoilt[] = {
    {"an unknown version", 0, 2},
    {"an unknown flag", 1, 3},
    {"no salt", 2, 0},
    {"a shorter salt than there is", 2, 15},
    {"a longer salt than there is", 2, 17},
    {"a longer salt than any", 2, 200},
};

START_TEST(a_record_that_is_spoilt_is_refused)
{
    struct scram_verifier v = verifier(SCRAM_SHA_256, 16, true), read;
    uint8_t space[STORE_RECORD_MAX];
    struct buffer record = BUFFER_ARRAY(space);

    ck_assert_int_eq(store_record_write(&v, &record), SCRAM_OK);
    space[spoilt[_i].at] = spoilt[_i].byte;
    ck_assert_msg(store_record_read(buffer_slice(&record), SCRAM_SHA_256,
                                    &read) == SCRAM_BAD_ENCODING,
                  "%s", spoilt[_i].what);
}
END_TEST

START_TEST(a_record_without_iterations_is_refused)
{
    struct scram_verifier v = verifier(SCRAM_SHA_256, 16, true), read;
    uint8_t space[STORE_RECORD_MAX];
    struct buffer record = BUFFER_ARRAY(space);

    ck_assert_int_eq(store_record_write(&v, &record), SCRAM_OK);
    memset(space + 3, 0, 4);
    ck_assert_int_eq(
        store_record_read(buffer_slice(&record), SCRAM_SHA_256, &read),
        SCRAM_BAD_ENCODING);
}
END_TEST

START_TEST(a_record_of_any_other_length_is_refused)
{
    struct scram_verifier v = verifier(SCRAM_SHA_256, 16, true), read;
    uint8_t space[STORE_RECORD_MAX] = {0};
    struct buffer record = BUFFER_ARRAY(space);
    size_t len;

    ck_assert_int_eq(store_record_write(&v, &record), SCRAM_OK);
    for (len = 0; len <= sizeof(space); len++) {
        /* In memory of just that length, for AddressSanitizer to watch. */
        uint8_t *bytes = malloc(len == 0 ? 1 : len);

        ck_assert_ptr_nonnull(bytes);
        memcpy(bytes, space, len);
        ck_assert_int_eq(
            store_record_read((struct slice){bytes, len}, SCRAM_SHA_256, &read),
            len == record.len ? SCRAM_OK : SCRAM_BAD_ENCODING);
        free(bytes);
    }
}
END_TEST

START_TEST(a_record_of_another_mechanism_is_refused)
{
    struct scram_verifier v = verifier(SCRAM_SHA_1, 16, true), read;
    uint8_t space[STORE_RECORD_MAX];
    struct buffer record = BUFFER_ARRAY(space);

    ck_assert_int_eq(store_record_write(&v, &record), SCRAM_OK);
    ck_assert_int_eq(
        store_record_read(buffer_slice(&record), SCRAM_SHA_256, &read),
        SCRAM_BAD_ENCODING);
}
END_TEST

START_TEST(a_key_says_whose_it_is)
{
    static const uint8_t longest[SCRAM_USER_MAX] = {[0 ... 255] = 'x'};
    const struct slice users[] = {SLICE("a"), SLICE("a,b=c"),
                                  SLICE("J\xc3\xb6rg"), SLICE_ARRAY(longest)};
    int u, m;

    for (u = 0; u < COUNT(users); u++) {
        for (m = 0; m < SCRAM_MECHANISMS; m++) {
            uint8_t space[STORE_KEY_MAX];
            struct buffer key = BUFFER_ARRAY(space);
            enum scram_mechanism mechanism;
            struct slice user;

            ck_assert_int_eq(
                store_key_write((enum scram_mechanism)m, users[u], &key),
                SCRAM_OK);
            ck_assert(!key.overflow);
            ck_assert_int_eq(
                store_key_read(buffer_slice(&key), &mechanism, &user),
                SCRAM_OK);
            ck_assert_int_eq(mechanism, m);
            ck_assert(slice_equal(user, users[u]));
        }
    }
}
END_TEST

START_TEST(what_is_no_user_has_no_key)
{
    static const uint8_t too_long[SCRAM_USER_MAX + 1] = {[0 ... 256] = 'x'};
    uint8_t space[STORE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);

    ck_assert_int_eq(store_key_write(SCRAM_SHA_256, SLICE(""), &key),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(store_key_write(SCRAM_SHA_256, SLICE("a\0b"), &key),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(
        store_key_write(SCRAM_SHA_256, SLICE_ARRAY(too_long), &key),
        SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(store_key_write(SCRAM_MECHANISMS, SLICE("a"), &key),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_uint_eq(key.len, 0);
}
END_TEST

static const struct slice no_keys[] = {
    {(const uint8_t *)"", 0},         {(const uint8_t *)"\1", 1},
    {(const uint8_t *)"\0\1", 2},     {(const uint8_t *)"a\1\1", 3},
    {(const uint8_t *)"a\0\0", 3},    {(const uint8_t *)"a\0\3", 3},
    {(const uint8_t *)"a\0b\0\1", 5}, {(const uint8_t *)"a\0", 2},
};

START_TEST(what_is_no_key_is_refused)
{
    enum scram_mechanism mechanism;
    struct slice user;

    ck_assert_int_eq(store_key_read(no_keys[_i], &mechanism, &user),
                     SCRAM_BAD_ENCODING);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_record_says_all_that_was_written);
    tcase_add_test(tests, what_is_no_verifier_is_not_written);
    tcase_add_loop_test(tests, a_record_that_is_spoilt_is_refused, 0,
                        COUNT(spoilt));
    tcase_add_test(tests, a_record_without_iterations_is_refused);
    tcase_add_test(tests, a_record_of_any_other_length_is_refused);
    tcase_add_test(tests, a_record_of_another_mechanism_is_refused);
    tcase_add_test(tests, a_key_says_whose_it_is);
    tcase_add_test(tests, what_is_no_user_has_no_key);
    tcase_add_loop_test(tests, what_is_no_key_is_refused, 0, COUNT(no_keys));
}

int
main(void)
{
    return unit_run("record", add, 10);
}
