#include "../unit/unit.h"

#include <locale.h>
#include <stdlib.h>

#include "tools/text.h"

static const struct {
    const char *name;
    const char *shown;
    const char *json; /* without its quotation marks */
} names[] = {
    {"alice", "alice", "alice"},
    {"", "", ""},
    {"o,e=x y", "o,e=x y", "o,e=x y"},
    {"j\xc3\xbcrgen", "j\xc3\xbcrgen", "j\xc3\xbcrgen"},
    {"\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80",
     "\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"DOMAIN\\user", "DOMAIN\\user", "DOMAIN\\\\user"},
    {"a\"b", "a\"b", "a\\\"b"},
    /* what would be taken for another name */
    {" a", "\" a\"", " a"},
    {"a ", "\"a \"", "a "},
    {" ", "\" \"", " "},
    {" a\"\\ ", "\" a\\\"\\\\ \"", " a\\\"\\\\ "},
    {"\"a \"", "\"\\\"a \\\"\"", "\\\"a \\\""},
    /* what acts on a terminal */
    {"\x1b[31m", "\\x1b[31m", "\\u001b[31m"},
    {"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d", "a\\u000ab\\u000dc\\u0009d"},
    {"\x7f", "\\x7f", "\\u007f"},
    {"\xc2\x9b"
     "31m",
     "\\xc2\\x9b31m", "\\u009b31m"},                /* CSI, of C1 */
    {"\xe2\x80\xae", "\\xe2\\x80\\xae", "\\u202e"}, /* right to left */
    {"\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\\u2028"}, /* a new line */
    /* what is not UTF-8 */
    {"a\xff"
     "b",
     "a\\xffb", "a\\ufffdb"},
    {"\xc3", "\\xc3", "\\ufffd"},
    {"\xc3(", "\\xc3(", "\\ufffd("},
    {"\x80", "\\x80", "\\ufffd"},
    {"\xc0\xaf", "\\xc0\\xaf", "\\ufffd\\ufffd"},
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\ufffd\\ufffd\\ufffd"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd"},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
     "\\ufffd\\ufffd\\ufffd\\ufffd"},
    {"\xe2\x82", "\\xe2\\x82", "\\ufffd\\ufffd"},
};

START_TEST(a_person_is_shown_nothing_that_acts_on_a_terminal)
{
    struct shown shown = text_show(slice_of(names[_i].name));

    ck_assert_str_eq(shown.text, names[_i].shown);
}
END_TEST

/* What text_write_json writes; to be freed. */
static char *
json(struct slice name)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(stream);
    text_write_json(name, stream);
    ck_assert_int_eq(fclose(stream), 0);
    return text;
}

START_TEST(a_program_gets_a_json_string)
{
    char *text = json(slice_of(names[_i].name));
    size_t len = strlen(text);

    ck_assert_int_eq(text[0], '"');
    ck_assert_int_eq(text[len - 1], '"');
    text[len - 1] = '\0';
    ck_assert_str_eq(text + 1, names[_i].json);
    free(text);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
    char *text = json(SLICE("a\0b"));

    ck_assert_str_eq(text_show(SLICE("a\0b")).text, "a\\x00b");
    ck_assert_str_eq(text, "\"a\\u0000b\"");
    free(text);
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
    char name[TEXT_SHOWN_MAX + 2];
    struct shown shown;

    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    shown = text_show(slice_of(name));
    ck_assert_uint_eq(strlen(shown.text), TEXT_SHOWN_MAX);
    memset(name, '\x1b', sizeof(name) - 1);
    shown = text_show(slice_of(name));
    ck_assert_uint_eq(strlen(shown.text), TEXT_SHOWN_MAX);
}
END_TEST

static const struct {
    const char *shown;
    size_t width;
} widths[] = {
    {"", 0},
    {"alice", 5},
    {"j\xc3\xbcrgen", 6},
    {"\xe5\x8c\x97", 2}, /* a wide character */
    {"e\xcc\x81", 1},    /* one that combines */
};

START_TEST(a_width_is_in_columns)
{
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        return; /* without it nobody knows */
    ck_assert_uint_eq(text_width(widths[_i].shown), widths[_i].width);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests,
                        a_person_is_shown_nothing_that_acts_on_a_terminal, 0,
                        COUNT(names));
    tcase_add_loop_test(tests, a_program_gets_a_json_string, 0, COUNT(names));
    tcase_add_test(tests, a_nul_is_no_end);
    tcase_add_test(tests, what_does_not_fit_is_cut);
    tcase_add_loop_test(tests, a_width_is_in_columns, 0, COUNT(widths));
}

int
main(void)
{
    return unit_run("text", add, 10);
}
