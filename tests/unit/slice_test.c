#include "unit.h"

#include "base/slice.h"

static const struct {
    const char *text;
    uint32_t max;
    bool good;
    uint32_t number;
} decimals[] = {
    {"1", 10, true, 1},
    {"4096", UINT32_MAX, true, 4096},
    {"4294967295", UINT32_MAX, true, UINT32_MAX},
    {"4294967296", UINT32_MAX, false, 0},
    {"9999999999", UINT32_MAX, false, 0},
    {"10000000000", UINT32_MAX, false, 0},
    {"18446744073709551617", UINT32_MAX, false, 0},
    {"11", 10, false, 0},
    {"", 10, false, 0},
    {"0", 10, false, 0},
    {"01", 10, false, 0},
    {"+1", 10, false, 0},
    {"-1", 10, false, 0},
    {" 1", 10, false, 0},
    {"1 ", 10, false, 0},
    {"0x1", 10, false, 0},
};

START_TEST(a_decimal_is_digits_and_nothing_else)
{
    uint32_t number = 77;

    ck_assert_int_eq(
        slice_decimal(slice_of(decimals[_i].text), decimals[_i].max, &number),
        decimals[_i].good);
    ck_assert_uint_eq(number, decimals[_i].good ? decimals[_i].number : 77);
}
END_TEST

START_TEST(a_buffer_takes_a_slice_whole_or_not_at_all)
{
    uint8_t memory[4];
    struct buffer b = BUFFER_ARRAY(memory);

    buffer_put(&b, SLICE("abc"));
    buffer_put(&b, SLICE("de"));
    ck_assert(b.overflow);
    ck_assert(slice_equal(buffer_slice(&b), SLICE("abc")));
    /* Once something is missing, what follows would be in the wrong place. */
    buffer_put(&b, SLICE("f"));
    ck_assert_uint_eq(b.len, 3);
}
END_TEST

START_TEST(slices_compare_by_their_bytes)
{
    struct slice whole = SLICE("abcdef");
    struct slice rest = {whole.data + 4, 2};

    ck_assert(slice_equal(SLICE("a\0b"), SLICE("a\0b")));
    ck_assert(!slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    ck_assert(!slice_equal(SLICE("a"), SLICE("ab")));
    ck_assert(slice_equal((struct slice){NULL, 0}, SLICE("")));
    ck_assert(slice_starts_with(whole, SLICE("abc")));
    ck_assert(!slice_starts_with(SLICE("ab"), SLICE("abc")));
    ck_assert(slice_equal(slice_before(whole, rest), SLICE("abcd")));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_decimal_is_digits_and_nothing_else, 0,
                        COUNT(decimals));
    tcase_add_test(tests, a_buffer_takes_a_slice_whole_or_not_at_all);
    tcase_add_test(tests, slices_compare_by_their_bytes);
}

int
main(void)
{
    return unit_run("slice", add, 10);
}
