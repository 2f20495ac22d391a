#include "store/file_line.h"

#include <stdio.h>

#include "unit.h"

#define SALT "AAAAAAAAAAAAAAAAAAAAAA=="
#define SALT63                                                                 \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"          \
    "AAAAAAAAAAAAAAAAAAAAA"
#define SALT64 SALT63 "AA=="
#define KEY256 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY1 "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define V256 "SCRAM-SHA-256$4096:" SALT "$" KEY256 ":" KEY256
#define V1 "SCRAM-SHA-1$4096:" SALT "$" KEY1 ":" KEY1

/* Lines, and what is wrong with them. */
static const struct {
    const char *text;
    enum file_damage damage;
} lines[] = {
    {"alice:" V256, FILE_SOUND},
    {"alice:!" V256, FILE_SOUND},
    {"alice:" V1, FILE_SOUND},
    {"a:" V256 " changed=2026-11-29", FILE_SOUND},
    {"a:" V256 " x-1=", FILE_SOUND},
    {"a:" V256 " groups=a,b%20c expires=2027-01-01", FILE_SOUND},
    {"%23a#:" V256, FILE_SOUND},
    {"a%20b%25%3A%7F:" V256, FILE_SOUND},
    {"J\303\266rg:" V256, FILE_SOUND},
    {"", FILE_BAD_NAME},
    {":" V256, FILE_BAD_NAME},
    {"alice", FILE_BAD_NAME},
    {"#a:" V256, FILE_BAD_NAME},
    {"a b:" V256, FILE_BAD_NAME},
    {"a\tb:" V256, FILE_BAD_NAME},
    {"a\177b:" V256, FILE_BAD_NAME},
    {"a%:" V256, FILE_BAD_NAME},
    {"a%2:" V256, FILE_BAD_NAME},
    {"a%3a:" V256, FILE_BAD_NAME}, /* lower case */
    {"a%1f:" V256, FILE_BAD_NAME}, /* likewise */
    {"a%41:" V256, FILE_BAD_NAME}, /* A, which is itself */
    {"a%23:" V256, FILE_BAD_NAME}, /* not as the first byte */
    {"alice: " V256, FILE_BAD_VERIFIER},
    {"alice:!!" V256, FILE_BAD_VERIFIER},
    {"alice:", FILE_BAD_VERIFIER},
    {"alice:md5", FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-512$4096:" SALT "$" KEY256 ":" KEY256, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$0:" SALT "$" KEY256 ":" KEY256, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$04096:" SALT "$" KEY256 ":" KEY256,
     FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$2147483648:" SALT "$" KEY256 ":" KEY256,
     FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$4096:$" KEY256 ":" KEY256, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$4096:AAA$" KEY256 ":" KEY256, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$4096:AAAB$" KEY1 ":" KEY1, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$4096:AB==$" KEY256 ":" KEY256, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$4096:" SALT "$" KEY256 ";" KEY256, FILE_BAD_VERIFIER},
    {"alice:SCRAM-SHA-256$4096:" SALT "$" KEY256, FILE_BAD_VERIFIER},
    /* a salt of 64 bytes, and one of 66 */
    {"alice:SCRAM-SHA-256$4096:" SALT64 "$" KEY256 ":" KEY256, FILE_SOUND},
    {"alice:SCRAM-SHA-256$4096:" SALT63 "AAAA$" KEY256 ":" KEY256,
     FILE_BAD_VERIFIER},
    {"alice:" V256 " ", FILE_BAD_KEYS},
    {"alice:" V256 "x", FILE_BAD_KEYS},
    {"alice:" V256 " x", FILE_BAD_KEYS},
    {"alice:" V256 " =x", FILE_BAD_KEYS},
    {"alice:" V256 " X=x", FILE_BAD_KEYS},
    {"alice:" V256 "  x=x", FILE_BAD_KEYS},
    {"alice:" V256 " x=a:b", FILE_BAD_KEYS},
    {"alice:" V256 " x=%41", FILE_BAD_KEYS},
    {"alice:" V256 " changed=today", FILE_BAD_KEYS},
    {"alice:" V256 " changed=2026-11-29 changed=2026-11-29", FILE_BAD_KEYS},
};

START_TEST(a_line_is_what_the_grammar_says_and_nothing_else)
{
    struct file_line line;

    ck_assert_int_eq(file_line_parse(slice_of(lines[_i].text), &line),
                     lines[_i].damage);
}
END_TEST

START_TEST(what_a_line_takes_a_verifier_s_parser_takes)
{
    struct file_line line;
    struct scram_verifier v;

    if (file_line_parse(slice_of(lines[_i].text), &line) != FILE_SOUND)
        return;
    ck_assert_int_eq(file_line_verifier(&line, &v), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, line.iterations);
    ck_assert_uint_eq(v.salt_len, line.salt_len);
    ck_assert_int_eq(v.enabled, !line.barred && !line.odd);
}
END_TEST

/* Of each character of a line's keys, every other byte in its place. */
START_TEST(of_keys_nothing_but_base64_is_taken)
{
    static const char sound[] = "a:" V256;
    size_t first = sizeof("a:SCRAM-SHA-256$4096:" SALT "$") - 1, at;
    int byte;

    for (at = first; at < sizeof(sound) - 1; at++) {
        for (byte = 1; byte < 256; byte++) {
            char text[sizeof(sound)];
            struct file_line line;
            struct scram_verifier v;

            memcpy(text, sound, sizeof(text));
            text[at] = (char)byte;
            ck_assert_int_eq(
                file_line_parse(slice_of(text), &line) == FILE_SOUND,
                scram_verifier_parse(slice_of(text + 2), &v) == SCRAM_OK);
        }
    }
}
END_TEST

static const struct {
    const char *text;
    bool odd;
} oddities[] = {
    {"a:" V256, false},
    {"a:" V256 " changed=2026-11-29", false},
    {"a:" V256 " groups2=a", true},
    {"a:" V256 " groups=web,staff%20", true},
    {"a:" V256 " groups=", true},
    {"a:" V256 " groups=a,", true},
    {"a:" V256 " groups=a groups=b", true},
    {"a:" V256 " groups=%20a", true},
    {"a:" V256 " groups=%00", true},
    {"a:" V256 " groups=web,a%20b%25,\303\274", false},
    {"a:" V256 " expires=2027-01-01", false},
    {"a:SCRAM-SHA-256$4095:" SALT "$" KEY256 ":" KEY256, true},
    {"a:SCRAM-SHA-256$1:" SALT "$" KEY256 ":" KEY256, true},
};

START_TEST(an_unknown_key_or_a_low_count_disables)
{
    struct file_line line;
    struct scram_verifier v;

    ck_assert_int_eq(file_line_parse(slice_of(oddities[_i].text), &line),
                     FILE_SOUND);
    ck_assert_int_eq(line.odd, oddities[_i].odd);
    ck_assert_int_eq(file_line_verifier(&line, &v), SCRAM_OK);
    ck_assert_int_eq(v.enabled, !oddities[_i].odd);
}
END_TEST

START_TEST(groups_are_read_as_they_were_written)
{
    static const char line[] = "a:" V256 " groups=web,a%20b%25c%3A,%C3%BC";
    static const char read[] = "web,a b%c:,\303\274";
    char text[512];
    struct file_line l;
    struct scram_verifier v;

    ck_assert_int_eq(file_line_parse(slice_of(line), &l), FILE_BAD_KEYS);
    snprintf(text, sizeof(text), "a:" V256 " groups=web,a%%20b%%25c%%3A,%s",
             "\303\274");
    ck_assert_int_eq(file_line_parse(slice_of(text), &l), FILE_SOUND);
    ck_assert_int_eq(file_line_verifier(&l, &v), SCRAM_OK);
    ck_assert(v.enabled);
    ck_assert(slice_equal(groups_slice(&v.groups), slice_of(read)));
}
END_TEST

/* A day, and when it is over; 1: it is none, and was so always. */
static const struct {
    const char *keys;
    uint64_t expires;
} days[] = {
    {"", 0},
    {" expires=2027-01-31", 1801440000},
    {" expires=2024-02-29", 1709251200},
    {" expires=1970-01-02", 172800},
    {" expires=9999-12-31", 253402300800},
    {" changed=2026-11-29 expires=2027-01-31", 1801440000},
    {" expires=", 1},
    {" expires=never", 1},
    {" expires=2027-1-31", 1},
    {" expires=2027-01-31T00%3A00", 1},
    {" expires=2027-02-29", 1},
    {" expires=2027-04-31", 1},
    {" expires=2027-13-01", 1},
    {" expires=2027-00-01", 1},
    {" expires=2027-01-00", 1},
    {" expires=2027-12-32", 1},
    {" expires=1970-01-01", 1},
    {" expires=1969-12-31", 1},
    {" expires=0000-01-01", 1},
    {" expires=2027-01-31 expires=2027-01-31", 1},
    {" expires=x expires=2027-01-31", 1},
};

START_TEST(a_user_expires_at_the_end_of_a_day_or_has_where_it_is_none)
{
    char text[512];
    struct file_line line;
    struct scram_verifier v;

    snprintf(text, sizeof(text), "a:" V256 "%s", days[_i].keys);
    ck_assert_int_eq(file_line_parse(slice_of(text), &line), FILE_SOUND);
    ck_assert_int_eq(line.misdated, days[_i].expires == 1);
    ck_assert(!line.odd);
    ck_assert_int_eq(file_line_verifier(&line, &v), SCRAM_OK);
    ck_assert_uint_eq(v.expires, days[_i].expires);
    ck_assert(v.enabled);
    ck_assert_int_eq(scram_verifier_is_expired(&v, 1801439999),
                     v.expires != 0 && v.expires < 1801440000);
    ck_assert_int_eq(scram_verifier_is_expired(&v, 1801440000),
                     v.expires != 0 && v.expires <= 1801440000);
}
END_TEST

START_TEST(a_line_may_have_2048_bytes_and_not_one_more)
{
    static char text[FILE_LINE_MAX + 2];
    struct file_line line;
    int len = snprintf(text, sizeof(text), "a:%s x=", V256);

    memset(text + len, 'y', (size_t)(FILE_LINE_MAX - len));
    ck_assert_uint_eq(strlen(text), FILE_LINE_MAX);
    ck_assert_int_eq(file_line_parse(slice_of(text), &line), FILE_SOUND);
    text[FILE_LINE_MAX] = 'y';
    ck_assert_int_eq(file_line_parse(slice_of(text), &line), FILE_TOO_LONG);
}
END_TEST

START_TEST(a_name_may_have_256_bytes_and_not_one_more)
{
    char text[3 * 257 + sizeof(V256) + 2] = "";
    struct file_line line;
    int i;

    for (i = 0; i < 256; i++)
        memcpy(text + 3 * i, "%20", 3);
    memcpy(text + 3 * i, ":" V256, sizeof(":" V256));
    ck_assert_int_eq(file_line_parse(slice_of(text), &line), FILE_SOUND);
    memcpy(text + 3 * i, "b:" V256, sizeof("b:" V256));
    ck_assert_int_eq(file_line_parse(slice_of(text), &line), FILE_BAD_NAME);
}
END_TEST

START_TEST(every_byte_of_a_name_comes_back)
{
    int byte;

    for (byte = 1; byte < 256; byte++) {
        const uint8_t user[] = {(uint8_t)byte, 'x', (uint8_t)byte};
        uint8_t name_space[FILE_NAME_MAX], user_space[SCRAM_USER_MAX];
        struct buffer name = BUFFER_ARRAY(name_space);
        struct buffer back = BUFFER_ARRAY(user_space);

        file_name_write(SLICE_ARRAY(user), &name);
        ck_assert(file_name_read(buffer_slice(&name), &back));
        ck_assert(slice_equal(buffer_slice(&back), SLICE_ARRAY(user)));
    }
}
END_TEST

START_TEST(what_is_written_is_read)
{
    uint8_t space[FILE_LINE_MAX + 1];
    struct buffer text = BUFFER_ARRAY(space);
    struct scram_verifier v = {.mechanism = (enum scram_mechanism)(_i / 2),
                               .iterations = 5000,
                               .salt_len = 7,
                               .enabled = _i % 2 == 0},
                          back;
    struct file_line line;

    file_line_format(SLICE("b%20c"), &v, SLICE(" changed=2026-11-29"), &text);
    ck_assert(!text.overflow);
    ck_assert_int_eq(space[text.len - 1], '\n');
    ck_assert_int_eq(
        file_line_parse((struct slice){space, text.len - 1}, &line),
        FILE_SOUND);
    ck_assert_int_eq(file_line_verifier(&line, &back), SCRAM_OK);
    ck_assert_int_eq(back.mechanism, v.mechanism);
    ck_assert_int_eq(back.enabled, v.enabled);
    ck_assert(slice_equal(line.keys, SLICE(" changed=2026-11-29")));
}
END_TEST

/* In this order, whatever a sort of the lines themselves would make of it. */
static const char *const ordered[] = {
    "%23:" V256, "A:" V256, "a:" V1,          "a:" V256,  "a!:!" V256,
    "a%20:" V1,  "a-b:" V1, "aa:" V1,         "aa:" V256, "b:" V256,
    "z:" V256,   "~:" V256, "\303\266:" V256,
};

START_TEST(keys_are_in_the_order_of_names_and_sha_1_comes_first)
{
    int i, j;

    for (i = 0; i < COUNT(ordered); i++) {
        for (j = 0; j < COUNT(ordered); j++) {
            uint8_t a_space[FILE_KEY_MAX], b_space[FILE_KEY_MAX];
            struct buffer a = BUFFER_ARRAY(a_space), b = BUFFER_ARRAY(b_space);
            struct file_line line;
            int order;

            file_line_parse(slice_of(ordered[i]), &line);
            file_key(line.name, line.mechanism, &a);
            file_line_parse(slice_of(ordered[j]), &line);
            file_key(line.name, line.mechanism, &b);
            order = file_key_compare(buffer_slice(&a), buffer_slice(&b));
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
            ck_assert(file_line_compare(slice_of(ordered[i]), buffer_slice(&b),
                                        &order));
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}
END_TEST

static const struct {
    const char *text;
    enum file_damage damage;
} headers[] = {
    {FILE_HEADER "1 decoy-key=" KEY256, FILE_SOUND},
    {"", FILE_NO_HEADER},
    {"# users", FILE_NO_HEADER},
    {FILE_HEADER, FILE_NO_HEADER},
    {FILE_HEADER "2 decoy-key=" KEY256, FILE_OTHER_VERSION},
    {FILE_HEADER "1", FILE_NO_HEADER},
    {FILE_HEADER "1 decoy-key=" KEY1, FILE_NO_HEADER},
    {FILE_HEADER "1 decoy-key=" KEY256 " ", FILE_NO_HEADER},
    {FILE_HEADER "1 decoy-key=" KEY256 "\r", FILE_NO_HEADER},
};

START_TEST(a_header_has_one_form)
{
    struct secret_key key;

    ck_assert_int_eq(file_header_parse(slice_of(headers[_i].text), &key),
                     headers[_i].damage);
}
END_TEST

START_TEST(a_header_that_is_written_is_read)
{
    struct secret_key key = {{1, 2, 3}}, back;
    uint8_t space[FILE_HEADER_LEN + 1];
    struct buffer text = BUFFER_ARRAY(space);

    file_header_format(&key, &text);
    ck_assert_uint_eq(text.len, sizeof(space));
    ck_assert_int_eq(
        file_header_parse((struct slice){space, text.len - 1}, &back),
        FILE_SOUND);
    ck_assert_mem_eq(&key, &back, sizeof(key));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_line_is_what_the_grammar_says_and_nothing_else,
                        0, COUNT(lines));
    tcase_add_loop_test(tests, what_a_line_takes_a_verifier_s_parser_takes, 0,
                        COUNT(lines));
    tcase_add_test(tests, of_keys_nothing_but_base64_is_taken);
    tcase_add_loop_test(tests, an_unknown_key_or_a_low_count_disables, 0,
                        COUNT(oddities));
    tcase_add_test(tests, groups_are_read_as_they_were_written);
    tcase_add_loop_test(
        tests, a_user_expires_at_the_end_of_a_day_or_has_where_it_is_none, 0,
        COUNT(days));
    tcase_add_test(tests, a_line_may_have_2048_bytes_and_not_one_more);
    tcase_add_test(tests, a_name_may_have_256_bytes_and_not_one_more);
    tcase_add_test(tests, every_byte_of_a_name_comes_back);
    tcase_add_loop_test(tests, what_is_written_is_read, 0,
                        2 * SCRAM_MECHANISMS);
    tcase_add_test(tests, keys_are_in_the_order_of_names_and_sha_1_comes_first);
    tcase_add_loop_test(tests, a_header_has_one_form, 0, COUNT(headers));
    tcase_add_test(tests, a_header_that_is_written_is_read);
}

int
main(void)
{
    return unit_run("file_line", add, 30);
}
