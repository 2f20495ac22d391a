#include "unit.h"

#include "scram/saslname.h"

static const struct {
    const char *saslname, *user; /* user NULL: refused */
} names[] = {
    {"user", "user"}, {"a=2Cb", "a,b"}, {"a=3Db", "a=b"}, {"=3D2C", "=2C"},
    {"=2C=3D", ",="}, {"a=b", NULL},    {"a=", NULL},     {"a=2", NULL},
    {"a=2c", NULL},   {"a=3d", NULL},   {"=", NULL},      {"a=4Db", NULL},
};

START_TEST(a_saslname_escapes_the_comma_and_the_equals_sign)
{
    uint8_t memory[64], again[64];
    struct buffer user = BUFFER_ARRAY(memory), saslname = BUFFER_ARRAY(again);
    enum scram_status status =
        scram_saslname_decode(slice_of(names[_i].saslname), &user);

    if (names[_i].user == NULL) {
        ck_assert_int_eq(status, SCRAM_BAD_ENCODING);
        return;
    }
    ck_assert_int_eq(status, SCRAM_OK);
    ck_assert(slice_equal(buffer_slice(&user), slice_of(names[_i].user)));
    scram_saslname_encode(buffer_slice(&user), &saslname);
    ck_assert(
        slice_equal(buffer_slice(&saslname), slice_of(names[_i].saslname)));
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_refused)
{
    uint8_t memory[4];
    struct buffer user = BUFFER_ARRAY(memory);

    ck_assert_int_eq(scram_saslname_decode(SLICE("abcde"), &user),
                     SCRAM_BAD_ENCODING);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_saslname_escapes_the_comma_and_the_equals_sign,
                        0, COUNT(names));
    tcase_add_test(tests, a_name_that_does_not_fit_is_refused);
}

int
main(void)
{
    return unit_run("saslname", add, 10);
}
