#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/slice.h"

#define AUTHPRIV (10 << 3) /* the facility (RFC 3164, 4.1.1) */
#define PATIENCE ((struct timeval){0, 100000}) /* for the log's daemon */
#define LINE_MAX_BYTES 4096

static atomic_uint lost; /* lines, since one was written */

/* Send a line by one type of socket; 0 or an errno. */
static int
send_by(int type, struct slice line)
{
    static const struct sockaddr_un log = {AF_UNIX, "/dev/log"};
    struct timeval patience = PATIENCE;
    int fd = descriptor_above_standard(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    int error = 0;

    if (fd < 0)
        return errno;
    /* Over a stream, a line ends with its NUL. */
    if (type == SOCK_STREAM)
        line.len++;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) !=
            0 ||
        connect(fd, (const struct sockaddr *)&log, sizeof(log)) != 0 ||
        send(fd, line.data, line.len, MSG_NOSIGNAL) != (ssize_t)line.len)
        error = errno != 0 ? errno : EIO;
    close(fd);
    return error;
}

/* The time is left to the daemon, which puts in its own. */
void
log_line(enum log_level level, const char *text)
{
    char line[LINE_MAX_BYTES], note[64] = "";
    unsigned missing = atomic_exchange(&lost, 0);
    int saved = errno, error, len;

    if (missing != 0)
        snprintf(note, sizeof(note), "(%u lines before this one are lost) ",
                 missing);
    len = snprintf(line, sizeof(line), "<%d>gss-scram[%ld]: %s%s",
                   AUTHPRIV | (int)level, (long)getpid(), note, text);
    if (len >= (int)sizeof(line))
        len = (int)sizeof(line) - 1;
    error = send_by(SOCK_DGRAM, (struct slice){(uint8_t *)line, (size_t)len});
    if (error == EPROTOTYPE)
        error =
            send_by(SOCK_STREAM, (struct slice){(uint8_t *)line, (size_t)len});
    if (error != 0)
        atomic_fetch_add(&lost, missing + 1);
    errno = saved;
}
