#include "store/lmdb_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "store/lmdb_meta.h"
#include "store/lmdb_place.h"

#define GROUP "gss-scram"
#define MAP_SIZE 1048576 /* of a new store; it grows by doubling */
#define ACL "system.posix_acl_access"
#define ACL_MAX 4096

struct lmdb_draft {
    const char *path; /* the location's */
    pid_t process;    /* that made it */
    struct lmdb_place place;
    struct stat old; /* of the file that it was copied from */
    bool new;        /* there was none, or an empty one */
    uint8_t acl[ACL_MAX];
    ssize_t acl_len; /* 0 or less: it had none */
    int fd;          /* -1: not made yet */
    bool moved;      /* to where it belongs */
    MDB_env *mdb;
    MDB_dbi verifiers;
    MDB_dbi meta;
};

/* Look at the file that is to be replaced, and open it if there is one. */
static int
open_old(struct lmdb_draft *d, int *fd)
{
    *fd = openat(d->place.folder, d->place.name,
                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0) {
        d->new = errno == ENOENT;
        return d->new ? 0 : errno;
    }
    if (fstat(*fd, &d->old) != 0)
        return errno;
    if (!S_ISREG(d->old.st_mode))
        return EISDIR;
    d->new = d->old.st_size == 0;
    d->acl_len = fgetxattr(*fd, ACL, d->acl, sizeof(d->acl));
    return d->acl_len < 0 && errno == ERANGE ? E2BIG : 0;
}

/* Make the file that is the draft, for us alone, whatever is in its place:
 * we have the lock, so that it is no living writer's. */
static int
make_file(struct lmdb_draft *d)
{
    if (unlinkat(d->place.folder, d->place.draft, 0) != 0 && errno != ENOENT)
        return errno == EISDIR || errno == EPERM ? EEXIST : errno;
    d->fd = openat(d->place.folder, d->place.draft,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (d->fd < 0)
        return errno;
    return fchmod(d->fd, 0600) == 0 ? 0 : errno; /* whatever the mask */
}

/* Copy a file, or have the file system share its blocks where it can. */
static int
copy(int from, int to, off_t left)
{
    while (left > 0) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);

        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                      errno == EOPNOTSUPP))
            n = sendfile(to, from, NULL, (size_t)left);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0) /* it has become shorter: which is seen later */
            return 0;
        left -= n > 0 ? n : 0;
    }
    return 0;
}

