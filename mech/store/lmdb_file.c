#include "store/lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <lmdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

#define NAME_SIZE 128     /* an account's or a group's name, cut if longer */
#define NAME_SCRATCH 1024 /* what the C library needs to find it with */

/* The names as an administrator knows them, or else the numbers. */
static void
owner_name(uid_t uid, char *name)
{
    char scratch[NAME_SCRATCH];
    struct passwd entry, *found = NULL;

    getpwuid_r(uid, &entry, scratch, sizeof(scratch), &found);
    if (found != NULL)
        snprintf(name, NAME_SIZE, "%s", found->pw_name);
    else
        snprintf(name, NAME_SIZE, "uid %lu", (unsigned long)uid);
}

static void
group_name(gid_t gid, char *name)
{
    char scratch[NAME_SCRATCH];
    struct group entry, *found = NULL;

    getgrgid_r(gid, &entry, scratch, sizeof(scratch), &found);
    if (found != NULL)
        snprintf(name, NAME_SIZE, "%s", found->gr_name);
    else
        snprintf(name, NAME_SIZE, "%lu", (unsigned long)gid);
}

enum scram_status
lmdb_file_forbidden(const char *path, const char *doing, int error,
                    const char *advice, struct sentence *why)
{
    char account[NAME_SIZE];

    config_account(account, sizeof(account));
    sentence_write(why, "cannot %s %s as %s: %s; %s", doing, path, account,
                   strerror(error), advice);
    return SCRAM_STORE_FORBIDDEN;
}

/* What the numbers mean that somebody can do something about. */
static const struct {
    int rc;
    enum scram_status status;
    const char *because;
} failures[] = {
    {ENOMEM, SCRAM_NO_MEMORY, "out of memory"},
    {MDB_INVALID, SCRAM_STORE_FAILED,
     "it is not a store; choose another path, or restore it from a backup"},
    {MDB_NOTFOUND, SCRAM_STORE_FAILED,
     "it is not a store of verifiers, though a file of LMDB's; choose another "
     "path"},
    {MDB_VERSION_MISMATCH, SCRAM_STORE_FAILED,
     "another version of LMDB made it or is using it; let all use the same"},
    {MDB_CORRUPTED, SCRAM_STORE_FAILED,
     "it is damaged; restore it from a backup"},
    {MDB_PAGE_NOTFOUND, SCRAM_STORE_FAILED,
     "it is damaged; restore it from a backup"},
    {MDB_READERS_FULL, SCRAM_STORE_FAILED,
     "as many processes and threads read it as it has room for; stop some of "
     "them"},
    /* A reader locks the byte of the lock file that its process id says. */
    {EAGAIN, SCRAM_STORE_FAILED,
     "a process with the same id has it open, in another container it seems; "
     "let them share process ids, or give each a store"},
};

enum scram_status
lmdb_file_failed(const char *path, const char *doing, int rc,
                 struct sentence *why)
{
    char what[NAME_SIZE];
    size_t i;

    snprintf(what, sizeof(what), "%s the store", doing);
    if (rc == EACCES || rc == EPERM)
        return lmdb_file_forbidden(path, what, rc,
                                   "run this as an account that may", why);
    if (rc == ENOENT) {
        sentence_write(why,
                       "there is no store at %s; \"gss-scram user add\" makes "
                       "one",
                       path);
        return SCRAM_STORE_ABSENT;
    }
    for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        if (failures[i].rc == rc) {
            sentence_write(why, "cannot %s %s: %s", what, path,
                           failures[i].because);
            return failures[i].status;
        }
    }
    sentence_write(why, "cannot %s %s: %s", what, path, mdb_strerror(rc));
    return SCRAM_STORE_FAILED;
}

/*
 * Say that this account may not use a file that is there.
 *
 * @param doing  as lmdb_file_forbidden takes it
 * @param group  the mode's bits that would let a member of its group do so
 */
static enum scram_status
forbid(const char *path, const char *doing, const struct stat *st, mode_t group,
       struct sentence *why)
{
    char name[NAME_SIZE], advice[NAME_SIZE * 2];

    if ((st->st_mode & group) == group && st->st_gid == 0) {
        /* Whoever is in root's group may more than this. */
        snprintf(advice, sizeof(advice),
                 "give the file, with chgrp, to a group that this account is "
                 "in");
    } else if ((st->st_mode & group) == group) {
        group_name(st->st_gid, name);
        snprintf(advice, sizeof(advice), "add this account to the group %s",
                 name);
    } else if (st->st_uid == geteuid()) {
        snprintf(advice, sizeof(advice), "change the file's mode");
    } else {
        owner_name(st->st_uid, name);
        snprintf(advice, sizeof(advice), "run this as %s, who may", name);
    }
    return lmdb_file_forbidden(path, doing, EACCES, advice, why);
}

