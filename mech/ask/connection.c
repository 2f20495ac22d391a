#include "ask/connection.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"

/* A limit that is set on a socket stays where it is by no more than that off.
 */
#define LIMIT_SLACK 20 /* milliseconds */

uint64_t
ask_clock(void)
{
    return clock_milliseconds(CLOCK_MONOTONIC);
}

uint32_t
ask_clock_left(uint64_t deadline)
{
    uint64_t now = ask_clock();

    return now < deadline ? (uint32_t)(deadline - now) : 0;
}

/*
 * See to it that the next call ends by the deadline.
 *
 * @param set  what is set
 * @return 0, EAGAIN where there is no time left, or an errno
 */
static int
limit(int fd, int option, uint32_t *set, uint64_t deadline)
{
    uint32_t left = ask_clock_left(deadline);
    struct timeval time = {(time_t)left / 1000,
                           (suseconds_t)(left % 1000) * 1000};

    if (left == 0)
        return EAGAIN;
    if (*set >= left ? *set - left <= LIMIT_SLACK : left - *set <= LIMIT_SLACK)
        return 0;
    if (setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time)) != 0)
        return errno;
    *set = left;
    return 0;
}

/* A blocking connect waits for room in the listener's queue, and the time that
 * it may wait is the one for sending. */
static int
ask_connection_connect_by(struct ask_connection *c, int fd, uint64_t deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int error;

    memcpy(address.sun_path, c->path, sizeof(c->path));
    do {
        error = limit(fd, SO_SNDTIMEO, &c->send_limit, deadline);
        if (error == 0 && connect(fd, (const struct sockaddr *)&address,
                                  sizeof(address)) != 0)
            error = errno;
    } while (error == EINTR);
    return error;
}

int
ask_connection_open(struct ask_connection *connection, const char *path,
                    uid_t uid, uint64_t deadline)
{
    struct stat st;
    int error, fd;

    connection->pid = getpid();
    connection->uid = uid;
    connection->send_limit = connection->receive_limit = 0;
    memcpy(connection->path, path, strlen(path) + 1);
    fd = descriptor_above_standard(
        socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (fd < 0)
        return errno;
    error = fstat(fd, &st) != 0
                ? errno
                : ask_connection_connect_by(connection, fd, deadline);
    if (error != 0) {
        close(fd);
        return error;
    }
    connection->device = st.st_dev;
    connection->inode = st.st_ino;
    atomic_store(&connection->fd, fd);
    return 0;
}

bool
ask_connection_is_ours(const struct ask_connection *c)
{
    struct stat st;

    return c->fd > 2 && fstat(c->fd, &st) == 0 && st.st_dev == c->device &&
           st.st_ino == c->inode;
}

void
ask_connection_close(struct ask_connection *c)
{
    int fd = c->fd;
    bool ours = ask_connection_is_ours(c);

    c->fd = -1;
    if (ours)
        close(fd);
}

/* The control message with who sends. */
union credentials {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

static void
write_credentials(union credentials *control, uid_t uid)
{
    const struct ucred self = {getpid(), uid, getegid()};

    control->header.cmsg_level = SOL_SOCKET;
    control->header.cmsg_type = SCM_CREDENTIALS;
    control->header.cmsg_len = CMSG_LEN(sizeof(self));
    memcpy(CMSG_DATA(&control->header), &self, sizeof(self));
}

int
ask_connection_send(struct ask_connection *c, struct slice message,
                    uint64_t deadline)
{
    struct iovec part = {(void *)message.data, message.len};
    union credentials control = {0};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    int error;

    write_credentials(&control, c->uid);
    do {
        error = limit(c->fd, SO_SNDTIMEO, &c->send_limit, deadline);
        if (error == 0 && sendmsg(c->fd, &m, MSG_NOSIGNAL) < 0)
            error = errno;
    } while (error == EINTR);
    return error;
}

/* Without room for control messages a descriptor that comes with a message is
 * closed by the kernel, which says so. */
int
ask_connection_receive(struct ask_connection *c, struct buffer *message,
                       uint64_t deadline)
{
    struct iovec part = {message->data + message->len,
                         message->capacity - message->len};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t len = 0;
    int error;

    do {
        error = limit(c->fd, SO_RCVTIMEO, &c->receive_limit, deadline);
        if (error == 0 && (len = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC)) < 0)
            error = errno;
    } while (error == EINTR);
    if (error != 0)
        return error;
    if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return EMSGSIZE;
    if (len == 0)
        return ECONNRESET;
    message->len += (size_t)len;
    return 0;
}
