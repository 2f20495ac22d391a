#include "daemon/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DESCRIPTORS_KEPT 64 /* for all that is no connection */
#define DESCRIPTORS_MOST 1000000

void
process_open_standard(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

bool
process_close_memory(void)
{
    const struct rlimit none = {0, 0};

    return setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

unsigned
process_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return DESCRIPTORS_KEPT;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur > DESCRIPTORS_MOST)
        return DESCRIPTORS_MOST;
    return limit.rlim_cur > 2 * DESCRIPTORS_KEPT
               ? (unsigned)limit.rlim_cur - DESCRIPTORS_KEPT
               : DESCRIPTORS_KEPT;
}

bool
process_watch_signals(struct loop *loop, struct loop_source *source,
                      void (*ready)(struct loop_source *source),
                      const int *signals)
{
    sigset_t set;

    sigemptyset(&set);
    for (; *signals != 0; signals++)
        sigaddset(&set, *signals);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    *source = (struct loop_source){
        signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), ready};
    return source->fd >= 0 && loop_add(loop, source);
}
