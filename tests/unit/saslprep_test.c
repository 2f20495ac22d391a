#include "unit.h"

#include "scram/saslprep.h"
#include "scram/verifier.h"

enum refused { NOBODY = 0, STORED = 1, QUERY = 2, BOTH = STORED | QUERY };

static const struct {
    const char *text;
    const char *prepared; /* by those who do not refuse it */
    enum refused refused;
} cases[] = {
    /* RFC 4013, section 3 */
    {"I\xc2\xadX", "IX", NOBODY},
    {"user", "user", NOBODY},
    {"USER", "USER", NOBODY},
    {"\xc2\xaa", "a", NOBODY},
    {"\xe2\x85\xa8", "IX", NOBODY},
    {"\x07", NULL, BOTH},
    {"\xd8\xa7\x31", NULL, BOTH},
    /* section 2 */
    {"a b", "a b", NOBODY},
    {"a\xc2\xa0"
     "b",
     "a b", NOBODY},                   /* a no-break space is a space */
    {"\xc3\xbc", "\xc3\xbc", NOBODY},  /* u-umlaut, composed */
    {"u\xcc\x88", "\xc3\xbc", NOBODY}, /* and decomposed */
    {"a,b=c", "a,b=c", NOBODY},
    {"\x7f", NULL, BOTH},
    {"\xc3", NULL, BOTH},         /* not UTF-8 */
    {"\xc0\xaf", NULL, BOTH},     /* overlong */
    {"\xed\xa0\x80", NULL, BOTH}, /* a surrogate */
    {"\xef\xbf\xbd", NULL, BOTH}, /* inappropriate for plain text */
    {"\xee\x80\x80", NULL, BOTH}, /* private use */
    {"\xc2\xad", NULL, BOTH},     /* nothing is left */
    {"", NULL, BOTH},
    {"\xc8\xa1", "\xc8\xa1", STORED}, /* U+0221, unassigned in Unicode 3.2 */
};

static void
assert_user(enum scram_status status, const struct buffer *b,
            const char *prepared, bool refused)
{
    ck_assert_int_eq(status, refused ? SCRAM_BAD_USERNAME : SCRAM_OK);
    if (refused)
        ck_assert_uint_eq(b->len, 0);
    else
        ck_assert(slice_equal(buffer_slice(b), slice_of(prepared)));
}

START_TEST(names_and_passwords_are_prepared_as_the_rfc_says)
{
    struct slice text = slice_of(cases[_i].text);
    uint8_t a[SCRAM_USER_MAX], b[SCRAM_USER_MAX];
    struct buffer query = BUFFER_ARRAY(a), stored = BUFFER_ARRAY(b);
    struct secret password = {0};
    enum scram_status status;

    assert_user(scram_prepare_user(text, &query), &query, cases[_i].prepared,
                cases[_i].refused & QUERY);
    assert_user(scram_prepare_new_user(text, &stored), &stored,
                cases[_i].prepared, cases[_i].refused & STORED);
    status = scram_prepare_password(text, &password);
    if (cases[_i].refused & STORED) {
        ck_assert_int_eq(status, SCRAM_BAD_PASSWORD);
    } else {
        ck_assert_int_eq(status, SCRAM_OK);
        ck_assert(
            slice_equal(secret_slice(&password), slice_of(cases[_i].prepared)));
    }
    secret_clear(&password);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer b = BUFFER_ARRAY(memory);

    ck_assert_int_eq(scram_prepare_user(SLICE("a\0b"), &b), SCRAM_BAD_USERNAME);
    ck_assert_int_eq(scram_prepare_user(SLICE("\xc3\xbc\0b"), &b),
                     SCRAM_BAD_USERNAME);
}
END_TEST

/* A ligature of eighteen characters when prepared: U+FDFA. */
START_TEST(limits_hold_for_what_comes_out)
{
    uint8_t memory[SCRAM_USER_MAX], text[SCRAM_PASSWORD_MAX + 1];
    struct buffer b = BUFFER_ARRAY(memory);
    struct secret password = {0};
    size_t i;

    memset(text, 'a', sizeof(text));
    ck_assert_int_eq(
        scram_prepare_user((struct slice){text, SCRAM_USER_MAX + 1}, &b),
        SCRAM_BAD_USERNAME);
    ck_assert_int_eq(
        scram_prepare_user((struct slice){text, SCRAM_USER_MAX}, &b), SCRAM_OK);
    ck_assert_int_eq(scram_prepare_password(SLICE_ARRAY(text), &password),
                     SCRAM_BAD_PASSWORD);
    ck_assert_int_eq(scram_prepare_password(
                         (struct slice){text, SCRAM_PASSWORD_MAX}, &password),
                     SCRAM_OK);
    secret_clear(&password);

    /* Nor does what disappears make room: soft hyphens. */
    memcpy(text, "\xc2\xad", 2);
    ck_assert_int_eq(scram_prepare_password(SLICE_ARRAY(text), &password),
                     SCRAM_BAD_PASSWORD);

    for (i = 0; i + 3 <= SCRAM_PASSWORD_MAX; i += 3)
        memcpy(text + i, "\xef\xb7\xba", 3);
    ck_assert_int_eq(scram_prepare_password((struct slice){text, i}, &password),
                     SCRAM_BAD_PASSWORD);
    b.len = 0;
    ck_assert_int_eq(scram_prepare_user((struct slice){text, 30}, &b),
                     SCRAM_BAD_USERNAME);
    ck_assert_uint_eq(b.len, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, names_and_passwords_are_prepared_as_the_rfc_says,
                        0, COUNT(cases));
    tcase_add_test(tests, a_nul_is_no_end);
    tcase_add_test(tests, limits_hold_for_what_comes_out);
}

int
main(void)
{
    return unit_run("saslprep", add, 10);
}
