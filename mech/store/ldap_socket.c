#include "store/ldap_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/ldap_clock.h"
#include "store/ldap_resolve.h"

static void
give_up(struct ldap_socket *socket, uint64_t deadline)
{
    socket->late = deadline == socket->deadline;
    errno = ETIMEDOUT;
}

/* Wait until the socket is ready. False past the deadline, with errno set. */
static bool
wait_for(struct ldap_socket *socket, int fd, short events, uint64_t deadline)
{
    struct pollfd p = {fd, events, 0};
    int n;

    do
        n = poll(&p, 1, ldap_clock_left(deadline));
    while ((n < 0 && errno == EINTR) ||
           (n == 0 && ldap_clock_left(deadline) > 0));
    if (n == 0)
        give_up(socket, deadline);
    return n > 0;
}

/* Returns a socket that is connected, or -1. */
static int
connect_to(struct ldap_socket *s, const struct sockaddr *address, socklen_t len,
           uint64_t deadline)
{
    int error = 0, one = 1;
    socklen_t size = sizeof(error);
    int fd = socket(address->sa_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    if (address->sa_family != AF_UNIX) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    }
    if (connect(fd, address, len) == 0)
        return fd;
    /* A local socket whose queue is full says EAGAIN, and nobody can wait for
     * room in it. */
    error = errno;
    if (error == EINPROGRESS || error == EINTR) {
        if (!wait_for(s, fd, POLLOUT, deadline) ||
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    if (error == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

static int
connect_local(struct ldap_socket *s, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, path, strlen(path) + 1);
    return connect_to(s, (const struct sockaddr *)&address, sizeof(address),
                      s->deadline);
}

/* Try all addresses; one that does not answer has half of the time that is
 * left, so that the next has a chance too. */
static int
connect_remote(struct ldap_socket *s, const struct addrinfo *addresses)
{
    const struct addrinfo *a;
    int fd = -1;

    for (a = addresses; a != NULL && fd < 0; a = a->ai_next) {
        uint64_t deadline = s->deadline;

        if (a->ai_next != NULL)
            deadline = ldap_clock_within(
                deadline, (uint32_t)ldap_clock_left(deadline) / 2);
        fd = connect_to(s, a->ai_addr, a->ai_addrlen, deadline);
    }
    return fd;
}

/* @return whether there is a socket; its number is known then */
static bool
remember(struct ldap_socket *s)
{
    struct stat st;

    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return false;
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return true;
}

bool
ldap_socket_is_ours(const struct ldap_socket *s)
{
    struct stat st;

    return s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_dev == s->device &&
           st.st_ino == s->inode;
}

bool
ldap_socket_connect(struct ldap_socket *s, const struct ldap_server *server,
                    struct sentence *why)
{
    const char *host = server->host[0] == '\0' ? "localhost" : server->host;
    struct addrinfo *addresses = NULL;
    int rc = 0;

    s->fd = -1;
    s->late = false;
    if (server->scheme == LDAP_LOCAL)
        s->fd = connect_local(s, server->path);
    else
        rc = ldap_resolve(host, server->port, s->deadline, &addresses);
    if (addresses != NULL) {
        s->fd = connect_remote(s, addresses);
        freeaddrinfo(addresses);
    }
    if (remember(s))
        return true;
    s->late = s->late || (rc == EAI_SYSTEM && errno == ETIMEDOUT);
    sentence_write(why, "%s",
                   rc == 0 || rc == EAI_SYSTEM ? strerror(errno)
                                               : gai_strerror(rc));
    return false;
}

ssize_t
ldap_socket_read(struct ldap_socket *s, void *bytes, size_t len)
{
    /* Not only when there is nothing to read: some never stop talking. */
    if (ldap_clock_left(s->deadline) == 0) {
        give_up(s, s->deadline);
        return -1;
    }
    for (;;) {
        ssize_t n = recv(s->fd, bytes, len, MSG_DONTWAIT);

        if (n >= 0)
            return n;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN || !wait_for(s, s->fd, POLLIN, s->deadline))
            return -1;
    }
}

ssize_t
ldap_socket_write(struct ldap_socket *s, const void *bytes, size_t len)
{
    for (;;) {
        ssize_t n = send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n >= 0)
            return n;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN || !wait_for(s, s->fd, POLLOUT, s->deadline))
            return -1;
    }
}

void
ldap_socket_close(struct ldap_socket *s)
{
    int fd = s->fd;

    /* In this order, so that a child that is forked in between closes nothing
     * that is no longer ours. */
    s->fd = -1;
    if (fd >= 0)
        close(fd);
}
