#include "store/lmdb_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/lmdb_copy.h"
#include "store/lmdb_meta.h"
#include "store/lmdb_place.h"
#include "store/lmdb_rights.h"

#define MAP_SIZE 1048576 /* of a new store; it grows by doubling */

struct lmdb_draft {
    const char *path; /* the location's */
    pid_t process;    /* that made it */
    struct lmdb_place place;
    int old;         /* the file that is to be replaced; -1: there is none */
    struct stat was; /* what it was when it was copied */
    bool new;        /* there was none, or an empty one */
    int fd;          /* -1: not made yet */
    bool moved;      /* to where it belongs */
    MDB_env *mdb;
    MDB_dbi verifiers;
    MDB_dbi meta;
};

/* Open the file that is to be replaced, if there is one. It stays open, so that
 * no other comes to look like it. */
static int
open_old(struct lmdb_draft *d)
{
    d->old = openat(d->place.folder, d->place.name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (d->old < 0) {
        d->new = errno == ENOENT;
        return d->new ? 0 : errno;
    }
    if (fstat(d->old, &d->was) != 0)
        return errno;
    d->new = d->was.st_size == 0;
    return S_ISREG(d->was.st_mode) ? 0 : EISDIR;
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

/*
 * Have LMDB open the draft: this file, whatever its name leads to now.
 *
 * @param size  of the map; 0: as the file says
 */
static int
open_draft(struct lmdb_draft *d, size_t size)
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
             ?: (size != 0 ? mdb_env_set_mapsize(d->mdb, size) : 0)
             ?: mdb_env_open(d->mdb, path,
                             MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600)
             ?: mdb_env_get_fd(d->mdb, &fd);
    if (rc == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        rc = errno;
    return rc == ENOENT ? ENOSYS : rc; /* there is no /proc */
}

static int
make_databases(struct lmdb_draft *d, MDB_txn *txn)
{
    return mdb_dbi_open(txn, LMDB_VERIFIERS, MDB_CREATE, &d->verifiers)
               ?: mdb_dbi_open(txn, LMDB_META, MDB_CREATE, &d->meta);
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
begin(const char *path, struct lmdb_draft **draft, struct sentence *why)
{
    struct lmdb_draft *d = malloc(sizeof(*d));
    enum scram_status status;
    int error;

    if (d == NULL)
        return lmdb_file_failed(path, "write", ENOMEM, why);
    *d = (struct lmdb_draft){
        .path = path, .process = getpid(), .old = -1, .fd = -1};
    status = lmdb_place_take(path, &d->place, why);
    if (status != SCRAM_OK) {
        free(d);
        return status;
    }
    *draft = d;
    error = open_old(d);
    return error == 0 ? SCRAM_OK : failed(d, error, why);
}

/* Copy the file that is to be replaced, for LMDB to change it. */
static enum scram_status
copy_pages(struct lmdb_draft *d, struct sentence *why)
{
    int rc = make_file(d) ?: lmdb_copy_bytes(d->old, d->fd, d->was.st_size)
                 ?: open_draft(d, 0);

    return rc == 0
               ? lmdb_file_check(d->mdb, d->path, &d->verifiers, &d->meta, why)
               : failed(d, rc, why);
}

/* Fill a draft with the entries of another file. */
static enum scram_status
fill(struct lmdb_draft *d, int from, struct sentence *why)
{
    enum scram_status status;
    struct lmdb_txn t;
    int rc = mdb_txn_begin(d->mdb, NULL, 0, &t.txn);

    if (rc != 0)
        return failed(d, rc, why);
    rc = make_databases(d, t.txn);
    t.verifiers = d->verifiers;
    t.meta = d->meta;
    status = rc == 0 ? lmdb_copy_entries(from, d->path, &t, why)
                     : failed(d, rc, why);
    if (status != SCRAM_OK) {
        mdb_txn_abort(t.txn);
        return status;
    }
    rc = mdb_txn_commit(t.txn);
    return rc == 0 ? SCRAM_OK : failed(d, rc, why);
}

/* Copy what is in the file, to which others can write: from a copy to which
 * they cannot, and which loses its name to the draft. */
static enum scram_status
copy_entries(struct lmdb_draft *d, struct sentence *why)
{
    size_t size = (size_t)d->was.st_size * 2 + MAP_SIZE; /* enough for all */
    int rc = make_file(d) ?: lmdb_copy_bytes(d->old, d->fd, d->was.st_size);
    enum scram_status status = SCRAM_OK;
    int copy = d->fd;

    if (rc == 0)
        rc = make_file(d) ?: open_draft(d, size);
    if (rc == 0)
        status = fill(d, copy, why);
    if (copy != d->fd)
        close(copy);
    return rc == 0 ? status : failed(d, rc, why);
}

enum scram_status
lmdb_draft_begin(const char *path, struct lmdb_draft **draft,
                 struct sentence *why)
{
    struct lmdb_draft *d = NULL;
    enum scram_status status = begin(path, &d, why);

    if (status == SCRAM_OK && d->new)
        /* Without its sentence, the wrong one: what was there is gone. */
        status = lmdb_file_unreachable(path, ENOENT, why);
    if (status == SCRAM_OK)
        /* Others write to it, or move there what root copied once. */
        status =
            lmdb_rights_of_others(&d->was) || lmdb_place_is_of_others(&d->place)
                ? copy_entries(d, why)
                : copy_pages(d, why);
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

/* Whether what was copied is no longer what is there. */
static bool
is_outdated(const struct lmdb_draft *d)
{
    struct stat now;

    if (fstatat(d->place.folder, d->place.name, &now, AT_SYMLINK_NOFOLLOW) != 0)
        return !d->new;
    if (d->new)
        return now.st_size != 0;
    return !lmdb_file_id_equal(lmdb_file_id_of(&now), lmdb_file_id_of(&d->was));
}

enum scram_status
lmdb_draft_publish(struct lmdb_draft *d, struct sentence *why)
{
    int folder = d->place.folder;
    int rc = close_draft(d)
                 ?: (d->new ? lmdb_rights_begin(d->fd)
                            : lmdb_rights_copy(d->old, d->fd));

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
    if (d->old >= 0)
        close(d->old);
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
    rc = make_databases(d, txn) ?: lmdb_meta_init(txn, d->meta);
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
    int rc;

    if (!is_free(path))
        return SCRAM_OK;
    status = begin(path, &d, why);
    if (status == SCRAM_OK && d->new) {
        rc = make_file(d) ?: open_draft(d, MAP_SIZE) ?: init(d);
        status = rc == 0 ? lmdb_draft_publish(d, why) : failed(d, rc, why);
    }
    lmdb_draft_drop(d);
    return status;
}
