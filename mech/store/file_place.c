#include "store/file_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/file_fault.h"

#define LINKS_MAX 16   /* symbolic links to follow, one after another */
#define NOT_ROOTS (-1) /* a folder that is not root's alone; beside errno's */

/* Where root is on its way to a folder. */
struct walk {
    int at;              /* the folder that it is in */
    bool firm;           /* which nobody else may write to */
    unsigned links;      /* that were followed */
    char path[PATH_MAX]; /* that it follows */
    const char *rest;    /* of that */
};

/* Be in a folder, if it is one that root may go through. Takes @p fd over. */
static int
enter(struct walk *w, int fd)
{
    struct stat st;
    bool open;

    if (fd < 0)
        return errno;
    if (w->at >= 0)
        close(w->at);
    w->at = fd;
    if (fstat(fd, &st) != 0)
        return errno;
    open = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    w->firm = st.st_uid == 0 && !open;
    return w->firm || (st.st_uid == 0 && (st.st_mode & S_ISVTX) != 0)
               ? 0
               : NOT_ROOTS;
}

/* Go on with what a symbolic link says. Takes @p link over. */
static int
follow(struct walk *w, int link)
{
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);
    int length;

    close(link);
    if (len < 0)
        return errno;
    if (!w->firm)
        return NOT_ROOTS; /* anybody could have put it there */
    if (w->links++ == LINKS_MAX)
        return ELOOP;
    target[len] = '\0';
    length = snprintf(rest, sizeof(rest), "%s/%s", target, w->rest);
    if (length < 0 || length >= (int)sizeof(rest))
        return ENAMETOOLONG;
    memcpy(w->path, rest, (size_t)length + 1);
    w->rest = w->path;
    return target[0] == '/'
               ? enter(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC))
               : 0;
}

