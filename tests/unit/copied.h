/*
 * A process whose memory is all there a second time, as that of every process
 * is after a virtual machine was copied.
 */
#ifndef COPIED_H
#define COPIED_H

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Take every MADV_WIPEONFORK back: as if the kernel had said yes to it and done
 * nothing, as qemu-user does. */
static inline void
copied_keep_on_fork(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024];
    uintptr_t from, to;

    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        /* Where it cannot be set, there is nothing to take back. */
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2)
            (void)madvise((void *)from, to - from, MADV_KEEPONFORK);
    }
    fclose(maps);
}

/* fork(), by the kernel alone: no library is told, and no handler is run. */
static inline pid_t
copied_clone(void)
{
#ifdef __s390__ /* whose kernel takes the stack first, see clone(2) */
    return (pid_t)syscall(SYS_clone, 0, SIGCHLD, 0, 0, 0);
#else
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

#endif
