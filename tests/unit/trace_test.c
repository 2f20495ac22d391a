#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trace.h"
#include "scratch.h"

/* The trace's text, or NULL where there is no file. */
static char *
read_trace(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (file == NULL)
        return NULL;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

START_TEST(nothing_is_traced_unless_asked_for)
{
    unsetenv("GSS_SCRAM_TRACE");
    ck_assert(!trace_is_on());
    trace_line("lost");
}
END_TEST

START_TEST(a_line_has_the_process_and_the_time_before_it)
{
    const char *path = scratch_path("trace");
    struct stat st;
    char *text, head[32];

    setenv("GSS_SCRAM_TRACE", path, 1);
    ck_assert(trace_is_on());
    trace_line("one");
    trace_line("two");
    text = read_trace(path);
    ck_assert_ptr_nonnull(text);
    snprintf(head, sizeof(head), "[%ld] ", (long)getpid());
    ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
    ck_assert_ptr_nonnull(strstr(text, ": one\n["));
    ck_assert_str_eq(text + strlen(text) - 6, ": two\n");
    free(text);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 077, 0);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_and_ended)
{
    const char *path = scratch_path("trace");
    char *line = malloc(10001), *text;

    memset(line, 'x', 10000);
    line[10000] = '\0';
    setenv("GSS_SCRAM_TRACE", path, 1);
    trace_line(line);
    text = read_trace(path);
    ck_assert_uint_lt(strlen(text), 5000);
    ck_assert_str_eq(text + strlen(text) - 2, "x\n");
    free(text);
    free(line);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_fails_nothing)
{
    setenv("GSS_SCRAM_TRACE", scratch_path("no/such/folder"), 1);
    trace_line("lost");
}
END_TEST

START_TEST(a_line_leaves_no_descriptor)
{
    int before = dup(2), after;

    close(before);
    setenv("GSS_SCRAM_TRACE", scratch_path("trace"), 1);
    trace_line("one");
    trace_line("two");
    after = dup(2);
    close(after);
    ck_assert_int_eq(after, before);
}
END_TEST

/* The trace's own is taken away; one that waited before it stays. */
START_TEST(a_signal_that_waits_is_left_to_the_program)
{
    struct rlimit limit, none;
    sigset_t beyond, waiting;
    int taken;

    sigemptyset(&beyond);
    sigaddset(&beyond, SIGXFSZ);
    sigprocmask(SIG_BLOCK, &beyond, NULL);
    setenv("GSS_SCRAM_TRACE", scratch_path("trace"), 1);
    getrlimit(RLIMIT_FSIZE, &limit);
    none = (struct rlimit){0, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    if (_i)
        raise(SIGXFSZ);
    trace_line("too much");
    setrlimit(RLIMIT_FSIZE, &limit);
    sigpending(&waiting);
    ck_assert_int_eq(sigismember(&waiting, SIGXFSZ), _i);
    if (_i)
        ck_assert_int_eq(sigwait(&beyond, &taken), 0);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, nothing_is_traced_unless_asked_for);
    tcase_add_test(tests, a_line_has_the_process_and_the_time_before_it);
    tcase_add_test(tests, a_line_that_is_too_long_is_cut_and_ended);
    tcase_add_test(tests, a_line_leaves_no_descriptor);
    tcase_add_loop_test(tests, a_signal_that_waits_is_left_to_the_program, 0,
                        2);
    tcase_add_test(tests, a_file_that_cannot_be_written_fails_nothing);
}

int
main(void)
{
    return unit_run("trace", add, 10);
}
