#include "unit.h"

#include "gss/frame.h"

#define OID_256 "\x06\x06\x2b\x06\x01\x05\x05\x12"

static const struct {
    struct slice framed;
    bool good;
} cases[] = {
    {SLICE("\x60\x0a" OID_256 "hi"), true},
    {SLICE("\x60\x08" OID_256), true},
    {SLICE("\x60\x0a\x06\x06\x2b\x06\x01\x05\x05\x0ehi"), true},
    {SLICE(""), false},
    {SLICE("\x60"), false},
    {SLICE("\x60\x00"), false},
    {SLICE("\x61\x0a" OID_256 "hi"), false},
    {SLICE("\x60\x0b" OID_256 "hi"), false},     /* longer than it is */
    {SLICE("\x60\x09" OID_256 "hi"), false},     /* something behind it */
    {SLICE("\x60\x81\x0a" OID_256 "hi"), false}, /* not the shortest form */
    {SLICE("\x60\x80" OID_256 "hi\0\0"), false}, /* indefinite */
    {SLICE("\x60\x84\0\0\0\x0a" OID_256 "hi"), false},
    {SLICE("\x60\x02\x06\x06"), false},
    {SLICE("\x60\x02\x06\x00"), false},
    {SLICE("\x60\x0a\x05\x06\x2b\x06\x01\x05\x05\x12hi"), false},
    {SLICE("\x60\x0a\x06\x06\x2b\x06\x01\x05\x05\x13hi"), false}, /* not ours */
    {SLICE("\x60\x0a\x06\x08\x2b\x06\x01\x05\x05\x12hi"), false},
};

START_TEST(a_frame_is_der_and_ends_where_the_token_does)
{
    struct slice token = {NULL, 0};
    enum scram_mechanism mechanism;
    uint8_t *copy = malloc(cases[_i].framed.len + 1);

    memcpy(copy, cases[_i].framed.data, cases[_i].framed.len);
    ck_assert_int_eq(frame_take((struct slice){copy, cases[_i].framed.len},
                                &mechanism, &token),
                     cases[_i].good);
    free(copy);
}
END_TEST

/* The frame says that it ends in the middle of the OID, of which the rest
 * stands behind it. */
START_TEST(an_oid_is_not_taken_from_behind_its_frame)
{
    struct slice framed = SLICE("\x60\x06" OID_256 "hi"), token;
    enum scram_mechanism mechanism;

    framed.len = 2 + 6;
    ck_assert(!frame_take(framed, &mechanism, &token));
}
END_TEST

/* Of a length of two or three bytes, the first one is not zero. */
START_TEST(a_length_has_no_zero_before_it)
{
    static const struct slice heads[] = {
        {(const uint8_t *)"\x60\x82\x00\xa0" OID_256, 12},
        {(const uint8_t *)"\x60\x83\x00\x01\x00" OID_256, 13},
    };
    static const size_t lengths[] = {0xa0, 0x100};
    size_t head = heads[_i].len - 8;
    uint8_t bytes[0x200] = {0};
    enum scram_mechanism mechanism;
    struct slice token;

    memcpy(bytes, heads[_i].data, heads[_i].len);
    ck_assert(!frame_take((struct slice){bytes, head + lengths[_i]}, &mechanism,
                          &token));
}
END_TEST

START_TEST(a_frame_comes_off_as_it_was_put_on)
{
    static const size_t sizes[] = {0, 1, 119, 120, 247, 248, 65527, 65528};
    size_t len = sizes[_i / 2];
    uint8_t *bytes = malloc(len + 1), *memory = malloc(len + FRAME_MAX);
    struct buffer framed = {memory, 0, len + FRAME_MAX, false};
    enum scram_mechanism mechanism;
    struct slice token;

    memset(bytes, 'x', len);
    frame_put((enum scram_mechanism)(_i % 2), (struct slice){bytes, len},
              &framed);
    ck_assert(!framed.overflow);
    ck_assert(frame_take(buffer_slice(&framed), &mechanism, &token));
    ck_assert_int_eq(mechanism, _i % 2);
    ck_assert(slice_equal(token, (struct slice){bytes, len}));
    free(bytes);
    free(memory);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_frame_is_der_and_ends_where_the_token_does, 0,
                        COUNT(cases));
    tcase_add_test(tests, an_oid_is_not_taken_from_behind_its_frame);
    tcase_add_loop_test(tests, a_length_has_no_zero_before_it, 0, 2);
    tcase_add_loop_test(tests, a_frame_comes_off_as_it_was_put_on, 0, 2 * 8);
}

int
main(void)
{
    return unit_run("frame", add, 10);
}
