#include "unit.h"

#include <stddef.h>

#include "base/config_value.h"

static const struct {
    const char *text;
    bool good;
    uint32_t number;
} numbers[] = {
    {"5", true, 5},
    {"10", true, 10},
    {"4", false, 0},
    {"11", false, 0},
    {"05", false, 0},
    {"+5", false, 0},
    {"-5", false, 0},
    {" 5", false, 0},
    {"5 ", false, 0},
    {"5x", false, 0},
    {"0x5", false, 0},
    {"", false, 0},
    {"4294967301", false, 0}, /* 5, of 32 bits of it */
    {"99999999999999999999", false, 0},
};

START_TEST(a_number_is_decimal_and_within_its_bounds)
{
    uint32_t number = 0;

    ck_assert_int_eq(config_value_number(numbers[_i].text, 5, 10, &number),
                     numbers[_i].good);
    ck_assert_uint_eq(number, numbers[_i].number);
}
END_TEST

START_TEST(a_number_may_be_as_large_as_its_type)
{
    uint32_t number = 0;

    ck_assert(config_value_number("4294967295", 0, UINT32_MAX, &number));
    ck_assert_uint_eq(number, UINT32_MAX);
    ck_assert(!config_value_number("4294967296", 0, UINT32_MAX, &number));
}
END_TEST

static const struct {
    const char *text;
    bool good;
    uint32_t milliseconds;
} durations[] = {
    {"30", true, 30000},
    {"30s", true, 30000},
    {"500ms", true, 500},
    {"2m", true, 120000},
    {"1h", true, 3600000},
    {"100ms", true, 100},
    {"3600000ms", true, 3600000},
    {"99ms", false, 0},
    {"3600001ms", false, 0},
    {"2h", false, 0},
    {"3601", false, 0},
    {"0", false, 0},
    {"0s", false, 0},
    {"1.5s", false, 0},
    {"1m30s", false, 0},
    {"30 s", false, 0},
    {"30S", false, 0},
    {"30sec", false, 0},
    {"-30s", false, 0},
    {"s", false, 0},
    {"", false, 0},
    {"1194h", false, 0}, /* 33,104 milliseconds, of 32 bits of it */
};

START_TEST(a_duration_is_a_number_and_a_unit_within_its_bounds)
{
    uint32_t duration = 0;

    ck_assert_int_eq(
        config_value_duration(durations[_i].text, 100, 3600000, &duration),
        durations[_i].good);
    ck_assert_uint_eq(duration, durations[_i].milliseconds);
}
END_TEST

START_TEST(a_duration_may_be_of_days)
{
    uint32_t duration = 0;

    ck_assert(config_value_duration("49d", 0, UINT32_MAX, &duration));
    ck_assert_uint_eq(duration, 4233600000u);
    ck_assert(!config_value_duration("50d", 0, UINT32_MAX, &duration));
}
END_TEST

static const struct {
    const char *text;
    bool good;
    bool truth;
} booleans[] = {
    {"true", true, true},   {"yes", true, true},     {"on", true, true},
    {"1", true, true},      {"True", true, true},    {"YES", true, true},
    {"false", true, false}, {"no", true, false},     {"off", true, false},
    {"0", true, false},     {"oFF", true, false},    {"maybe", false, false},
    {"2", false, false},    {"truee", false, false}, {"tru", false, false},
    {"", false, false},
};

START_TEST(a_boolean_is_one_of_krb5_conf_s_words)
{
    bool truth = !booleans[_i].truth, before = truth;

    ck_assert_int_eq(config_value_boolean(booleans[_i].text, &truth),
                     booleans[_i].good);
    ck_assert_int_eq(truth, booleans[_i].good ? booleans[_i].truth : before);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_number_is_decimal_and_within_its_bounds, 0,
                        COUNT(numbers));
    tcase_add_test(tests, a_number_may_be_as_large_as_its_type);
    tcase_add_loop_test(tests,
                        a_duration_is_a_number_and_a_unit_within_its_bounds, 0,
                        COUNT(durations));
    tcase_add_test(tests, a_duration_may_be_of_days);
    tcase_add_loop_test(tests, a_boolean_is_one_of_krb5_conf_s_words, 0,
                        COUNT(booleans));
}

int
main(void)
{
    return unit_run("config_value", add, 10);
}
