#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Calls by path, and which argument that is. */
static const struct {
    long number;
    int path;
    bool opens;
} by_path[] = {
#ifdef SYS_open
    {SYS_open, 0, true},        {SYS_stat, 0, false},
    {SYS_lstat, 0, false},      {SYS_access, 0, false},
    {SYS_readlink, 0, false},
#endif
    {SYS_openat, 1, true},      {SYS_openat2, 1, true},
    {SYS_statx, 1, false},      {SYS_faccessat, 1, false},
    {SYS_faccessat2, 1, false},
#ifdef SYS_newfstatat
    {SYS_newfstatat, 1, false},
#endif
#ifdef SYS_fstatat64
    {SYS_fstatat64, 1, false},
#endif
};

static void
note_path(pid_t child, uint64_t address, struct calls *calls)
{
    size_t len = strlen(calls->opened);
    char path[256] = "";
    struct iovec here = {path, sizeof(path) - 1};
    struct iovec there = {(void *)(uintptr_t)address, sizeof(path) - 1};

    /* Fewer bytes where the page ends. */
    while (process_vm_readv(child, &here, 1, &there, 1, 0) < 0 &&
           here.iov_len > 1)
        here.iov_len = there.iov_len = here.iov_len / 2;
    snprintf(calls->opened + len, sizeof(calls->opened) - len, "%s ", path);
}

static void
count(pid_t child, const struct __ptrace_syscall_info *info,
      struct calls *calls)
{
    long number = (long)info->entry.nr;
    int i;

    calls->all++;
    calls->random += number == SYS_getrandom;
    calls->maps += (number == SYS_mmap) && (int)info->entry.args[4] >= 0;
    for (i = 0; i < COUNT(by_path); i++) {
        if (by_path[i].number != number)
            continue;
        /* fstat(2) may be made of it, with an empty path. */
        if (by_path[i].opens) {
            calls->opens++;
            note_path(child, info->entry.args[by_path[i].path], calls);
        } else {
            calls->looks++;
        }
    }
}

/* Stops of its own tell where the work begins and where it ends. */
static int
child_of(const char *(*prepare)(void), const char *(*work)(void), char *wrong)
{
    const char *what = prepare();

    if (what == NULL) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            return 2;
        raise(SIGSTOP);
        what = work();
        raise(SIGSTOP);
    }
    if (what != NULL)
        snprintf(wrong, 4096, "%s", what);
    return what != NULL;
}

/* From the first stop to the second. */
static void
follow(pid_t child, struct calls *calls)
{
    struct __ptrace_syscall_info info;
    int status;

    ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, child, NULL,
                            PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL),
                     0);
    for (;;) {
        ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSTOPPED(status), "the work ended by itself");
        if (WSTOPSIG(status) == SIGSTOP)
            break;
        ck_assert_int_eq(WSTOPSIG(status), SIGTRAP | 0x80);
        if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) > 0 &&
            info.op == PTRACE_SYSCALL_INFO_ENTRY)
            count(child, &info, calls);
    }
    ck_assert_int_eq(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
}

bool
calls_count(const char *(*prepare)(void), const char *(*work)(void),
            struct calls *calls)
{
    char *wrong = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(child_of(prepare, work, wrong));
    *calls = (struct calls){0};
    ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
    if (WIFSTOPPED(status)) {
        follow(child, calls);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
    }
    ck_assert_str_eq(wrong, "");
    ck_assert(WIFEXITED(status));
    munmap(wrong, 4096);
    return WEXITSTATUS(status) == 0;
}
