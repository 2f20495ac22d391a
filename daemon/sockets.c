#include "daemon/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

/* A number in the environment; -1 where there is none. */
static long
number_of(const char *text)
{
    char *end;
    long number;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    number = strtol(text, &end, 10);
    return errno != 0 || *end != '\0' ? -1 : number;
}

static int
option_of(int fd, int option)
{
    int value = -1;
    socklen_t len = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

static enum scram_status
sockets_take(struct sockets *s, int fd, const char *admin, struct sentence *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t len = sizeof(address);
    const int on = 1;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        address.sun_family != AF_UNIX ||
        option_of(fd, SO_TYPE) != SOCK_SEQPACKET ||
        option_of(fd, SO_ACCEPTCONN) != 1) {
        sentence_write(why,
                       "descriptor %d, which was handed over, is not a local "
                       "socket that listens for whole messages: use "
                       "ListenSequentialPacket= in its unit",
                       fd);
        return SCRAM_BAD_ARGUMENT;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    /* A newer kernel has a connection take this over when it is made, which
     * may have been before: but the module sends its credentials itself. */
    (void)setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    address.sun_path[sizeof(address.sun_path) - 1] = '\0';
    s->list[s->count++] =
        (struct socket_listening){fd, strcmp(address.sun_path, admin) == 0};
    return SCRAM_OK;
}

enum scram_status
sockets_inherit(struct sockets *sockets, const char *admin,
                struct sentence *why)
{
    long count = number_of(getenv("LISTEN_FDS"));
    bool ours = number_of(getenv("LISTEN_PID")) == (long)getpid();
    enum scram_status status = SCRAM_OK;
    int fd;

    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    if (!ours || count < 1)
        return SCRAM_OK;
    if (count > SOCKETS_MAX) {
        sentence_write(why, "%ld sockets were handed over; %d are allowed",
                       count, SOCKETS_MAX);
        return SCRAM_BAD_ARGUMENT;
    }
    for (fd = FIRST_FD; status == SCRAM_OK && fd < FIRST_FD + count; fd++)
        status = sockets_take(sockets, fd, admin, why);
    return status;
}

static enum scram_status
cannot_make(const char *path, const char *what, struct sentence *why)
{
    sentence_write(why, "cannot make the socket %s: %s: %s", path, what,
                   strerror(errno));
    return SCRAM_NO_RESOURCES;
}

/* Make the folder that a path is in, where it is the last one that is missing.
 */
static bool
sockets_make_folder(const char *path, mode_t mode)
{
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    char *slash;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return true;
    *slash = '\0';
    return mkdir(folder, mode) == 0 || errno == EEXIST;
}

/* Whether what is at an address is no socket, or one that somebody listens at,
 * or might: only what nobody can is removed. */
static bool
is_served(const struct sockaddr_un *address)
{
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused =
        fd >= 0 && lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
        errno == ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return !refused;
}

static bool
bind_to(int fd, const struct sockaddr_un *address, mode_t mode)
{
    mode_t before = umask(~mode & 0777);
    int status = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int error = errno;

    umask(before);
    errno = error;
    return status == 0;
}

enum scram_status
sockets_make(struct sockets *sockets, const char *path, mode_t mode,
             mode_t folder, bool admin, struct sentence *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t before = umask(022);
    bool there = sockets_make_folder(path, folder);
    const int on = 1;
    int fd;

    umask(before);
    if (!there)
        return cannot_make(path, "its directory", why);
    if (snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
        (int)sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return cannot_make(path, "its address", why);
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return cannot_make(path, "socket", why);
    sockets->list[sockets->count++] = (struct socket_listening){fd, admin};
    if (!bind_to(fd, &address, mode) &&
        (errno != EADDRINUSE || is_served(&address) || unlink(path) != 0 ||
         !bind_to(fd, &address, mode)))
        return cannot_make(path, "another process may serve it", why);
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0 ||
        listen(fd, SOCKETS_BACKLOG) != 0)
        return cannot_make(path, "listen", why);
    return SCRAM_OK;
}

void
sockets_close(struct sockets *sockets)
{
    while (sockets->count > 0)
        close(sockets->list[--sockets->count].fd);
}

void
sockets_notify(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path == NULL ? 0 : strlen(path);
    int fd;

    if ((len != 0 && path[0] != '/' && path[0] != '@') || len < 2 ||
        len >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* in the abstract namespace */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                 (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
}
