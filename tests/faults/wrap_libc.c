/*
 * What the module calls of the C library, and can fail.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fault.h"

#define NO_MEMORY WITH_ERRNO(ENOMEM, NULL)

FAULT_WRAP(void *, malloc, (size_t size), (size), NO_MEMORY)
FAULT_WRAP(void *, calloc, (size_t n, size_t size), (n, size), NO_MEMORY)
FAULT_WRAP(void *, realloc, (void *memory, size_t size), (memory, size),
           NO_MEMORY)
FAULT_WRAP(char *, strdup, (const char *s), (s), NO_MEMORY)
FAULT_WRAP(char *, strndup, (const char *s, size_t n), (s, n), NO_MEMORY)

/* open, openat and fcntl, with what may stand in the last place. */
int __real_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_fcntl(int fd, int command, ...);

int
__wrap_open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fault_strikes("open") ? WITH_ERRNO(EMFILE, -1)
                                 : __real_open(path, flags, mode);
}

int
__wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fault_strikes("openat") ? WITH_ERRNO(EMFILE, -1)
                                   : __real_openat(folder, path, flags, mode);
}

/* Ours have a number in the last place. */
int
__wrap_fcntl(int fd, int command, ...)
{
    va_list args;
    int argument;

    va_start(args, command);
    argument = va_arg(args, int);
    va_end(args);
    return fault_strikes("fcntl") ? WITH_ERRNO(EINVAL, -1)
                                  : __real_fcntl(fd, command, argument);
}

FAULT_WRAP_RELEASE(int, close, (int fd), (fd), WITH_ERRNO(EIO, -1))
FAULT_WRAP(ssize_t, read, (int fd, void *to, size_t n), (fd, to, n),
           WITH_ERRNO(EIO, -1))
FAULT_WRAP(ssize_t, pread, (int fd, void *to, size_t n, off_t at),
           (fd, to, n, at), WITH_ERRNO(EIO, -1))
FAULT_WRAP(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n),
           WITH_ERRNO(ENOSPC, -1))
FAULT_WRAP(char *, realpath, (const char *path, char *to), (path, to),
           WITH_ERRNO(EIO, NULL))
FAULT_WRAP(int, socket, (int domain, int type, int protocol),
           (domain, type, protocol), WITH_ERRNO(EMFILE, -1))
FAULT_WRAP(int, connect, (int fd, const struct sockaddr *to, socklen_t n),
           (fd, to, n), WITH_ERRNO(ECONNREFUSED, -1))
FAULT_WRAP(int, setsockopt,
           (int fd, int level, int option, const void *from, socklen_t n),
           (fd, level, option, from, n), WITH_ERRNO(ENOBUFS, -1))
FAULT_WRAP(int, getsockopt,
           (int fd, int level, int option, void *to, socklen_t *n),
           (fd, level, option, to, n), WITH_ERRNO(ENOBUFS, -1))
FAULT_WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
           (fd, message, flags), WITH_ERRNO(EPIPE, -1))
FAULT_WRAP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
           (fd, message, flags), WITH_ERRNO(ECONNRESET, -1))
FAULT_WRAP(int, stat, (const char *path, struct stat *st), (path, st),
           WITH_ERRNO(ENOMEM, -1))
FAULT_WRAP(int, lstat, (const char *path, struct stat *st), (path, st),
           WITH_ERRNO(ENOMEM, -1))

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);

int
__wrap_fstat(int fd, struct stat *st)
{
    if (!fault_strikes("fstat"))
        return __real_fstat(fd, st);
    fault_unknown = true;
    return WITH_ERRNO(EIO, -1);
}

FAULT_WRAP(int, fstatat,
           (int folder, const char *path, struct stat *st, int flags),
           (folder, path, st, flags), WITH_ERRNO(ENOMEM, -1))
FAULT_WRAP(int, access, (const char *path, int mode), (path, mode),
           WITH_ERRNO(EIO, -1))
FAULT_WRAP(int, faccessat, (int folder, const char *path, int mode, int flags),
           (folder, path, mode, flags), WITH_ERRNO(ENOMEM, -1))
FAULT_WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode),
           WITH_ERRNO(ENOSPC, -1))
FAULT_WRAP(int, mkostemp, (char *path, int flags), (path, flags),
           WITH_ERRNO(ENOSPC, -1))
FAULT_WRAP(int, unlink, (const char *path), (path), WITH_ERRNO(EROFS, -1))
FAULT_WRAP(int, unlinkat, (int folder, const char *path, int flags),
           (folder, path, flags), WITH_ERRNO(EROFS, -1))