/* Cut @p path after the first directory that this account may not search. */
static bool
find_barred(char *path)
{
    char *slash = path;

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        *slash = '\0';
        if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
            return true;
        *slash = '/';
    }
    return false;
}

/* Cut @p path to the directory that it is in; it is absolute. */
static void
cut_to_directory(char *path)
{
    char *slash = strrchr(path, '/');

    slash[slash == path ? 1 : 0] = '\0';
}

enum scram_status
lmdb_file_unreachable(const char *path, int error, struct sentence *why)
{
    char directory[PATH_MAX], advice[PATH_MAX + NAME_SIZE];

    snprintf(directory, sizeof(directory), "%s", path);
    if (error == EACCES && find_barred(directory)) {
        snprintf(advice, sizeof(advice),
                 "let this account search the directory %s", directory);
        return lmdb_file_forbidden(path, "reach the store", error, advice, why);
    }
    cut_to_directory(directory);
    if (error == ENOENT &&
        faccessat(AT_FDCWD, directory, F_OK, AT_EACCESS) != 0) {
        sentence_write(why,
                       "there is no store at %s: the directory %s does not "
                       "exist; make it first",
                       path, directory);
        return SCRAM_STORE_ABSENT;
    }
    return lmdb_file_failed(path, "open", error, why);
}

/* Make the lock file of a store that is there. Returns an errno. */
static int
make_lock(const char *path, gid_t group)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = 0;

    if (fd < 0)
        return errno == EEXIST ? 0 : errno;
    /* Who may not give it to the group is in a group of their own, and the
     * store too then. */
    if (fchown(fd, (uid_t)-1, group) != 0)
        error = errno == EPERM ? 0 : errno;
    if (error == 0 && fchmod(fd, LMDB_LOCK_MODE) != 0)
        error = errno;
    close(fd);
    return error;
}

static enum scram_status
find_lock(struct lmdb_file *file, bool write, gid_t group, struct sentence *why)
{
    struct stat st;
    int error = 0;

    if (stat(file->lock_path, &st) != 0)
        error = errno == ENOENT ? make_lock(file->lock_path, group) : errno;
    if (error == 0 && stat(file->lock_path, &st) != 0)
        error = errno;
    if (error == EROFS && !write) {
        /* LMDB reads without a lock file where nobody can write. */
        file->lock = file->data;
        return SCRAM_OK;
    }
    if (error == EACCES || error == EPERM)
        return lmdb_file_forbidden(
            file->lock_path, "make the missing lock file", error,
            "run \"gss-scram user list\" once as an account that may write to "
            "its directory",
            why);
    if (error != 0)
        return lmdb_file_failed(file->path, "lock", error, why);
    if (faccessat(AT_FDCWD, file->lock_path, R_OK | W_OK, AT_EACCESS) != 0 &&
        errno == EACCES)
        return forbid(file->lock_path, "use the lock file", &st,
                      S_IRGRP | S_IWGRP, why);
    file->lock = lmdb_file_id_of(&st);
    return SCRAM_OK;
}

enum scram_status
lmdb_file_find(const char *path, bool write, struct lmdb_file *file,
               struct sentence *why)
{
    struct stat st;

    if (realpath(path, file->path) == NULL || stat(file->path, &st) != 0)
        return lmdb_file_unreachable(path, errno, why);
    if (!S_ISREG(st.st_mode)) {
        sentence_write(why, "%s is not a store: it is not a regular file",
                       path);
        return SCRAM_STORE_FAILED;
    }
    if (faccessat(AT_FDCWD, file->path, R_OK, AT_EACCESS) != 0)
        return forbid(path, "read the store", &st, S_IRGRP, why);
    if (write && faccessat(AT_FDCWD, file->path, W_OK, AT_EACCESS) != 0) {
        if (errno != EACCES)
            return lmdb_file_failed(path, "write", errno, why);
        return forbid(path, "write the store", &st, S_IWGRP, why);
    }
    if (st.st_size == 0) {
        sentence_write(why,
                       "%s is empty and not a store yet; \"gss-scram user "
                       "add\" makes it one",
                       path);
        return SCRAM_STORE_ABSENT;
    }
    file->data = lmdb_file_id_of(&st);
    file->size = st.st_size;
    snprintf(file->lock_path, sizeof(file->lock_path), "%s%s", file->path,
             LMDB_LOCK_SUFFIX);
    return find_lock(file, write, st.st_gid, why);
}
