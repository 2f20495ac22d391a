/*
 * Descriptors that the module opens in other people's processes.
 */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * Give a descriptor a number that is none of the three that every program reads
 * and writes, which it may have closed.
 *
 * @param fd  closed where it had such a number; negative: none
 * @return a descriptor that is closed on exec, or -1 with errno set
 */
static inline int
descriptor_above_standard(int fd)
{
    int moved, error;

    if (fd < 0 || fd > 2)
        return fd;
    moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    error = errno;
    close(fd);
    errno = error;
    return moved;
}

#endif
