#include "daemon/system_log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file_write.h"

#define AUTHPRIV (10 << 3) /* the facility (RFC 3164, 4.1.1) */

/* Connect to the log's daemon by one type of socket. */
static bool
system_log_connect_by(struct system_log *log, int type)
{
    static const struct sockaddr_un address = {AF_UNIX, "/dev/log"};

    log->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log->fd >= 0 && connect(log->fd, (const struct sockaddr *)&address,
                                sizeof(address)) == 0)
        return true;
    system_log_close(log);
    return false;
}

/* What came of a line. */
enum taken { TAKEN, NO_ROOM, NOBODY };

/* Over a stream a line ends with its NUL; where not all of it is taken, what
 * follows would be its rest, so that another connection is made. */
static enum taken
send_line(struct system_log *log, const char *line, size_t len)
{
    int type;
    socklen_t size = sizeof(type);

    if (log->fd < 0 && !system_log_connect_by(log, SOCK_DGRAM) &&
        !system_log_connect_by(log, SOCK_STREAM))
        return NOBODY;
    if (getsockopt(log->fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
        type == SOCK_STREAM)
        len++;
    if (send(log->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
        return TAKEN;
    if (errno == EAGAIN || errno == ENOBUFS)
        return NO_ROOM;
    system_log_close(log);
    return NOBODY;
}

/* A pipe that has room for anything has it for a line. */
static enum taken
system_log_write_line(const char *line, size_t len)
{
    const struct slice bytes = {(const uint8_t *)line, len};
    struct pollfd ready = {STDERR_FILENO, POLLOUT, 0};

    if (poll(&ready, 1, 0) == 0)
        return NO_ROOM;
    return file_write(STDERR_FILENO, bytes) == (ssize_t)len ? TAKEN : NOBODY;
}

/* @p line has a NUL behind it. The log's daemon may have been started anew
 * since the last one. */
static enum taken
try_line(struct system_log *log, const char *line, size_t len)
{
    enum taken taken;

    if (log->foreground)
        return system_log_write_line(line, len);
    taken = send_line(log, line, len);
    return taken == NOBODY ? send_line(log, line, len) : taken;
}

static void
lose(struct system_log *log)
{
    log->lost++;
    ++*log->lost_in_all;
}

int
system_log_tick(struct system_log *log)
{
    uint16_t len;

    while (log->first < log->end) {
        memcpy(&len, log->kept + log->first, sizeof(len));
        switch (try_line(log, log->kept + log->first + sizeof(len), len)) {
        case NO_ROOM:
            return SYSTEM_LOG_AGAIN;
        case NOBODY:
            lose(log);
            break;
        default:
            break;
        }
        log->first += sizeof(len) + len + 1;
    }
    log->first = log->end = 0;
    return -1;
}

/* Keep a line until there is room for it. */
static void
system_log_keep(struct system_log *log, const char *line, uint16_t len)
{
    size_t size = sizeof(len) + (size_t)len + 1;

    if (size > sizeof(log->kept) - log->end) {
        memmove(log->kept, log->kept + log->first, log->end - log->first);
        log->end -= log->first;
        log->first = 0;
    }
    if (size > sizeof(log->kept) - log->end) {
        lose(log);
        return;
    }
    memcpy(log->kept + log->end, &len, sizeof(len));
    memcpy(log->kept + log->end + sizeof(len), line, (size_t)len + 1);
    log->end += size;
}

void
system_log_line(struct system_log *log, enum log_level level, const char *text)
{
    char line[SYSTEM_LOG_LINE], note[64] = "", head[16] = "";
    bool waits = system_log_tick(log) >= 0;
    unsigned lost = log->lost;
    enum taken taken = NO_ROOM;
    int len;

    if (lost != 0)
        snprintf(note, sizeof(note), "(%u lines before this one are lost) ",
                 lost);
    if (!log->foreground)
        snprintf(head, sizeof(head), "<%d>", AUTHPRIV | (int)level);
    len = snprintf(line, sizeof(line), "%sgss-scramd[%ld]: %s%s%s", head,
                   (long)getpid(), note, text, log->foreground ? "\n" : "");
    if (len >= (int)sizeof(line)) {
        len = (int)sizeof(line) - 1;
        line[len - 1] = log->foreground ? '\n' : '.';
    }
    if (!waits)
        taken = try_line(log, line, (size_t)len);
    if (taken == NO_ROOM)
        system_log_keep(log, line, (uint16_t)len);
    else if (taken == NOBODY)
        lose(log);
    if (log->lost == lost)
        log->lost = 0;
}

void
system_log_close(struct system_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}
