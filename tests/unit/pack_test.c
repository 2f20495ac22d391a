#include "unit.h"

#include "base/pack.h"

START_TEST(what_was_packed_is_unpacked)
{
    uint8_t bytes[64];
    struct buffer b = BUFFER_ARRAY(bytes);
    struct unpack u;

    pack_number(&b, 1, 255);
    pack_number(&b, 8, UINT64_MAX);
    pack_bytes(&b, SLICE("abc"));
    pack_bytes(&b, SLICE(""));
    pack_number(&b, 2, 513);
    ck_assert(!b.overflow);
    ck_assert_uint_eq(b.len,
                      1 + 8 + pack_bytes_size(3) + pack_bytes_size(0) + 2);

    u = (struct unpack){buffer_slice(&b), false};
    ck_assert_uint_eq(unpack_number(&u, 1, 255), 255);
    ck_assert_uint_eq(unpack_number(&u, 8, UINT64_MAX), UINT64_MAX);
    ck_assert(slice_equal(unpack_bytes(&u, 3), SLICE("abc")));
    ck_assert_uint_eq(unpack_bytes(&u, 3).len, 0);
    ck_assert(!unpack_complete(&u));
    ck_assert_uint_eq(unpack_number(&u, 2, 1000), 513);
    ck_assert(unpack_complete(&u));
}
END_TEST

START_TEST(numbers_stand_with_the_most_significant_byte_first)
{
    uint8_t bytes[8];
    struct buffer b = BUFFER_ARRAY(bytes);

    pack_number(&b, 4, 0x01020304);
    pack_bytes(&b, SLICE(""));
    ck_assert(slice_equal(buffer_slice(&b), SLICE("\1\2\3\4\0\0\0\0")));
}
END_TEST

/* Each takes a number of two bytes, at most 1,000, then at most 3 bytes. */
static const struct {
    struct slice bytes;
    bool complete;
} inputs[] = {
    {SLICE("\0\1\0\0\0\3abc"), true},
    {SLICE("\3\350\0\0\0\0"), true},
    {SLICE("\3\351\0\0\0\0"), false},   /* the number is over its maximum */
    {SLICE("\0\1\0\0\0\4abcd"), false}, /* the bytes are more than may be */
    {SLICE("\0\1\0\0\0\3ab"), false},   /* the end comes too early */
    {SLICE("\0\1\377\377\377\377"), false},
    {SLICE("\0\1\0\0\0"), false},
    {SLICE("\0"), false},
    {SLICE(""), false},
    {{NULL, 0}, false},
    {SLICE("\0\1\0\0\0\3abcd"), false}, /* something is left */
};

START_TEST(what_is_not_there_or_too_much_reads_as_nothing_and_is_remembered)
{
    struct unpack u = {inputs[_i].bytes, false};
    uint64_t number = unpack_number(&u, 2, 1000);
    struct slice bytes = unpack_bytes(&u, 3);

    ck_assert_uint_le(number, 1000);
    ck_assert_uint_le(bytes.len, 3);
    ck_assert_int_eq(unpack_complete(&u), inputs[_i].complete);
    if (u.failed)
        ck_assert_uint_eq(bytes.len, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, what_was_packed_is_unpacked);
    tcase_add_test(tests, numbers_stand_with_the_most_significant_byte_first);
    tcase_add_loop_test(
        tests, what_is_not_there_or_too_much_reads_as_nothing_and_is_remembered,
        0, COUNT(inputs));
}

int
main(void)
{
    return unit_run("pack", add, 10);
}