/* Go through the first part of what is left. */
static int
step(struct walk *w)
{
    size_t len = strcspn(w->rest, "/");
    char part[PATH_MAX];
    struct stat st;
    int fd, error;

    memcpy(part, w->rest, len);
    part[len] = '\0';
    w->rest += len + (w->rest[len] == '/');
    if (part[0] == '\0')
        return 0;
    fd = openat(w->at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno;
    if (fstat(fd, &st) != 0) {
        error = errno;
        close(fd);
        return error;
    }
    if (S_ISLNK(st.st_mode))
        return follow(w, fd);
    if (S_ISDIR(st.st_mode))
        return enter(w, fd);
    close(fd);
    return ENOTDIR;
}

/* Go, as root, to a folder that is root's alone, through such as are. */
static int
walk_as_root(const char *path, int *folder)
{
    struct walk w = {.at = -1};
    int error = enter(&w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));

    snprintf(w.path, sizeof(w.path), "%s", path);
    w.rest = w.path;
    while (error == 0 && w.rest[0] != '\0')
        error = step(&w);
    if (error == 0 && !w.firm)
        error = NOT_ROOTS;
    if (error == 0 &&
        (*folder = openat(w.at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        error = errno;
    if (w.at >= 0)
        close(w.at);
    return error;
}

/* Go to a folder as the account that this is. */
static int
go(const char *path, int *folder)
{
    int flags = O_DIRECTORY | O_CLOEXEC;

    if (geteuid() == 0)
        return walk_as_root(path, folder);
    *folder = open(path, O_RDONLY | flags);
    if (*folder < 0 && errno == EACCES) /* it may still be good for writing */
        *folder = open(path, O_PATH | flags);
    return *folder < 0 ? errno : 0;
}

/* Go to the folder that a path is in, and say what it is called there. */
static int
file_place_find(const char *path, struct file_place *place)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash + 1;
    size_t len = slash == path ? 1 : (size_t)(slash - path);

    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return EISDIR;
    if (strlen(name) > NAME_MAX - sizeof(FILE_LOCK_SUFFIX) ||
        len >= sizeof(folder))
        return ENAMETOOLONG;
    snprintf(place->name, sizeof(place->name), "%s", name);
    snprintf(place->draft, sizeof(place->draft), "%s%s", name,
             FILE_DRAFT_SUFFIX);
    snprintf(place->lock_name, sizeof(place->lock_name), "%s%s", name,
             FILE_LOCK_SUFFIX);
    memcpy(folder, path, len);
    folder[len] = '\0';
    return go(folder, &place->folder);
}

/* Open the lock file, or make it for the owner of the users' file. */
static int
open_lock(struct file_place *place, const struct stat *users)
{
    int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

    place->lock = openat(place->folder, place->lock_name, flags);
    if (place->lock >= 0 || errno != ENOENT)
        return place->lock >= 0 ? 0 : errno;
    place->lock =
        openat(place->folder, place->lock_name, flags | O_CREAT | O_EXCL, 0600);
    if (place->lock < 0)
        return errno == EEXIST ? EAGAIN : errno;
    if (fchmod(place->lock, 0600) != 0 || /* whatever the mask */
        (geteuid() == 0 && users->st_uid != 0 &&
         fchown(place->lock, users->st_uid, users->st_gid) != 0))
        return errno;
    return 0;
}

/* Whether what was opened may be a lock file: EMLINK when not. Who can read it
 * could hold it, so it is made its owner's alone again after a chmod of all
 * that is there. */
static int
guard_lock(const struct file_place *place, const struct stat *opened,
           const struct stat *users)
{
    if (!S_ISREG(opened->st_mode) || opened->st_nlink > 1 ||
        (opened->st_uid != 0 && opened->st_uid != geteuid() &&
         opened->st_uid != users->st_uid))
        return EMLINK;
    if ((opened->st_mode & 0777) != 0600 && fchmod(place->lock, 0600) != 0)
        return errno;
    return 0;
}

/* Wait for the lock: EWOULDBLOCK after too long. */
static int
wait_for_lock(int lock)
{
    const struct timespec pause = {0, 10000000};
    uint64_t began = clock_milliseconds(CLOCK_MONOTONIC);

    while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return errno;
        if (clock_milliseconds(CLOCK_MONOTONIC) - began >=
            FILE_LOCK_WAIT * 1000)
            return EWOULDBLOCK;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int
lock(struct file_place *place)
{
    struct stat users = {.st_uid = geteuid(), .st_gid = (gid_t)-1}, opened;
    int error;

    if (fstatat(place->folder, place->name, &users, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno != ENOENT)
        return errno;
    if (S_ISLNK(users.st_mode))
        return ELOOP;
    do
        error = open_lock(place, &users);
    while (error == EAGAIN); /* another made it at the same moment */
    if (error != 0)
        return error == ELOOP ? EMLINK : error;
    if (fstat(place->lock, &opened) != 0)
        return errno;
    return guard_lock(place, &opened, &users) ?: wait_for_lock(place->lock);
}

enum scram_status
file_place_take(const char *path, struct file_place *place,
                struct sentence *why)
{
    struct file_place taken = {.folder = -1, .lock = -1};
    int error = file_place_find(path, &taken) ?: lock(&taken);

    if (error == 0) {
        *place = taken;
        return SCRAM_OK;
    }
    file_place_leave(&taken);
    if (error != NOT_ROOTS)
        return file_fault_write(path, error, why);
    sentence_write(why,
                   "root does not write the store %s: a directory on the way "
                   "there is not root's, or others may write to it; change "
                   "it as the account whose directory that is",
                   path);
    return SCRAM_STORE_FORBIDDEN;
}

void
file_place_leave(struct file_place *place)
{
    if (place->lock >= 0) {
        /* A child that was forked meanwhile has it open too. */
        flock(place->lock, LOCK_UN);
        close(place->lock);
    }
    if (place->folder >= 0)
        close(place->folder);
    place->lock = place->folder = -1;
}
