/*
 * What the environment names, and that a set-ID program does not look at it:
 * whoever calls one has written it. This program calls a copy of itself, which
 * ends with what it believed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/agent_path.h"
#include "base/config.h"
#include "base/credentials.h"
#include "base/trace.h"
#include "scratch.h"
#include "unit.h"

/* Whether what is found is in the folder that the variable names. */
static bool
is_below(const char *found, const char *variable)
{
    const char *named = getenv(variable);

    return named != NULL && strncmp(found, named, strlen(named)) == 0;
}

static bool
believes_config(const char *variable)
{
    return is_below(config_path(), variable);
}

static bool
believes_credentials(const char *variable)
{
    char path[CREDENTIALS_PATH_MAX];

    return credentials_path(path) && is_below(path, variable);
}

static bool
believes_agent(const char *variable)
{
    char path[AGENT_PATH_MAX];

    return agent_path(path) && is_below(path, variable);
}

static bool
believes_trace(const char *variable)
{
    trace_line("a line");
    return trace_is_on() || access(getenv(variable), F_OK) == 0;
}

/* Each variable that there is. */
static const struct variable {
    const char *name;
    bool (*is_believed)(const char *name);
} variables[] = {
    {"GSS_SCRAM_CONFIG", believes_config},
    {"GSS_SCRAM_CREDENTIALS", believes_credentials},
    {"XDG_CONFIG_HOME", believes_credentials},
    {"HOME", believes_credentials},
    {"XDG_RUNTIME_DIR", believes_agent},
    {"GSS_SCRAM_TRACE", believes_trace},
};

/* What the copy ends with. */
enum { BELIEVES, DOES_NOT_BELIEVE, IS_AS_ANY };

static int
be_copy(const struct variable *v)
{
    if (v->is_believed(v->name))
        return BELIEVES;
    return getauxval(AT_SECURE) == 0 ? IS_AS_ANY : DOES_NOT_BELIEVE;
}

static void
copy_self(const char *name, mode_t mode)
{
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

    while (sendfile(to, from, NULL, 1 << 20) > 0)
        ;
    close(from);
    ck_assert_int_eq(fchown(to, 0, 65534), 0);
    ck_assert_int_eq(fchmod(to, mode), 0);
    ck_assert_int_eq(close(to), 0);
}

/* What a copy with that mode ends with, whose environment has that variable. */
static int
call_copy(const struct variable *v, mode_t mode)
{
    char program[256];
    char number[2] = {(char)('0' + (v - variables)), '\0'};
    pid_t child;
    int status;

    snprintf(program, sizeof(program), "%s", scratch_path("program"));
    unlink(program);
    copy_self(program, mode);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        clearenv();
        setenv(v->name, scratch_path(v->name), 1);
        execl(program, program, number, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* It is set-group-ID, which is the same for this, and gives nothing away. */
START_TEST(a_set_id_program_does_not_believe_the_environment)
{
    const struct variable *v = &variables[_i];
    int ended;

    if (geteuid() != 0) {
        puts("not tried: a set-ID program, as this is not root");
        return;
    }
    if (v->is_believed != believes_trace)
        ck_assert_int_eq(mkdir(scratch_path(v->name), 0700), 0);
    ended = call_copy(v, 02750);
    if (ended == IS_AS_ANY)
        puts("not tried: a set-ID program, as there is none on this file "
             "system");
    else
        ck_assert_msg(ended == DOES_NOT_BELIEVE, "%s: %d", v->name, ended);
    ck_assert_msg(call_copy(v, 0750) == BELIEVES, "%s", v->name);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests,
                        a_set_id_program_does_not_believe_the_environment, 0,
                        COUNT(variables));
}

int
main(int argc, char **argv)
{
    if (argc == 2)
        _exit(be_copy(&variables[argv[1][0] - '0']));
    return unit_run("environment", add, 10);
}
