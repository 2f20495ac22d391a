#include "store/lmdb_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/lmdb_rights.h"

#define LINKS_MAX 16 /* symbolic links to follow, one after another */

/* Beside errno's. */
enum {
    FOREIGN_LINK = -1, /* a symbolic link that another account made */
    FOREIGN_LOCK = -2  /* something in the lock file's place */
};

/* Go to the directory that a path names, from the one that we are in. */
static int
enter(int *folder, const char *directory)
{
    int flags = O_DIRECTORY | O_CLOEXEC, next;

    next = openat(*folder, directory, O_RDONLY | flags);
    if (next < 0 && errno == EACCES) /* which may still be good for writing */
        next = openat(*folder, directory, O_PATH | flags);
    if (next < 0)
        return errno;
    if (*folder != AT_FDCWD)
        close(*folder);
    *folder = next;
    return 0;
}

/* Go to the directory that a path is in, and say what it is called there. */
static int
enter_for(const char *path, struct lmdb_place *place)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t len;

    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return EISDIR;
    if (strlen(name) > NAME_MAX)
        return ENAMETOOLONG;
    memcpy(place->name, name, strlen(name) + 1);
    if (slash == NULL)
        return 0;
    len = slash == path ? 1 : (size_t)(slash - path);
    if (len >= sizeof(directory))
        return ENAMETOOLONG;
    memcpy(directory, path, len);
    directory[len] = '\0';
    return enter(&place->folder, directory);
}

/*
 * Read what is in a symbolic link.
 *
 * @param path  set to it, or to "" for what is no symbolic link
 */
static int
read_link(const struct lmdb_place *place, char *path)
{
    int fd =
        openat(place->folder, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    ssize_t len = 0;
    int error = 0;

    path[0] = '\0';
    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    if (fstat(fd, &st) != 0)
        error = errno;
    else if (S_ISLNK(st.st_mode) && st.st_uid != 0 && st.st_uid != geteuid())
        error = FOREIGN_LINK;
    else if (S_ISLNK(st.st_mode)) /* this very one, whatever is there now */
        len = readlinkat(fd, "", path, PATH_MAX - 1);
    if (len < 0)
        error = errno;
    else
        path[len] = '\0';
    close(fd);
    return error;
}

static int
find(const char *path, struct lmdb_place *place)
{
    char rest[PATH_MAX];
    int i, error;

    snprintf(rest, sizeof(rest), "%s", path);
    for (i = 0; i < LINKS_MAX; i++) {
        error = enter_for(rest, place) ?: read_link(place, rest);
        if (error != 0 || rest[0] == '\0')
            return error;
    }
    return ELOOP;
}

/* Open the lock file, or make it for who owns the store. */
static int
open_lock(struct lmdb_place *place, const struct stat *store)
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
        (geteuid() == 0 && store->st_uid != 0 &&
         fchown(place->lock, store->st_uid, store->st_gid) != 0))
        return errno;
    return 0;
}

/* Whether what was opened may be a lock file. Who can read it could hold it, so
 * it is made its owner's alone again after a chmod of all that is there. */
static int
guard_lock(const struct lmdb_place *place, const struct stat *opened,
           const struct stat *store)
{
    if (!S_ISREG(opened->st_mode) || opened->st_nlink > 1 ||
        (opened->st_uid != 0 && opened->st_uid != geteuid() &&
         opened->st_uid != store->st_uid))
        return FOREIGN_LOCK;
    if ((opened->st_mode & 0777) != 0600 && fchmod(place->lock, 0600) != 0)
        return errno;
    return 0;
}

/* Wait for the lock; EAGAIN when it is no longer the lock file's. */
static int
wait_for_lock(const struct lmdb_place *place, const struct stat *store)
{
    struct stat opened, now;
    int error;

    if (fstat(place->lock, &opened) != 0)
        return errno;
    error = guard_lock(place, &opened, store);
    if (error != 0)
        return error;
    while (flock(place->lock, LOCK_EX) != 0)
        if (errno != EINTR)
            return errno;
    if (fstatat(place->folder, place->lock_name, &now, AT_SYMLINK_NOFOLLOW) !=
        0)
        return errno == ENOENT ? EAGAIN : errno;
    return lmdb_file_id_equal(lmdb_file_id_of(&opened), lmdb_file_id_of(&now))
               ? 0
               : EAGAIN;
}

static int
lock(struct lmdb_place *place)
{
    struct stat store = {.st_uid = geteuid(), .st_gid = (gid_t)-1};
    int error;

    snprintf(place->draft, sizeof(place->draft), "%s%s", place->name,
             LMDB_DRAFT_SUFFIX);
    snprintf(place->lock_name, sizeof(place->lock_name), "%s%s", place->name,
             LMDB_LOCK_SUFFIX);
    if (fstatat(place->folder, place->name, &store, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno != ENOENT)
        return errno;
    for (;;) {
        error = open_lock(place, &store) ?: wait_for_lock(place, &store);
        if (error != EAGAIN)
            return error == ELOOP ? FOREIGN_LOCK : error;
        if (place->lock >= 0)
            close(place->lock);
    }
}

enum scram_status
lmdb_place_take(const char *path, struct lmdb_place *place,
                struct sentence *why)
{
    int error;

    *place = (struct lmdb_place){.folder = AT_FDCWD, .lock = -1};
    error = find(path, place) ?: lock(place);
    if (error == 0)
        return SCRAM_OK;
    lmdb_place_leave(place);
    switch (error) {
    case FOREIGN_LINK:
        sentence_write(why,
                       "cannot write the store %s: it is a symbolic link that "
                       "another account made; name the file that it points to",
                       path);
        return SCRAM_STORE_FAILED;
    case FOREIGN_LOCK:
        sentence_write(why,
                       "cannot write the store %s: %s%s is in the way and not "
                       "the lock file that a writer makes; remove it",
                       path, path, LMDB_LOCK_SUFFIX);
        return SCRAM_STORE_FAILED;
    case EACCES:
    case EPERM:
        return lmdb_file_forbidden(
            path, "write the store", error,
            "run this as an account that may write to its directory", why);
    case ENOENT:
    case ENOTDIR:
        return lmdb_file_unreachable(path, error, why);
    default:
        return lmdb_file_failed(path, "write", error, why);
    }
}

bool
lmdb_place_is_of_others(const struct lmdb_place *place)
{
    struct stat folder;

    return fstat(place->folder, &folder) != 0 || lmdb_rights_of_others(&folder);
}

void
lmdb_place_leave(struct lmdb_place *place)
{
    if (place->lock >= 0) {
        /* A child that was forked meanwhile has it open too. */
        flock(place->lock, LOCK_UN);
        close(place->lock);
    }
    if (place->folder != AT_FDCWD)
        close(place->folder);
    place->lock = -1;
    place->folder = AT_FDCWD;
}
