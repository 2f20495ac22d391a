#include "unit.h"

#include "base/base64.h"
#include "scram/verifier.h"

/* RFC 7677's and RFC 5802's user, "pencil", in the text form. */
#define SHA_256                                                                \
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"                             \
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"                            \
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define SHA_1                                                                  \
    "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"          \
    "D+CSWLOshSulAsxiupA+qs2/fTE="

static const char *const good[] = {SHA_256, SHA_1};

START_TEST(the_text_form_comes_back_as_it_was)
{
    struct scram_verifier v;
    uint8_t memory[SCRAM_VERIFIER_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(memory);

    ck_assert_int_eq(scram_verifier_parse(slice_of(good[_i]), &v), SCRAM_OK);
    ck_assert(v.enabled);
    scram_verifier_format(&v, &text);
    ck_assert(slice_equal(buffer_slice(&text), slice_of(good[_i])));
}
END_TEST

START_TEST(a_password_gives_the_rfc_s_verifier)
{
    struct scram_verifier wanted, made;

    ck_assert_int_eq(scram_verifier_parse(slice_of(good[_i]), &wanted),
                     SCRAM_OK);
    ck_assert_int_eq(
        scram_verifier_derive(wanted.mechanism, SLICE("pencil"),
                              (struct slice){wanted.salt, wanted.salt_len},
                              4096, &made),
        SCRAM_OK);
    ck_assert_mem_eq(made.stored_key.data, wanted.stored_key.data,
                     scram_hash_len(wanted.mechanism));
    ck_assert_mem_eq(made.server_key.data, wanted.server_key.data,
                     scram_hash_len(wanted.mechanism));
    ck_assert_uint_eq(made.iterations, 4096);
    ck_assert(made.enabled);
}
END_TEST

#define KEY32 "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
#define KEY20 "6dlGYMOdZcOPutkcNY8U2g7vK9Y="

#define KEY31 "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4g=="

#define A40 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const char *const bad[] = {
    "",
    "SCRAM-SHA-256",
    "SCRAM-SHA-512$4096:YWJj$" KEY32 ":" KEY32,
    "scram-sha-256$4096:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$0:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$04096:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$-1:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$2147483648:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$4096:$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$4096:YWJ$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$4096:YWJj$" KEY20 ":" KEY32,
    "SCRAM-SHA-256$4096:YWJj$" KEY32 ":" KEY20,
    "SCRAM-SHA-256$4096:YWJj$" KEY31 ":" KEY32,
    "SCRAM-SHA-256$4096:YWJj$" KEY32 ":" KEY31,
    "SCRAM-SHA-1$4096:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$4096:YWJj$" KEY32,
    "SCRAM-SHA-256$4096:YWJj$" KEY32 ":",
    "SCRAM-SHA-256$4096:YWJj$" KEY32 ":" KEY32 "\n",
    " SCRAM-SHA-256$4096:YWJj$" KEY32 ":" KEY32,
    "SCRAM-SHA-256$4096:YWJj:" KEY32 "$" KEY32,
    /* a salt of 66 bytes */
    "SCRAM-SHA-256$4096:" A40 A40 "AAAAAAAA$" KEY32 ":" KEY32,
};

START_TEST(anything_else_is_refused)
{
    struct scram_verifier v = {.iterations = 77};

    ck_assert_int_eq(scram_verifier_parse(slice_of(bad[_i]), &v),
                     SCRAM_BAD_ENCODING);
    ck_assert_uint_eq(v.iterations, 77);
}
END_TEST

START_TEST(the_longest_text_form_fits)
{
    struct scram_verifier v = {.mechanism = SCRAM_SHA_256,
                               .iterations = INT32_MAX,
                               .salt_len = SCRAM_SALT_MAX};
    uint8_t memory[SCRAM_VERIFIER_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(memory);

    scram_verifier_format(&v, &text);
    ck_assert(!text.overflow);
    ck_assert_int_eq(scram_verifier_parse(buffer_slice(&text), &v), SCRAM_OK);
}
END_TEST

START_TEST(too_few_iterations_or_too_much_salt_are_not_derived)
{
    uint8_t salt[SCRAM_SALT_MAX + 1] = {0};
    struct scram_verifier v;

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("a"),
                                           SLICE("salt"), 4095, &v),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("a"),
                                           SLICE_ARRAY(salt), 4096, &v),
                     SCRAM_BAD_ARGUMENT);
}
END_TEST

static void
decoy(enum scram_mechanism mechanism, const char *secret, const char *user,
      uint8_t salt_len, struct scram_verifier *v)
{
    struct scram_decoys *decoys;

    ck_assert_int_eq(scram_decoys_new(slice_of(secret), &decoys), SCRAM_OK);
    ck_assert_int_eq(scram_verifier_decoy(decoys, mechanism, slice_of(user),
                                          5000, salt_len, v),
                     SCRAM_OK);
    scram_decoys_free(decoys);
}

