#include "base/agent_path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* What this program, called once more, ends with. */
enum { BELIEVES, DOES_NOT_BELIEVE, IS_AS_ANY };

static int
be_program(void)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");

    if (getauxval(AT_SECURE) == 0)
        return IS_AS_ANY;
    return agent_path(path) && folder != NULL &&
                   strncmp(path, folder, strlen(folder)) == 0
               ? BELIEVES
               : DOES_NOT_BELIEVE;
}

static void
copy_self(const char *name)
{
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

    while (sendfile(to, from, NULL, 1 << 20) > 0)
        ;
    close(from);
    ck_assert_int_eq(close(to), 0);
}

/* Whoever calls it may have written its environment. It is set-group-ID, which
 * is the same for that, and gives nothing away. */
START_TEST(a_set_id_program_does_not_believe_the_environment)
{
    char program[256];
    int status;
    pid_t child;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(scratch_path("own"), 0700), 0);
    setenv("XDG_RUNTIME_DIR", scratch_path("own"), 1);
    snprintf(program, sizeof(program), "%s", scratch_path("program"));
    copy_self(program);
    ck_assert_int_eq(chown(program, 0, 65534), 0);
    ck_assert_int_eq(chmod(program, 02750), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        execl(program, program, "program", (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == IS_AS_ANY)
        puts("not tried: a set-ID program, as there is none on this file "
             "system");
    else
        ck_assert_int_eq(status, DOES_NOT_BELIEVE << 8);
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
    tcase_add_test(tests, a_set_id_program_does_not_believe_the_environment);
}

int
main(int argc, char **argv)
{
    (void)argv;
    if (argc == 2)
        _exit(be_program());
    return unit_run("agent_path", add, 10);
}
