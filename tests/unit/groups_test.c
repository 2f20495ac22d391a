/*
 * A user's groups as one text.
 */
#include "base/groups.h"

#include <stdio.h>

#include "unit.h"

#define N8 "abcdefgh"
#define N64 N8 N8 N8 N8 N8 N8 N8 N8

static const struct {
    const char *text;
    bool sound;
} texts[] = {
    {"", true},
    {"a", true},
    {"web,staff", true},
    {"Domain Users,a", true},
    {"a:b%;=\"\\#", true},
    {"gr\303\274n,\342\202\254,\360\237\230\200", true},
    {"\xc2\x80,\xdf\xbf,\xe0\xa0\x80,\xed\x9f\xbf,\xee\x80\x80", true},
    {"\xf0\x90\x80\x80,\xf4\x8f\xbf\xbf", true},
    {N64 N64, true},
    {N64 N64 "i", false},
    {",", false},
    {"a,", false},
    {",a", false},
    {"a,,b", false},
    {"a,b,a", false},
    {"a,a", false},
    {" a", false},
    {"a ", false},
    {"a, b", false},
    {"a\tb", false},
    {"a\nb", false},
    {"a\177", false},
    {"\xc3", false},
    {"a\x80", false},
    {"\xc0\xaf", false},         /* longer than need be */
    {"\xc1\xbf", false},         /* likewise */
    {"\xe0\x9f\xbf", false},     /* likewise */
    {"\xf0\x8f\xbf\xbf", false}, /* likewise */
    {"\xed\xa0\x80", false},     /* half of a pair */
    {"\xf4\x90\x80\x80", false}, /* behind the last */
    {"\xf5\x80\x80\x80", false},
    {"\xe2\x82,a", false},
    {"\xf0\x9f\x98x", false},
};

START_TEST(groups_are_what_the_grammar_says_and_nothing_else)
{
    struct groups groups = {.len = 7};
    struct slice text = slice_of(texts[_i].text);

    ck_assert_int_eq(groups_check(text), texts[_i].sound);
    ck_assert_int_eq(groups_set(&groups, text), texts[_i].sound);
    if (texts[_i].sound)
        ck_assert(slice_equal(groups_slice(&groups), text));
    else
        ck_assert_uint_eq(groups.len, 7);
}
END_TEST

START_TEST(a_nul_is_no_part_of_a_name)
{
    ck_assert(!groups_check(SLICE("a\0b")));
}
END_TEST

START_TEST(names_come_one_after_another)
{
    static const char *const names[] = {"web", "staff", "x"};
    struct slice rest = SLICE("web,staff,x"), name;
    struct groups groups = {.len = 0};
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        ck_assert(groups_next(&rest, &name));
        ck_assert(slice_equal(name, slice_of(names[i])));
        ck_assert(groups_add(&groups, name));
        ck_assert(!groups_add(&groups, name));
    }
    ck_assert(!groups_next(&rest, &name));
    ck_assert(slice_equal(groups_slice(&groups), SLICE("web,staff,x")));
    ck_assert(!groups_add(&groups, SLICE("")));
    ck_assert(!groups_add(&groups, SLICE("a,b")));
    ck_assert(slice_equal(groups_slice(&groups), SLICE("web,staff,x")));
}
END_TEST

START_TEST(there_are_32_at_most_and_1024_bytes)
{
    struct groups groups = {.len = 0}, many = {.len = 0};
    char name[GROUPS_NAME_MAX + 1];
    int i, n = 0;

    for (i = 0; i < GROUPS_MAX; i++) {
        snprintf(name, sizeof(name), "group%d", i);
        ck_assert(groups_add(&groups, slice_of(name)));
    }
    ck_assert(!groups_add(&groups, SLICE("one")));
    ck_assert(groups_check(groups_slice(&groups)));
    memcpy(groups.text + groups.len, ",one", 4);
    groups.len += 4;
    ck_assert(!groups_check(groups_slice(&groups)));

    memset(name, 'x', sizeof(name));
    for (name[0] = 'a'; groups_add(&many, (struct slice){(uint8_t *)name, 127});
         name[0]++)
        n++;
    ck_assert_int_eq(n, 8);
    ck_assert_uint_eq(many.len, 1023);
    ck_assert(groups_check(groups_slice(&many)));
    many.text[many.len++] = 'y'; /* the last has 128 */
    ck_assert(groups_check(groups_slice(&many)));
    ck_assert(!groups_add(&many, SLICE("z")));
}
END_TEST

/* A character of which the rest stands behind the text. */
START_TEST(a_character_is_not_taken_from_behind_a_text)
{
    struct slice text = SLICE("gr\303\274");

    ck_assert(groups_check(text));
    text.len--;
    ck_assert(!groups_check(text));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests,
                        groups_are_what_the_grammar_says_and_nothing_else, 0,
                        COUNT(texts));
    tcase_add_test(tests, a_character_is_not_taken_from_behind_a_text);
    tcase_add_test(tests, a_nul_is_no_part_of_a_name);
    tcase_add_test(tests, names_come_one_after_another);
    tcase_add_test(tests, there_are_32_at_most_and_1024_bytes);
}

int
main(void)
{
    return unit_run("groups", add, 10);
}
