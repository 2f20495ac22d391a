#include "unit.h"

#include "base/base64.h"

/* RFC 4648, section 10, and what is beside it. */
static const struct {
    const char *text;
    const char *bytes; /* NULL: not canonical base64 */
} cases[] = {
    {"", ""},
    {"Zg==", "f"},
    {"Zm8=", "fo"},
    {"Zm9v", "foo"},
    {"Zm9vYg==", "foob"},
    {"Zm9vYmE=", "fooba"},
    {"Zm9vYmFy", "foobar"},
    {"Zh==", NULL},                 /* stray bits */
    {"Zm9=", NULL},                 /* likewise */
    {"Zg", NULL},                   /* no padding */
    {"Zg=", NULL},                  /* half the padding */
    {"Zg==Zg==", NULL},             /* padding in the middle */
    {"====", NULL},                 /* nothing but padding */
    {"Z===", NULL},                 /* six bits */
    {" Zg==", NULL},                /* white space */
    {"Zg==\n", NULL},               /* likewise */
    {"Zm9v\nZg", NULL},             /* likewise */
    {"Zm9v    ", NULL},             /* likewise */
    {"    Zm9v", NULL},             /* likewise */
    {"Zm-_", NULL},                 /* the alphabet for URLs */
    {"Zm9\xc3", NULL},              /* not ASCII */
    {"Zm9\xefZm9vZm9v", NULL},      /* likewise, among eight */
    {"Zm9vZm9vZm9vZm9vZm9-", NULL}, /* after sixteen that are */
};

START_TEST(base64_has_one_form)
{
    uint8_t memory[32] = {0}, again[32];
    struct buffer bytes = BUFFER_ARRAY(memory), text = BUFFER_ARRAY(again);
    bool good = base64_decode(slice_of(cases[_i].text), &bytes);

    ck_assert_int_eq(good, cases[_i].bytes != NULL);
    if (!good) {
        ck_assert_uint_eq(bytes.len, 0);
        ck_assert_mem_eq(memory, (uint8_t[6]){0}, 6); /* nor left behind */
        return;
    }
    ck_assert(slice_equal(buffer_slice(&bytes), slice_of(cases[_i].bytes)));
    base64_encode(buffer_slice(&bytes), &text);
    ck_assert(slice_equal(buffer_slice(&text), slice_of(cases[_i].text)));
}
END_TEST

START_TEST(every_length_comes_back)
{
    uint8_t bytes[200], text[300], again[200];
    size_t n, i;

    for (n = 0; n <= sizeof(bytes); n++) {
        struct buffer t = BUFFER_ARRAY(text), b = {again, 0, n, false};

        for (i = 0; i < n; i++)
            bytes[i] = (uint8_t)(i * 151 + n);
        base64_encode((struct slice){bytes, n}, &t);
        ck_assert_uint_eq(t.len, BASE64_LEN(n));
        ck_assert(base64_decode(buffer_slice(&t), &b));
        ck_assert(slice_equal(buffer_slice(&b), (struct slice){bytes, n}));
    }
}
END_TEST

START_TEST(a_byte_too_little_room_is_noticed)
{
    uint8_t bytes[100] = {0}, text[BASE64_LEN(100)], out[100];
    struct buffer t = {text, 0, sizeof(text) - 1, false};
    struct buffer b = {out, 0, sizeof(out) - 1, false};

    base64_encode(SLICE_ARRAY(bytes), &t);
    ck_assert(t.overflow);
    ck_assert_uint_eq(t.len, 0);

    t = (struct buffer)BUFFER_ARRAY(text);
    base64_encode(SLICE_ARRAY(bytes), &t);
    ck_assert(!t.overflow);
    ck_assert(!base64_decode(buffer_slice(&t), &b));
    ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(room_is_what_is_behind_what_is_there)
{
    uint8_t text[5] = "x", out[4] = "x";
    struct buffer t = {text, 1, 4, false}, b = {out, 1, 3, false};

    base64_encode(SLICE("foo"), &t);
    ck_assert(t.overflow);
    ck_assert_uint_eq(t.len, 1);
    ck_assert(!base64_decode(SLICE("Zm9v"), &b));
    ck_assert_uint_eq(b.len, 1);
    t = (struct buffer){text, 1, 5, false};
    b = (struct buffer){out, 1, 4, false};
    base64_encode(SLICE("foo"), &t);
    ck_assert(base64_decode(SLICE("Zm9v"), &b));
    ck_assert_mem_eq(text, "xZm9v", 5);
    ck_assert_mem_eq(out, "xfoo", 4);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, base64_has_one_form, 0, COUNT(cases));
    tcase_add_test(tests, every_length_comes_back);
    tcase_add_test(tests, a_byte_too_little_room_is_noticed);
    tcase_add_test(tests, room_is_what_is_behind_what_is_there);
}

int
main(void)
{
    return unit_run("base64", add, 10);
}