FAULT_WRAP(int, rename, (const char *from, const char *to), (from, to),
           WITH_ERRNO(ENOSPC, -1))
FAULT_WRAP(int, renameat,
           (int from_folder, const char *from, int to_folder, const char *to),
           (from_folder, from, to_folder, to), WITH_ERRNO(ENOSPC, -1))
FAULT_WRAP(ssize_t, readlinkat,
           (int folder, const char *path, char *to, size_t n),
           (folder, path, to, n), WITH_ERRNO(EIO, -1))
FAULT_WRAP(int, flock, (int fd, int operation), (fd, operation),
           WITH_ERRNO(ENOLCK, -1))

int __wrap_fsync(int fd);

/* Nobody pulls the plug in these tests, which make thousands of stores. */
int
__wrap_fsync(int fd)
{
    (void)fd;
    return fault_strikes("fsync") ? WITH_ERRNO(EIO, -1) : 0;
}

FAULT_WRAP(ssize_t, fgetxattr, (int fd, const char *name, void *to, size_t n),
           (fd, name, to, n), WITH_ERRNO(ERANGE, -1))
FAULT_WRAP(int, fremovexattr, (int fd, const char *name), (fd, name),
           WITH_ERRNO(EIO, -1))
FAULT_WRAP(int, fsetxattr,
           (int fd, const char *name, const void *from, size_t n, int flags),
           (fd, name, from, n, flags), WITH_ERRNO(ENOSPC, -1))
FAULT_WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), WITH_ERRNO(EIO, -1))
FAULT_WRAP(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group),
           WITH_ERRNO(EPERM, -1))

FAULT_WRAP(void *, tsearch,
           (const void *key, void **root, __compar_fn_t compare),
           (key, root, compare), NULL)

FAULT_WRAP(DIR *, opendir, (const char *path), (path), WITH_ERRNO(EMFILE, NULL))
FAULT_WRAP(struct dirent *, readdir, (DIR * files), (files),
           WITH_ERRNO(EIO, NULL))

FAULT_WRAP(int, getpwnam_r,
           (const char *name, struct passwd *entry, char *to, size_t n,
            struct passwd **found),
           (name, entry, to, n, found), (*found = NULL, EIO))
FAULT_WRAP(int, getpwuid_r,
           (uid_t uid, struct passwd *entry, char *to, size_t n,
            struct passwd **found),
           (uid, entry, to, n, found), (*found = NULL, EIO))
FAULT_WRAP(int, getgroups, (int n, gid_t *to), (n, to), WITH_ERRNO(EINVAL, -1))
FAULT_WRAP(int, getgrouplist, (const char *name, gid_t own, gid_t *to, int *n),
           (name, own, to, n), -1)
FAULT_WRAP(int, getgrnam_r,
           (const char *name, struct group *entry, char *to, size_t n,
            struct group **found),
           (name, entry, to, n, found), (*found = NULL, EIO))
FAULT_WRAP(int, getgrgid_r,
           (gid_t gid, struct group *entry, char *to, size_t n,
            struct group **found),
           (gid, entry, to, n, found), (*found = NULL, EIO))
FAULT_WRAP(int, gethostname, (char *name, size_t n), (name, n),
           WITH_ERRNO(ENAMETOOLONG, -1))

void *__real_mmap(void *at, size_t n, int protection, int flags, int fd,
                  off_t from);
void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd,
                  off_t from);
int __real_munmap(void *at, size_t n);
int __wrap_munmap(void *at, size_t n);

void *
__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t from)
{
    if (fault_strikes("mmap"))
        return WITH_ERRNO(ENOMEM, MAP_FAILED);
    fault_mappings++;
    return __real_mmap(at, n, protection, flags, fd, from);
}

/* What is mapped can be released. */
int
__wrap_munmap(void *at, size_t n)
{
    fault_mappings--;
    return __real_munmap(at, n);
}

/* Ours have three arguments. */
FAULT_WRAP(long, syscall, (long number, void *to, size_t n, unsigned flags),
           (number, to, n, flags), WITH_ERRNO(EAGAIN, -1))
FAULT_WRAP(int, madvise, (void *at, size_t n, int advice), (at, n, advice),
           WITH_ERRNO(EINVAL, -1))

/* Somebody else has it. */
FAULT_WRAP(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex),
           EBUSY)
FAULT_WRAP(int, pthread_atfork,
           (void (*before)(void), void (*parent)(void), void (*child)(void)),
           (before, parent, child), ENOMEM)
