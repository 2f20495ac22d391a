#include "base/agent_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "unit.h"

static char path[AGENT_PATH_MAX];

/* What it is without a folder that the environment names. */
static void
check_default(void)
{
    char expected[AGENT_PATH_MAX];

    snprintf(expected, sizeof(expected), "/run/user/%lu/gss-scram/agent",
             (unsigned long)geteuid());
    ck_assert(agent_path(path));
    ck_assert_str_eq(path, expected);
}

START_TEST(an_account_has_it_in_its_own_runtime_folder)
{
    unsetenv("XDG_RUNTIME_DIR");
    check_default();
}
END_TEST

START_TEST(the_environment_names_another_folder)
{
    char expected[AGENT_PATH_MAX + 8];
    const char *folder = scratch_path("run");

    ck_assert_int_eq(mkdir(folder, 0700), 0);
    snprintf(expected, sizeof(expected), "%s/gss-scram/agent", folder);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    ck_assert(agent_path(path));
    ck_assert_str_eq(path, expected);
}
END_TEST

START_TEST(a_folder_that_is_not_this_accounts_does_not_count)
{
    if (geteuid() != 0)
        return;
    setenv("XDG_RUNTIME_DIR", scratch_path("ours"), 1);
    ck_assert_int_eq(mkdir(scratch_path("ours"), 0755), 0);
    scratch_become_nobody();
    check_default();
    scratch_become_self();
}
END_TEST

/* Relative paths are to be ignored; so is what is no folder. */
static const char *const no_folders[] = {"", ".", "/dev/null",
                                         "/no/such/folder"};

START_TEST(what_is_no_folder_does_not_count)
{
    setenv("XDG_RUNTIME_DIR", no_folders[_i], 1);
    check_default();
}
END_TEST

START_TEST(a_path_that_is_too_long_for_a_socket_is_none)
{
    char name[AGENT_PATH_MAX];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_int_eq(mkdir(scratch_path(name), 0700), 0);
    setenv("XDG_RUNTIME_DIR", scratch_path(name), 1);
    ck_assert(!agent_path(path));
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, an_account_has_it_in_its_own_runtime_folder);
    tcase_add_test(tests, the_environment_names_another_folder);
    tcase_add_test(tests, a_folder_that_is_not_this_accounts_does_not_count);
    tcase_add_loop_test(tests, what_is_no_folder_does_not_count, 0,
                        COUNT(no_folders));
    tcase_add_test(tests, a_path_that_is_too_long_for_a_socket_is_none);
}

int
main(void)
{
    return unit_run("agent_path", add, 10);
}