/* Have LMDB open the draft: this file, whatever its name leads to now. */
static int
open_draft(struct lmdb_draft *d)
{
    char path[32];
    int fd, rc = mdb_env_create(&d->mdb);

    if (rc != 0) {
        d->mdb = NULL;
        return rc;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", d->fd);
    /* What is not whole is thrown away, and on disk before it is moved. */
    rc = mdb_env_set_maxdbs(d->mdb, LMDB_DATABASES)
             ?: (d->new ? mdb_env_set_mapsize(d->mdb, MAP_SIZE) : 0)
             ?: mdb_env_open(d->mdb, path,
                             MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600)
             ?: mdb_env_get_fd(d->mdb, &fd);
    if (rc == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        rc = errno;
    return rc == ENOENT ? ENOSYS : rc; /* there is no /proc */
}

static enum scram_status
failed(const struct lmdb_draft *d, int rc, struct sentence *why)
{
    switch (rc) {
    case EACCES:
    case EPERM:
        return lmdb_file_forbidden(
            d->path, d->new ? "make the store" : "write the store", rc,
            "run this as an account that may write to its directory", why);
    case EEXIST:
        sentence_write(why,
                       "cannot write the store %s: %s%s is in the way; "
                       "remove it",
                       d->path, d->path, LMDB_DRAFT_SUFFIX);
        return SCRAM_STORE_FAILED;
    case EISDIR:
        sentence_write(why, "%s is not a store: it is not a regular file",
                       d->path);
        return SCRAM_STORE_FAILED;
    case ENOSYS:
        sentence_write(why,
                       "cannot write the store %s: a writer needs /proc; "
                       "mount it",
                       d->path);
        return SCRAM_STORE_FAILED;
    default:
        return lmdb_file_failed(d->path, "write", rc, why);
    }
}

/* Take the place of a store, and look at what is there. */
static enum scram_status
begin(const char *path, struct lmdb_draft **draft, int *old,
      struct sentence *why)
{
    struct lmdb_draft *d = malloc(sizeof(*d));
    enum scram_status status;
    int error;

    if (d == NULL)
        return lmdb_file_failed(path, "write", ENOMEM, why);
    *d = (struct lmdb_draft){.path = path, .process = getpid(), .fd = -1};
    status = lmdb_place_take(path, &d->place, why);
    if (status != SCRAM_OK) {
        free(d);
        return status;
    }
    *draft = d;
    error = open_old(d, old);
    return error == 0 ? SCRAM_OK : failed(d, error, why);
}

enum scram_status
lmdb_draft_begin(const char *path, struct lmdb_draft **draft,
                 struct sentence *why)
{
    struct lmdb_draft *d = NULL;
    enum scram_status status;
    off_t size;
    int rc, old = -1;

    status = begin(path, &d, &old, why);
    if (status == SCRAM_OK && d->new)
        /* Without its sentence, the wrong one: what was there is gone. */
        status = lmdb_file_unreachable(path, ENOENT, why);
    if (status == SCRAM_OK) {
        rc = make_file(d) ?: copy(old, d->fd, d->old.st_size) ?: open_draft(d);
        if (rc != 0)
            status = failed(d, rc, why);
    }
    if (old >= 0)
        close(old);
    if (status == SCRAM_OK)
        status =
            lmdb_file_check(d->mdb, path, &d->verifiers, &d->meta, &size, why);
    if (status == SCRAM_OK)
        *draft = d;
    else
        lmdb_draft_drop(d);
    return status;
}

/* Make a change once. */
static int
try(struct lmdb_draft *d, lmdb_change *change, void *data)
{
    struct lmdb_txn t = {.verifiers = d->verifiers, .meta = d->meta};
    int rc = mdb_txn_begin(d->mdb, NULL, 0, &t.txn);

    if (rc != 0)
        return rc;
    rc = change(&t, data);
    if (rc == 0)
        return mdb_txn_commit(t.txn);
    mdb_txn_abort(t.txn);
    return rc;
}

/* Make the map twice as large as it is. */
static int
grow(MDB_env *mdb)
{
    MDB_envinfo info;

    mdb_env_info(mdb, &info);
    return info.me_mapsize > SIZE_MAX / 2
               ? ENOMEM
               : mdb_env_set_mapsize(mdb, info.me_mapsize * 2);
}

enum scram_status
lmdb_draft_change(struct lmdb_draft *d, lmdb_change *change, void *data,
                  struct sentence *why)
{
    int rc;

    do
        rc = try(d, change, data);
    while (rc == MDB_MAP_FULL && (rc = grow(d->mdb)) == 0);
    switch (rc) {
    case 0:
        return SCRAM_OK;
    case MDB_KEYEXIST:
        return SCRAM_USER_EXISTS;
    case MDB_NOTFOUND:
        return SCRAM_NO_USER;
    default:
        return failed(d, rc, why);
    }
}

/* Have LMDB close the draft, and make the file as long as LMDB counts: pages
 * that a transaction took and gave back are counted and not written. */
static int
close_draft(struct lmdb_draft *d)
{
    MDB_envinfo info;
    MDB_stat pages;

    mdb_env_info(d->mdb, &info);
    mdb_env_stat(d->mdb, &pages);
    mdb_env_close(d->mdb);
    d->mdb = NULL;
    return ftruncate(d->fd,
                     (off_t)((info.me_last_pgno + 1) * pages.ms_psize)) == 0
               ? 0
               : errno;
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

/* Give the draft its owner, its mode and its access list. */
static int
own(const struct lmdb_draft *d)
{
    uid_t uid = d->new ? (uid_t)-1 : d->old.st_uid;
    gid_t gid = d->new ? service_group() : d->old.st_gid;
    mode_t mode = d->new ? LMDB_FILE_MODE : d->old.st_mode & 0777;

    if (fchown(d->fd, uid, gid) != 0 || fchmod(d->fd, mode) != 0)
        return errno;
    if (!d->new && d->acl_len > 0 &&
        fsetxattr(d->fd, ACL, d->acl, (size_t)d->acl_len, 0) != 0)
        return errno;
    return 0;
}

/* Whether what was copied is no longer what is there. */
static bool
is_outdated(const struct lmdb_draft *d)
{
    struct stat now;

    if (fstatat(d->place.folder, d->place.name, &now, AT_SYMLINK_NOFOLLOW) != 0)
        return !d->new;
    if (d->new)
        return now.st_size != 0;
    return !lmdb_file_id_equal(lmdb_file_id_of(&now), lmdb_file_id_of(&d->old));
}

enum scram_status
lmdb_draft_publish(struct lmdb_draft *d, struct sentence *why)
{
    int folder = d->place.folder;
    int rc = close_draft(d) ?: own(d);

    if (rc == 0 && fsync(d->fd) != 0)
        rc = errno;
    if (rc == 0 && is_outdated(d)) {
        sentence_write(why,
                       "cannot write the store %s: another file took its "
                       "place meanwhile; try again",
                       d->path);
        return SCRAM_STORE_FAILED;
    }
    if (rc == 0 && renameat(folder, d->place.draft, folder, d->place.name) != 0)
        rc = errno;
    d->moved = rc == 0;
    /* A folder that we may write to and not read is not waited for. */
    if (rc == 0 && fsync(folder) != 0 && errno != EBADF && errno != EINVAL)
        rc = errno;
    if (d->moved)
        lmdb_file_wait_seen();
    return rc == 0 ? SCRAM_OK : failed(d, rc, why);
}

void
lmdb_draft_drop(struct lmdb_draft *d)
{
    if (d == NULL)
        return;
    mdb_env_close(d->mdb);
    if (d->fd >= 0) {
        /* A child that closes what it inherited leaves it to its parent. */
        if (!d->moved && d->process == getpid())
            unlinkat(d->place.folder, d->place.draft, 0);
        close(d->fd);
    }
    if (d->process == getpid())
        lmdb_place_leave(&d->place);
    free(d);
}

/* Make what a new store has. */
static int
init(struct lmdb_draft *d)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(d->mdb, NULL, 0, &txn);

    if (rc != 0)
        return rc;
    rc = mdb_dbi_open(txn, LMDB_VERIFIERS, MDB_CREATE, &d->verifiers)
             ?: mdb_dbi_open(txn, LMDB_META, MDB_CREATE, &d->meta)
             ?: lmdb_meta_init(txn, d->meta);
    if (rc == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
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
    struct lmdb_draft *d = NULL;
    enum scram_status status;
    int rc, old = -1;

    if (!is_free(path))
        return SCRAM_OK;
    status = begin(path, &d, &old, why);
    if (old >= 0)
        close(old);
    if (status == SCRAM_OK && d->new) {
        rc = make_file(d) ?: open_draft(d) ?: init(d);
        status = rc == 0 ? lmdb_draft_publish(d, why) : failed(d, rc, why);
    }
    lmdb_draft_drop(d);
    return status;
}
