#include "traced.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/stores.h"

static const char *
build(void)
{
    const char *folder = getenv("GSS_SCRAM_BUILD");

    return folder == NULL ? "." : folder;
}

int
traced_prepare(void)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/tests/secrets/.libs/quarantine.so",
             build());
    /* What binds a function when it is first called writes the registers to the
     * stack, and what a copy left in them. */
    return access(path, R_OK) == 0 && setenv("LD_PRELOAD", path, 1) == 0 &&
                   setenv("LD_BIND_NOW", "1", 1) == 0
               ? 0
               : -1;
}

/* In the child: what it is given is in a file, which it reads as it likes. */
static int
run(void *data)
{
    struct traced *t = data;
    char program[512], *words[TRACED_WORDS_MAX + 1] = {program};
    int in = open(stores_path("input"), O_RDONLY);
    int out = open(t->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t i;

    snprintf(program, sizeof(program), "%s/%s", build(), t->name);
    for (i = 0; i < TRACED_WORDS_MAX && t->words[i] != NULL; i++)
        words[i + 1] = (char *)t->words[i];
    if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
        ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || traced_prepare() != 0)
        return 90;
    execv(program, words);
    return 90;
}

static void
write_input(const char *text)
{
    int fd = open(stores_path("input"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

int
traced_run(struct traced *t)
{
    const long options = PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
    unsigned long code = 0;
    int status, signal;

    write_input(t->input);
    snprintf(t->output, sizeof(t->output), "%s", stores_path("output"));
    t->pid = stores_start(run, t);
    ck_assert_int_eq(waitpid(t->pid, &status, 0), t->pid);
    ck_assert_msg(WIFSTOPPED(status), "%s was not started", t->name);
    ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, t->pid, NULL, options), 0);
    for (signal = 0;; signal = WSTOPSIG(status)) {
        ck_assert_int_eq(ptrace(PTRACE_CONT, t->pid, NULL, signal), 0);
        ck_assert_int_eq(waitpid(t->pid, &status, 0), t->pid);
        ck_assert(WIFSTOPPED(status));
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
            break;
    }
    ck_assert_int_eq(ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &code), 0);
    return WEXITSTATUS((int)code);
}

void
traced_end(struct traced *t)
{
    ck_assert_int_eq(ptrace(PTRACE_DETACH, t->pid, NULL, NULL), 0);
    (void)stores_wait(t->pid);
}
