#include "base/file_write.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Which signal a write raised that failed so; 0 for none. */
static int
signal_of(int error)
{
    return error == EFBIG ? SIGXFSZ : error == EPIPE ? SIGPIPE : 0;
}

ssize_t
file_write(int file, struct slice bytes)
{
    const struct timespec at_once = {0, 0};
    sigset_t both, before, waiting, raised;
    ssize_t written;
    int error;

    sigemptyset(&both);
    sigaddset(&both, SIGXFSZ);
    sigaddset(&both, SIGPIPE);
    if (pthread_sigmask(SIG_BLOCK, &both, &before) != 0)
        return -1;
    sigemptyset(&waiting);
    sigpending(&waiting);
    written = write(file, bytes.data, bytes.len);
    error = written < 0 ? errno : 0;
    /* One that was waiting before is the program's. */
    if (signal_of(error) != 0 && !sigismember(&waiting, signal_of(error))) {
        sigemptyset(&raised);
        sigaddset(&raised, signal_of(error));
        while (sigtimedwait(&raised, NULL, &at_once) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return written;
}
