#include "daemon/lmdb/place.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/descriptor.h"
#include "daemon/lmdb/fault.h"

void
lmdb_place_folder(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');

    snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path),
             path);
}

static enum scram_status
lmdb_place_check_folder(const char *path, struct sentence *why)
{
    char folder[PATH_MAX];
    struct stat st;

    lmdb_place_folder(path, folder);
    if (stat(folder, &st) != 0)
        return lmdb_fault(path, "open", errno, why);
    if ((st.st_uid == 0 || st.st_uid == geteuid()) &&
        (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return SCRAM_OK;
    sentence_write(
        why,
        "the store %s is not used: its directory %s has to be root's "
        "or this account's, and writable for nobody else",
        path, folder);
    return SCRAM_STORE_FORBIDDEN;
}

static enum scram_status
lmdb_place_check_file(const char *path, const struct stat *st,
                      struct sentence *why)
{
    if (!S_ISREG(st->st_mode))
        return lmdb_fault(path, "open", EISDIR, why);
    if (st->st_uid == geteuid() && (st->st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return SCRAM_OK;
    sentence_write(why,
                   "the store %s is not used: it has to be the own of the "
                   "account that runs gss-scramd, with mode 600 (it is %o)",
                   path, st->st_mode & 07777u);
    return SCRAM_STORE_FORBIDDEN;
}

static int
lmdb_place_open_file(const char *path)
{
    return descriptor_above_standard(
        open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
}

enum scram_status
lmdb_place_take(const char *path, struct lmdb_place *place,
                struct sentence *why)
{
    enum scram_status status = lmdb_place_check_folder(path, why);
    struct stat st;
    int fd;

    if (status != SCRAM_OK)
        return status;
    fd = lmdb_place_open_file(path);
    if (fd < 0)
        return lmdb_fault(path, "open", errno, why);
    if (fstat(fd, &st) != 0)
        status = lmdb_fault(path, "open", errno, why);
    else
        status = lmdb_place_check_file(path, &st, why);
    if (status == SCRAM_OK && flock(fd, LOCK_EX | LOCK_NB) != 0)
        status = lmdb_fault(path, "open", errno, why);
    if (status != SCRAM_OK) {
        close(fd);
        return status;
    }
    *place = (struct lmdb_place){fd, st.st_dev, st.st_ino};
    return SCRAM_OK;
}

void
lmdb_place_leave(struct lmdb_place *place)
{
    close(place->fd);
    place->fd = -1;
}

bool
lmdb_place_holds(const struct lmdb_place *place, const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && st.st_dev == place->device &&
           st.st_ino == place->inode;
}
