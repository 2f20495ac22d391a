/*
 * What a program does with files and descriptors, for calls_test.sh: loaded
 * before the C library (LD_PRELOAD), it writes a line to the file that
 * CALLS_LOG names for each descriptor that is made without close-on-exec, and
 * for each file that is written to, synced, or given a name. A line begins with
 * the process and with the program or the module that calls.
 */
/* What stands in the place of open is not to be one of several of that name. */
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Whoever calls the function that this stands in. */
#define CALLER __builtin_return_address(0)

/* The C library's own function of that name. */
#define REAL(name)                                                             \
    static __typeof__(&name) real;                                             \
    if (real == NULL)                                                          \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

static void write_line(const void *caller, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* By bare system calls, which nothing stands before. */
static void
write_line(const void *caller, const char *format, ...)
{
    char line[3 * PATH_MAX];
    const char *log = getenv("CALLS_LOG"), *name;
    int error = errno, fd, len;
    va_list arguments;
    Dl_info info;

    if (log == NULL || dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return;
    name = strrchr(info.dli_fname, '/');
    len = snprintf(line, sizeof(line), "%d %s ", (int)getpid(),
                   name == NULL ? info.dli_fname : name + 1);
    va_start(arguments, format);
    len += vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format,
                     arguments);
    va_end(arguments);
    line[len++] = '\n';
    fd = (int)syscall(SYS_openat, AT_FDCWD, log,
                      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    (void)syscall(SYS_write, fd, line, (size_t)len);
    (void)syscall(SYS_close, fd);
    errno = error;
}

/* The path that a descriptor has. */
static const char *
path_of(int fd)
{
    static _Thread_local char paths[2][PATH_MAX];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 2], link[64];
    ssize_t len;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, PATH_MAX - 1);
    path[len < 0 ? 0 : len] = '\0';
    return path;
}

/* A descriptor that was made, which is returned. */
static int
made(const void *caller, const char *call, int fd)
{
    int error = errno;

    if (fd > STDERR_FILENO)
        write_line(caller, "%s %s %s",
                   (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 ? "made" : "kept",
                   call, path_of(fd));
    errno = error;
    return fd;
}

#define MAKES(name, parameters, arguments)                                     \
    int name parameters;                                                       \
    int name parameters                                                        \
    {                                                                          \
        REAL(name);                                                            \
        return made(CALLER, #name, real arguments);                            \
    }

MAKES(socket, (int domain, int type, int protocol), (domain, type, protocol))
MAKES(accept, (int fd, struct sockaddr *from, socklen_t *len), (fd, from, len))
MAKES(accept4, (int fd, struct sockaddr *from, socklen_t *len, int flags),
      (fd, from, len, flags))
MAKES(epoll_create1, (int flags), (flags))
MAKES(eventfd, (unsigned count, int flags), (count, flags))
MAKES(timerfd_create, (int clock, int flags), (clock, flags))
MAKES(signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
MAKES(memfd_create, (const char *name, unsigned flags), (name, flags))
MAKES(dup, (int fd), (fd))
MAKES(mkostemp, (char *path, int flags), (path, flags))
MAKES(mkstemp, (char *path), (path))
MAKES(__open_2, (const char *path, int flags), (path, flags))
MAKES(__openat_2, (int folder, const char *path, int flags),
      (folder, path, flags))

int
open(const char *path, int flags, ...)
{
    REAL(open);
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return made(CALLER, "open", real(path, flags, mode));
}

int
openat(int folder, const char *path, int flags, ...)
{
    REAL(openat);
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return made(CALLER, "openat", real(folder, path, flags, mode));
}

FILE *
fopen(const char *path, const char *mode)
{
    REAL(fopen);
    FILE *file = real(path, mode);

    if (file != NULL)
        made(CALLER, "fopen", fileno(file));
    return file;
}

DIR *
opendir(const char *path)
{
    REAL(opendir);
    DIR *folder = real(path);

    if (folder != NULL)
        made(CALLER, "opendir", dirfd(folder));
    return folder;
}

/* What is written through O_DSYNC is on disk at once. */
static void
wrote(const void *caller, int fd)
{
    int flags = fcntl(fd, F_GETFL), error = errno;

    if ((flags & O_DSYNC) == 0 && path_of(fd)[0] == '/')
        write_line(caller, "write %s", path_of(fd));
    errno = error;
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
    REAL(write);

    wrote(CALLER, fd);
    return real(fd, bytes, len);
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    REAL(pwrite);

    wrote(CALLER, fd);
    return real(fd, bytes, len, at);
}

static int
synced(const void *caller, int fd, int failed)
{
    if (failed == 0)
        write_line(caller, "sync %s", path_of(fd));
    return failed;
}

int
fsync(int fd)
{
    REAL(fsync);
    return synced(CALLER, fd, real(fd));
}

int
fdatasync(int fd)
{
    REAL(fdatasync);
    return synced(CALLER, fd, real(fd));
}

/* A name that a file has from now on: "name OLD NEW". */
static int
named(const void *caller, int from, const char *old, int to, const char *new,
      int failed)
{
    const char *from_slash = from == AT_FDCWD ? "" : "/";
    const char *to_slash = to == AT_FDCWD ? "" : "/";

    if (failed == 0)
        write_line(caller, "name %s%s%s %s%s%s",
                   from == AT_FDCWD ? "" : path_of(from), from_slash, old,
                   to == AT_FDCWD ? "" : path_of(to), to_slash, new);
    return failed;
}

int
rename(const char *old, const char *new)
{
    REAL(rename);
    return named(CALLER, AT_FDCWD, old, AT_FDCWD, new, real(old, new));
}

int
link(const char *old, const char *new)
{
    REAL(link);
    return named(CALLER, AT_FDCWD, old, AT_FDCWD, new, real(old, new));
}

int
renameat(int from, const char *old, int to, const char *new)
{
    REAL(renameat);
    return named(CALLER, from, old, to, new, real(from, old, to, new));
}
