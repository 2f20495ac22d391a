#include "daemon/system_log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file_write.h"

#define AUTHPRIV (10 << 3) /* the facility (RFC 3164, 4.1.1) */

/* Connect to the log's daemon by one type of socket. */
static bool
connect_by(struct system_log *log, int type)
{
    static const struct sockaddr_un address = {AF_UNIX, "/dev/log"};

    log->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log->fd >= 0 && connect(log->fd, (const struct sockaddr *)&address,
                                sizeof(address)) == 0)
        return true;
    system_log_close(log);
    return false;
}

/* Over a stream a line ends with its NUL; where not all of it is taken, what
 * follows would be its rest, so that another connection is made. */
static bool
send_line(struct system_log *log, const char *line, size_t len)
{
    int type;
    socklen_t size = sizeof(type);

    if (log->fd < 0 && !connect_by(log, SOCK_DGRAM) &&
        !connect_by(log, SOCK_STREAM))
        return false;
    if (getsockopt(log->fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
        type == SOCK_STREAM)
        len++;
    if (send(log->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
        return true;
    if (errno != EAGAIN && errno != ENOBUFS)
        system_log_close(log);
    return false;
}

/* A pipe that has room for anything has it for a line. */
static bool
write_line(const char *line, size_t len)
{
    struct pollfd ready = {STDERR_FILENO, POLLOUT, 0};

    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
           file_write(STDERR_FILENO, (struct slice){(const uint8_t *)line,
                                                    len}) == (ssize_t)len;
}

/* The log's daemon may have been started anew since the last line. */
static bool
send_again(struct system_log *log, const char *line, size_t len)
{
    return send_line(log, line, len) ||
           (log->fd < 0 && send_line(log, line, len));
}

void
system_log_line(struct system_log *log, enum log_level level, const char *text)
{
    char line[SYSTEM_LOG_LINE], note[64] = "", head[16] = "";
    int len;
    bool done;

    if (log->lost != 0)
        snprintf(note, sizeof(note), "(%u lines before this one are lost) ",
                 log->lost);
    if (!log->foreground)
        snprintf(head, sizeof(head), "<%d>", AUTHPRIV | (int)level);
    len = snprintf(line, sizeof(line), "%sgss-scramd[%ld]: %s%s%s", head,
                   (long)getpid(), note, text, log->foreground ? "\n" : "");
    if (len >= (int)sizeof(line)) {
        len = (int)sizeof(line) - 1;
        line[len - 1] = log->foreground ? '\n' : '.';
    }
    done = log->foreground ? write_line(line, (size_t)len)
                           : send_again(log, line, (size_t)len);
    if (!done)
        ++*log->lost_in_all;
    log->lost = done ? 0 : log->lost + 1;
}

void
system_log_close(struct system_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}
