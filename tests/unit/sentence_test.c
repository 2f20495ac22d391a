#include "unit.h"

#include <string.h>

#include "base/sentence.h"

START_TEST(a_sentence_is_written_printf_s_way)
{
    struct sentence why;

    sentence_write(&why, "%s: no key %d", "file", 7);
    ck_assert_str_eq(why.text, "file: no key 7");
}
END_TEST

START_TEST(a_sentence_that_does_not_fit_is_cut)
{
    struct sentence why;

    sentence_write(&why, "%*s", (int)sizeof(why.text) * 2, "x");
    ck_assert_uint_eq(strlen(why.text), sizeof(why.text) - 1);
}
END_TEST

START_TEST(a_sentence_is_one_line_and_moves_no_cursor)
{
    struct sentence why;

    sentence_write(&why, "it says \"%s\"",
                   "no\r\naccept: \x1b[2J\x7f \xc2\x9b"
                   "1m \xc2\x80\xc2\x9f \xc3\xa9\xc2\xa0");
    ck_assert_str_eq(why.text, "it says \"no??accept: ?[2J? ??1m ???? "
                               "\xc3\xa9\xc2\xa0\"");
}
END_TEST

START_TEST(nobody_needs_to_want_the_sentence)
{
    sentence_write(NULL, "%s", "lost");
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_sentence_is_written_printf_s_way);
    tcase_add_test(tests, a_sentence_that_does_not_fit_is_cut);
    tcase_add_test(tests, a_sentence_is_one_line_and_moves_no_cursor);
    tcase_add_test(tests, nobody_needs_to_want_the_sentence);
}

int
main(void)
{
    return unit_run("sentence", add, 10);
}
