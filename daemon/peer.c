#include "daemon/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OVERFLOW_DEFAULT 65534

bool
peer_begin(int fd, struct peer *peer)
{
    const int on = 1;
    struct ucred ucred;
    socklen_t len = sizeof(ucred);

    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &len) != 0)
        return false;
    *peer = (struct peer){ucred.uid, ucred.gid, ucred.pid};
    return true;
}

bool
peer_has_group(int fd, const struct peer *peer, gid_t group)
{
    static gid_t groups[NGROUPS_MAX];
    socklen_t len = sizeof(groups), i;

    if (peer->gid == group)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
        return false;
    for (i = 0; i < len / sizeof(groups[0]); i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

static unsigned
read_overflow(const char *path)
{
    char text[16] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    /* A sandbox may keep /proc/sys away. */
    if (fd >= 0) {
        n = read(fd, text, sizeof(text) - 1);
        close(fd);
    }
    return n > 0 ? (unsigned)strtoul(text, NULL, 10) : OVERFLOW_DEFAULT;
}

uid_t
peer_overflow_uid(void)
{
    static unsigned uid;

    if (uid == 0)
        uid = read_overflow("/proc/sys/kernel/overflowuid");
    return uid;
}

gid_t
peer_overflow_gid(void)
{
    static unsigned gid;

    if (gid == 0)
        gid = read_overflow("/proc/sys/kernel/overflowgid");
    return gid;
}

/* Whether the one thing that stands with a message is the peer's account. */
static bool
is_from(struct msghdr *header, const struct peer *peer)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    struct ucred ucred;

    if (control == NULL || control->cmsg_level != SOL_SOCKET ||
        control->cmsg_type != SCM_CREDENTIALS ||
        control->cmsg_len != CMSG_LEN(sizeof(ucred)))
        return false;
    memcpy(&ucred, CMSG_DATA(control), sizeof(ucred));
    return ucred.uid == peer->uid;
}

enum peer_received
peer_receive(int fd, const struct peer *peer, uint8_t *buffer, size_t size,
             struct slice *message)
{
    /* Room for one ucred and nothing else: the kernel drops the rest. */
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec bytes = {buffer, size};
    struct msghdr header = {.msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    ssize_t n;

    do {
        n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? PEER_NOTHING
                                                       : PEER_ENDED;
    if (header.msg_flags & MSG_CTRUNC)
        return PEER_PASSES;
    if (n == 0)
        return PEER_ENDED;
    if (header.msg_flags & MSG_TRUNC)
        return PEER_CUT;
    if (!is_from(&header, peer))
        return PEER_CHANGED;
    *message = (struct slice){buffer, (size_t)n};
    return PEER_MESSAGE;
}
