#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static const struct {
    const char *name;
    uid_t uid;
} accounts[] = {{"root", 0}, {"daemon", 1}};

START_TEST(an_account_is_found_by_its_name_and_its_number)
{
    char name[64];
    uid_t uid = 4711;

    ck_assert_int_eq(account_uid(accounts[_i].name, &uid), 0);
    ck_assert_uint_eq(uid, accounts[_i].uid);
    ck_assert_int_eq(account_name(uid, name, sizeof(name)), 0);
    ck_assert_str_eq(name, accounts[_i].name);
}
END_TEST

static const char *const strangers[] = {
    "", "Root", "root ", "no such account", "0", "root:x"};

START_TEST(no_other_name_is_an_account)
{
    uid_t uid = 4711;

    ck_assert_int_eq(account_uid(strangers[_i], &uid), ENOENT);
    ck_assert_uint_eq(uid, 4711);
}
END_TEST

START_TEST(an_account_without_a_name_has_its_number)
{
    char name[64];

    ck_assert_int_eq(account_name(3999999999u, name, sizeof(name)), 0);
    ck_assert_str_eq(name, "3999999999");
}
END_TEST

START_TEST(a_long_name_is_cut_off)
{
    char name[3];

    ck_assert_int_eq(account_name(0, name, sizeof(name)), 0);
    ck_assert_str_eq(name, "ro");
}
END_TEST

START_TEST(an_account_is_in_its_own_group_and_in_no_unknown_one)
{
    ck_assert(account_in_group(0, 0));
    ck_assert(!account_in_group(0, 3999999999u));
    ck_assert(!account_in_group(3999999999u, 0)); /* which is nobody's */
    ck_assert(account_process_in_group(getegid()));
    ck_assert(!account_process_in_group(3999999999u));
}
END_TEST

START_TEST(a_process_has_the_groups_that_it_was_given)
{
    static const gid_t group = 3999999999u;

    if (geteuid() != 0)
        return; /* nobody else can take a group */
    ck_assert_int_eq(setgroups(1, &group), 0);
    ck_assert(account_process_in_group(group));
    ck_assert(!account_in_group(0, group));
    ck_assert_int_eq(setgroups(0, NULL), 0);
    ck_assert(!account_process_in_group(group));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, an_account_is_found_by_its_name_and_its_number,
                        0, COUNT(accounts));
    tcase_add_loop_test(tests, no_other_name_is_an_account, 0,
                        COUNT(strangers));
    tcase_add_test(tests, an_account_without_a_name_has_its_number);
    tcase_add_test(tests, a_long_name_is_cut_off);
    tcase_add_test(tests, an_account_is_in_its_own_group_and_in_no_unknown_one);
    tcase_add_test(tests, a_process_has_the_groups_that_it_was_given);
}

int
main(void)
{
    return unit_run("account", add, 10);
}
