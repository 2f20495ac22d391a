#include "store/lmdb_make.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/lmdb_meta.h"

#define GROUP "gss-scram"
#define MAP_SIZE 1048576 /* of a new store; it grows by doubling */
#define SUFFIX "-new"

/* A file in the making. */
struct making {
    char path[PATH_MAX + sizeof(SUFFIX)];
    char lock_path[PATH_MAX + sizeof(SUFFIX LMDB_LOCK_SUFFIX)];
    int fd;     /* -1 when it is not ours */
    bool moved; /* to where it belongs */
    MDB_env *mdb;
    MDB_txn *txn; /* for writing, so that no one else writes before the file
                     is in its place */
};

/* What a file and its lock file are to have. */
struct ownership {
    uid_t uid; /* -1: as it is */
    gid_t gid; /* likewise */
    mode_t mode;
};

/*
 * Open the file in which a store is made, for us alone: the lock on it is held
 * until it is closed. One that a killed maker left is taken over.
 *
 * @return an errno
 */
static int
take_place(struct making *m)
{
    struct stat opened, now;
    int error;

    for (;;) {
        m->fd = open(m->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (m->fd < 0)
            return errno;
        if (flock(m->fd, LOCK_EX) != 0 || fstat(m->fd, &opened) != 0) {
            error = errno;
            break;
        }
        /* While we waited its maker may have moved it to where it belongs. */
        if (stat(m->path, &now) == 0 &&
            lmdb_file_id_equal(lmdb_file_id_of(&opened),
                               lmdb_file_id_of(&now))) {
            if (opened.st_uid != geteuid() || opened.st_nlink != 1)
                error = EEXIST; /* what another account laid out for us */
            else
                error = fchmod(m->fd, 0600) == 0 ? 0 : errno;
            break;
        }
        close(m->fd);
    }
    if (error != 0) {
        close(m->fd);
        m->fd = -1;
    }
    return error;
}

/*
 * Make the lock file, instead of one that a killed maker left. LMDB would make
 * it too, and follow a symbolic link that somebody laid out.
 *
 * @return an errno
 */
static int
new_lock(const char *path)
{
    int fd, error;

    if (unlink(path) != 0 && errno != ENOENT)
        return errno;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    error = fchmod(fd, 0600) == 0 ? 0 : errno; /* whatever the mask */
    close(fd);
    return error;
}

static enum scram_status
making_begin(const char *path, struct making *m, struct sentence *why)
{
    int error;

    *m = (struct making){.fd = -1};
    snprintf(m->path, sizeof(m->path), "%s%s", path, SUFFIX);
    snprintf(m->lock_path, sizeof(m->lock_path), "%s%s", m->path,
             LMDB_LOCK_SUFFIX);
    error = take_place(m);
    if (error == 0 && ftruncate(m->fd, 0) != 0)
        error = errno;
    if (error == 0)
        error = new_lock(m->lock_path);
    if (error == EACCES || error == EPERM)
        return lmdb_file_forbidden(
            path, "make the store", error,
            "run this as an account that may write to its directory", why);
    if (error == ENOENT || error == ENOTDIR)
        return lmdb_file_unreachable(path, error, why);
    if (error == EEXIST || error == ELOOP) {
        sentence_write(why,
                       "cannot make the store %s: %s is in the way; "
                       "remove it",
                       path, m->path);
        return SCRAM_STORE_FAILED;
    }
    return error == 0 ? SCRAM_OK : lmdb_file_failed(path, "make", error, why);
}

/* Leave nothing behind but what was moved to its place. */
static void
making_end(struct making *m)
{
    mdb_txn_abort(m->txn);
    mdb_env_close(m->mdb);
    if (m->fd < 0)
        return;
    if (!m->moved) {
        unlink(m->lock_path);
        unlink(m->path);
    }
    close(m->fd);
}

/* Copy what a file holds as its last transaction left it, whatever its lock
 * file says. */
static int
copy(const char *path, int fd)
{
    MDB_env *from;
    int rc = mdb_env_create(&from);

    if (rc != 0)
        return rc;
    rc = mdb_env_open(from, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_RDONLY, 0)
             ?: mdb_env_copyfd2(from, fd, 0);
    mdb_env_close(from);
    return rc;
}

/* One transaction that changes nothing but makes what a new store has. */
static int
commit_meta(struct making *m, bool new)
{
    unsigned flags = new ? MDB_CREATE : 0;
    MDB_dbi verifiers, meta;
    int rc = mdb_txn_begin(m->mdb, NULL, 0, &m->txn);

    if (rc != 0)
        return rc;
    rc = mdb_dbi_open(m->txn, LMDB_VERIFIERS, flags, &verifiers)
             ?: mdb_dbi_open(m->txn, LMDB_META, flags, &meta)
             ?: (new ? lmdb_meta_init : lmdb_meta_touch)(m->txn, meta);
    if (rc == 0)
        rc = mdb_txn_commit(m->txn);
    else
        mdb_txn_abort(m->txn);
    m->txn = NULL;
    return rc;
}

/* Make what is in the file: all of it, twice over, and locked. */
static int
fill(struct making *m, bool new)
{
    int rc = mdb_env_create(&m->mdb);

    if (rc != 0)
        return rc;
    return mdb_env_set_maxdbs(m->mdb, LMDB_DATABASES)
               ?: (new ? mdb_env_set_mapsize(m->mdb, MAP_SIZE) : 0)
               ?: mdb_env_open(m->mdb, m->path, MDB_NOSUBDIR, 0600)
               ?: commit_meta(m, new)
               ?: commit_meta(m, false)
               ?: mdb_txn_begin(m->mdb, NULL, 0, &m->txn);
}

/* Give a file its owners and its mode. */
static int
own(const char *path, const struct ownership *owner)
{
    if (chown(path, owner->uid, owner->gid) != 0 ||
        chmod(path, owner->mode) != 0)
        return errno;
    return 0;
}

/* Have on the disk that a file is in its directory. */
static int
sync_directory(const char *path)
{
    char directory[PATH_MAX];
    char *slash;
    int fd, error = 0;

    snprintf(directory, sizeof(directory), "%s", path);
    slash = strrchr(directory, '/');
    slash[slash == directory ? 1 : 0] = '\0';
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) /* one that we may write to and not read, say */
        return 0;
    if (fsync(fd) != 0)
        error = errno;
    close(fd);
    return error;
}