START_TEST(a_decoy_s_salt_depends_on_secret_mechanism_and_user_alone)
{
    const char *secret = "0123456789abcdef0123456789abcdef";
    struct scram_verifier v, same, other;
    uint8_t n = (uint8_t)_i;

    decoy(SCRAM_SHA_256, secret, "alice", n, &v);
    ck_assert_uint_eq(v.iterations, 5000);
    ck_assert_uint_eq(v.salt_len, n);
    ck_assert(!v.enabled);

    decoy(SCRAM_SHA_256, secret, "alice", n, &same);
    ck_assert_mem_eq(v.salt, same.salt, n);
    if (n < 8) /* short enough to meet by chance */
        return;
    decoy(SCRAM_SHA_256, secret, "alicf", n, &other);
    ck_assert_mem_ne(v.salt, other.salt, n);
    decoy(SCRAM_SHA_1, secret, "alice", n, &other);
    ck_assert_mem_ne(v.salt, other.salt, n);
    decoy(SCRAM_SHA_256, "x123456789abcdef0123456789abcdef", "alice", n,
          &other);
    ck_assert_mem_ne(v.salt, other.salt, n);
}
END_TEST

/* As long a salt as there is takes two HMACs. */
START_TEST(a_decoy_s_salt_depends_on_its_count_and_does_not_repeat)
{
    const struct slice secret = SLICE("0123456789abcdef0123456789abcdef");
    struct scram_verifier v[2];
    struct scram_decoys *decoys;
    uint32_t i;

    ck_assert_int_eq(scram_decoys_new(secret, &decoys), SCRAM_OK);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(scram_verifier_decoy(decoys, SCRAM_SHA_256,
                                              SLICE("alice"), 5000 + i,
                                              SCRAM_SALT_MAX, &v[i]),
                         SCRAM_OK);
    ck_assert_mem_ne(v[0].salt, v[1].salt, SCRAM_SALT_MAX);
    ck_assert_mem_ne(v[0].salt, v[0].salt + 32, SCRAM_SALT_MAX - 32);
    scram_decoys_free(decoys);
}
END_TEST

/* One that makes many, as a store does, makes what one for each would. */
START_TEST(a_decoy_does_not_depend_on_those_before_it)
{
    const char *secret = "0123456789abcdef0123456789abcdef";
    static const char *const users[] = {"alice", "bob", "alice", "carol"};
    struct scram_decoys *decoys;
    struct scram_verifier v, alone;
    size_t i;

    ck_assert_int_eq(scram_decoys_new(slice_of(secret), &decoys), SCRAM_OK);
    for (i = 0; i < COUNT(users); i++) {
        ck_assert_int_eq(scram_verifier_decoy(decoys, SCRAM_SHA_256,
                                              slice_of(users[i]), 5000,
                                              SCRAM_SALT_MAX, &v),
                         SCRAM_OK);
        decoy(SCRAM_SHA_256, secret, users[i], SCRAM_SALT_MAX, &alone);
        ck_assert_mem_eq(v.salt, alone.salt, SCRAM_SALT_MAX);
    }
    scram_decoys_free(decoys);
}
END_TEST

START_TEST(a_decoy_needs_a_whole_secret_and_a_salt_that_fits)
{
    struct slice secret = SLICE("0123456789abcdef0123456789abcdef");
    struct scram_decoys *decoys;
    struct scram_verifier v;

    ck_assert_int_eq(scram_decoys_new(SLICE("short"), &decoys),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(scram_decoys_new(secret, &decoys), SCRAM_OK);
    ck_assert_int_eq(
        scram_verifier_decoy(decoys, SCRAM_SHA_256, SLICE("a"), 5000, 0, &v),
        SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(scram_verifier_decoy(decoys, SCRAM_SHA_256, SLICE("a"),
                                          5000, SCRAM_SALT_MAX + 1, &v),
                     SCRAM_BAD_ARGUMENT);
    scram_decoys_free(decoys);
}
END_TEST

START_TEST(mechanisms_have_the_names_that_sasl_registers)
{
    enum scram_mechanism m;

    ck_assert(scram_mechanism_by_name(SLICE("SCRAM-SHA-256"), &m));
    ck_assert_int_eq(m, SCRAM_SHA_256);
    ck_assert(scram_mechanism_by_name(SLICE("SCRAM-SHA-1"), &m));
    ck_assert_int_eq(m, SCRAM_SHA_1);
    ck_assert(!scram_mechanism_by_name(SLICE("SCRAM-SHA-25"), &m));
    ck_assert(!scram_mechanism_by_name(SLICE("SCRAM-SHA-256-PLUS"), &m));
    ck_assert_str_eq(scram_mechanism_name(SCRAM_SHA_1), "SCRAM-SHA-1");
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, the_text_form_comes_back_as_it_was, 0,
                        COUNT(good));
    tcase_add_loop_test(tests, a_password_gives_the_rfc_s_verifier, 0,
                        COUNT(good));
    tcase_add_loop_test(tests, anything_else_is_refused, 0, COUNT(bad));
    tcase_add_test(tests, the_longest_text_form_fits);
    tcase_add_test(tests, too_few_iterations_or_too_much_salt_are_not_derived);
    tcase_add_loop_test(
        tests, a_decoy_s_salt_depends_on_secret_mechanism_and_user_alone, 1,
        SCRAM_SALT_MAX + 1);
    tcase_add_test(tests,
                   a_decoy_s_salt_depends_on_its_count_and_does_not_repeat);
    tcase_add_test(tests, a_decoy_does_not_depend_on_those_before_it);
    tcase_add_test(tests, a_decoy_needs_a_whole_secret_and_a_salt_that_fits);
    tcase_add_test(tests, mechanisms_have_the_names_that_sasl_registers);
}

int
main(void)
{
    return unit_run("verifier", add, 30);
}
