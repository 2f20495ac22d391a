#include "directory/servers.h"

#include "unit.h"

static struct ldap_server_state states[3];
static const struct sentence complaint = {"gone"};

static struct ldap_round
begin(void)
{
    return (struct ldap_round){states, 3, 0, false};
}

START_TEST(servers_that_work_are_asked_in_their_order)
{
    struct ldap_round round = begin();

    ck_assert_int_eq(ldap_round_next(&round, 5000, 100), 0);
    ck_assert_int_eq(ldap_round_next(&round, 5000, 100), 1);
    ck_assert_int_eq(ldap_round_next(&round, 5000, 100), 2);
    ck_assert_int_eq(ldap_round_next(&round, 5000, 100), -1);
}
END_TEST

START_TEST(one_that_failed_is_asked_last_and_again_after_a_while)
{
    struct ldap_round round = begin(), later = begin();

    ldap_server_failed(&states[0], 5000, 200, &complaint);
    ck_assert_int_eq(ldap_round_next(&round, 5200, 100), 1);
    ck_assert_int_eq(ldap_round_next(&round, 5200, 100), 2);
    ck_assert_int_eq(ldap_round_next(&round, 5200, 100), 0);
    ck_assert_int_eq(ldap_round_next(&later, 6000, 100), 0);
    ldap_server_worked(&states[0]);
    round = begin();
    ck_assert_int_eq(ldap_round_next(&round, 6001, 100), 0);
}
END_TEST

START_TEST(one_asker_at_a_time_finds_out_whether_it_is_back)
{
    struct ldap_round first = begin(), second = begin();

    ldap_server_failed(&states[0], 5000, 200, &complaint);
    ck_assert_int_eq(ldap_round_next(&first, 6000, 2000), 0);
    ck_assert_int_eq(ldap_round_next(&second, 6500, 2000), 1);
}
END_TEST

START_TEST(one_that_goes_on_failing_is_left_alone_for_longer)
{
    uint64_t now = 5000, wait[10];
    int i;

    for (i = 0; i < 10; i++) {
        ldap_server_failed(&states[0], now, 10, &complaint);
        wait[i] = states[0].avoid_until - now;
        now = states[0].avoid_until;
    }
    ck_assert_uint_eq(wait[0], 1000);
    ck_assert_uint_eq(wait[1], 2000);
    ck_assert_uint_eq(wait[9], 60000);
}
END_TEST

START_TEST(those_who_wait_together_fail_once)
{
    uint64_t until;
    int i;

    ldap_server_failed(&states[0], 5000, 2000, &complaint);
    until = states[0].avoid_until;
    for (i = 1; i < 10; i++)
        ldap_server_failed(&states[0], 5000 + (uint64_t)i, 2000, &complaint);
    ck_assert_uint_eq(states[0].avoid_until, until);
}
END_TEST

START_TEST(what_took_long_to_fail_is_not_tried_at_once)
{
    struct ldap_round round = {states, 1, 0, false};

    ldap_server_failed(&states[0], 5000, 300, &complaint);
    ck_assert_int_eq(ldap_round_next(&round, 5299, 100), -1);
    ck_assert_str_eq(states[0].complaint.text, "gone");
    ck_assert_int_eq(ldap_round_next(&round, 5300, 100), 0);
}
END_TEST

START_TEST(what_refuses_at_once_is)
{
    struct ldap_round round = {states, 1, 0, false};

    ldap_server_failed(&states[0], 5000, 0, &complaint);
    ck_assert_int_eq(ldap_round_next(&round, 5000, 100), 0);
}
END_TEST

START_TEST(in_a_hurry_those_that_failed_are_not_asked)
{
    struct ldap_round round = begin();

    round.fail_fast = true;
    ldap_server_failed(&states[0], 5000, 0, &complaint);
    ldap_server_failed(&states[1], 5000, 0, &complaint);
    ldap_server_failed(&states[2], 5000, 0, &complaint);
    ck_assert_int_eq(ldap_round_next(&round, 5500, 100), -1);
    ck_assert_int_eq(ldap_round_next(&round, 6000, 100), 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, servers_that_work_are_asked_in_their_order);
    tcase_add_test(tests,
                   one_that_failed_is_asked_last_and_again_after_a_while);
    tcase_add_test(tests, one_asker_at_a_time_finds_out_whether_it_is_back);
    tcase_add_test(tests, one_that_goes_on_failing_is_left_alone_for_longer);
    tcase_add_test(tests, those_who_wait_together_fail_once);
    tcase_add_test(tests, what_took_long_to_fail_is_not_tried_at_once);
    tcase_add_test(tests, what_refuses_at_once_is);
    tcase_add_test(tests, in_a_hurry_those_that_failed_are_not_asked);
}

int
main(void)
{
    return unit_run("ldap_servers", add, 30);
}