/*
 * Move what is made to its place, the lock file first: who finds the new file
 * has to find the lock file that counts for it. Who in between finds the old
 * file with the new lock file can read it, and waits before writing to it.
 */
static int
move(struct making *m, const char *path, const char *lock_path)
{
    if (fsync(m->fd) != 0 || rename(m->lock_path, lock_path) != 0 ||
        rename(m->path, path) != 0)
        return errno;
    m->moved = true;
    return sync_directory(path);
}

/* The group that reads stores, if there is one and we may give it files. */
static gid_t
service_group(void)
{
    char scratch[4096];
    struct group entry, *found = NULL;

    if (geteuid() == 0)
        getgrnam_r(GROUP, &entry, scratch, sizeof(scratch), &found);
    return found == NULL ? (gid_t)-1 : found->gr_gid;
}

/* Whether there is nothing at a path, or an empty file. */
static bool
is_free(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT;
    return S_ISREG(st.st_mode) && st.st_size == 0;
}

enum scram_status
lmdb_make(const char *path, struct sentence *why)
{
    struct ownership data = {(uid_t)-1, service_group(), LMDB_FILE_MODE};
    struct ownership lock = {(uid_t)-1, data.gid, LMDB_LOCK_MODE};
    char place[PATH_MAX], lock_path[PATH_MAX + sizeof(LMDB_LOCK_SUFFIX)];
    enum scram_status status;
    struct making m;
    int rc;

    if (!is_free(path))
        return SCRAM_OK;
    if (realpath(path, place) == NULL)
        snprintf(place, sizeof(place), "%s", path);
    snprintf(lock_path, sizeof(lock_path), "%s%s", place, LMDB_LOCK_SUFFIX);
    status = making_begin(place, &m, why);
    if (status == SCRAM_OK && is_free(place)) {
        rc = fill(&m, true)
                 ?: own(m.path, &data)
                 ?: own(m.lock_path, &lock)
                 ?: move(&m, place, lock_path);
        if (rc != 0)
            status = lmdb_file_failed(path, "make", rc, why);
    }
    making_end(&m);
    return status;
}

enum scram_status
lmdb_make_again(const struct lmdb_file *file, struct sentence *why)
{
    struct stat data, lock;
    enum scram_status status;
    struct making m;
    int rc;

    if (stat(file->path, &data) != 0 || stat(file->lock_path, &lock) != 0)
        return lmdb_file_failed(file->path, "open", errno, why);
    status = making_begin(file->path, &m, why);
    if (status == SCRAM_OK) {
        rc = copy(file->path, m.fd)
                 ?: fill(&m, false)
                 ?: own(m.path, &(struct ownership){data.st_uid, data.st_gid,
                                                    data.st_mode & 07777})
                 ?: own(m.lock_path,
                        &(struct ownership){lock.st_uid, lock.st_gid,
                                            lock.st_mode & 07777})
                 ?: move(&m, file->path, file->lock_path);
        if (rc != 0)
            status = lmdb_file_failed(file->path, "make again", rc, why);
    }
    making_end(&m);
    return status;
}
