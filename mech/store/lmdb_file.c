#include "store/lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/account.h"
#include "base/config.h"
#include "store/lmdb_meta.h"

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
     "another version of LMDB made it; let all use the same"},
    {MDB_CORRUPTED, SCRAM_STORE_FAILED,
     "it is damaged; restore it from a backup"},
    {MDB_PAGE_NOTFOUND, SCRAM_STORE_FAILED,
     "it is damaged; restore it from a backup"},
    {ENOSPC, SCRAM_STORE_FAILED,
     "the file system has no room for another file like it, which a change "
     "takes"},
    {EIO, SCRAM_STORE_FAILED,
     "its disk is out of order, or the file system is full, which some do not "
     "say otherwise"},
    {EDQUOT, SCRAM_STORE_FAILED,
     "the quota has no room for another file like it, which a change takes"},
    {EBUSY, SCRAM_STORE_FAILED,
     "it is mounted there by itself; mount its directory instead"},
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
                                   "something beside its owner, group and mode "
                                   "forbids it, as AppArmor "
                                   "may",
                                   why);
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

/* What lets this process do as the members of a group may: a server has the
 * groups that it was started with. */
static void
advise_on_group(gid_t group, char *advice, size_t size)
{
    char name[NAME_SIZE];

    group_name(group, name);
    if (account_in_group(geteuid(), group) && !account_process_in_group(group))
        snprintf(advice, size,
                 "start the program again with the group %s, which this "
                 "account is in and the program is not",
                 name);
    else
        snprintf(advice, size, "add this account to the group %s", name);
}

/*
 * Say that this account may not use a file that is there.
 *
 * @param doing  as lmdb_file_forbidden takes it
 * @param write  whether it is to be written, which no server does
 */
static enum scram_status
forbid(const char *path, const char *doing, const struct stat *st, bool write,
       struct sentence *why)
{
    mode_t group = write ? S_IWGRP : S_IRGRP;
    char name[NAME_SIZE], advice[NAME_SIZE * 2];

    if ((st->st_mode & group) != 0 && st->st_gid != 0) {
        advise_on_group(st->st_gid, advice, sizeof(advice));
    } else if (st->st_uid == geteuid()) {
        snprintf(advice, sizeof(advice), "change the file's mode");
    } else if (write) {
        owner_name(st->st_uid, name);
        snprintf(advice, sizeof(advice), "run this as %s, who may", name);
    } else { /* also where root's group may: it may more than this */
        snprintf(advice, sizeof(advice),
                 "give the file, with chgrp and chmod g+r, to a group that "
                 "this account is in");
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

/* What would let this account search a directory: the group that may, as the
 * directory that servers' stores are in has one for it. */
static void
advise_on_directory(const char *directory, char *advice, size_t size)
{
    char group[NAME_SIZE * 2];
    struct stat st;

    if (stat(directory, &st) == 0 && (st.st_mode & S_IXGRP) != 0 &&
        st.st_gid != 0) {
        advise_on_group(st.st_gid, group, sizeof(group));
        snprintf(advice, size, "%s, which may search the directory %s", group,
                 directory);
    } else {
        snprintf(advice, size,
                 "let this account search the directory %s, with chgrp and "
                 "chmod g+x",
                 directory);
    }
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
    char directory[PATH_MAX], advice[PATH_MAX + NAME_SIZE * 4];

    snprintf(directory, sizeof(directory), "%s", path);
    if (error == EACCES && find_barred(directory)) {
        advise_on_directory(directory, advice, sizeof(advice));
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

enum scram_status
lmdb_file_find(const char *path, bool write, struct stat *found,
               struct sentence *why)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return lmdb_file_unreachable(path, errno, why);
    if (!S_ISREG(st.st_mode)) {
        sentence_write(why, "%s is not a store: it is not a regular file",
                       path);
        return SCRAM_STORE_FAILED;
    }
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        return forbid(path, "read the store", &st, false, why);
    if (write && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0) {
        if (errno != EACCES)
            return lmdb_file_failed(path, "write", errno, why);
        return forbid(path, "write the store", &st, true, why);
    }
    if (st.st_size == 0) {
        sentence_write(why,
                       "%s is empty and not a store yet; \"gss-scram user "
                       "add\" makes it one",
                       path);
        return SCRAM_STORE_ABSENT;
    }
    *found = st;
    return SCRAM_OK;
}

/* Take the databases' handles, and the format. */
static int
open_databases(MDB_env *mdb, MDB_dbi *verifiers, MDB_dbi *meta,
               uint32_t *format)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn);

    if (rc != 0)
        return rc;
    rc = mdb_dbi_open(txn, LMDB_VERIFIERS, 0, verifiers)
             ?: mdb_dbi_open(txn, LMDB_META, 0, meta)
             ?: lmdb_meta_format(txn, *meta, format);
    if (rc == 0)
        return mdb_txn_commit(txn); /* which keeps the handles */
    mdb_txn_abort(txn);
    return rc;
}

enum scram_status
lmdb_file_check(MDB_env *mdb, const char *path, MDB_dbi *verifiers,
                MDB_dbi *meta, struct sentence *why)
{
    uint32_t format = 0;
    MDB_envinfo info;
    MDB_stat pages;
    struct stat st;
    int fd, rc;

    mdb_env_info(mdb, &info);
    mdb_env_stat(mdb, &pages);
    if (mdb_env_get_fd(mdb, &fd) != 0 || fstat(fd, &st) != 0)
        return lmdb_file_failed(path, "open", errno, why);
    /* What is mapped and not there would kill the process. */
    if ((size_t)st.st_size / pages.ms_psize <= info.me_last_pgno) {
        sentence_write(why,
                       "the store %s is cut short: %llu pages of %llu; restore "
                       "it from a backup",
                       path, (unsigned long long)st.st_size / pages.ms_psize,
                       (unsigned long long)info.me_last_pgno + 1);
        return SCRAM_STORE_FAILED;
    }
    rc = open_databases(mdb, verifiers, meta, &format);
    if (rc == MDB_INCOMPATIBLE || rc == MDB_CORRUPTED)
        rc = MDB_NOTFOUND; /* something else by those names */
    if (rc == 0 && format != LMDB_FORMAT) {
        sentence_write(why,
                       "the store %s has format %u and this program reads "
                       "format %u; use the gss-scram that made it, or a newer "
                       "one",
                       path, (unsigned)format, LMDB_FORMAT);
        return SCRAM_STORE_FAILED;
    }
    return rc == 0 ? SCRAM_OK : lmdb_file_failed(path, "read", rc, why);
}

void
lmdb_file_wait_seen(void)
{
    struct timespec wait;

    clock_getres(CLOCK_MONOTONIC_COARSE, &wait);
    wait.tv_nsec += (LMDB_LOOK_INTERVAL + 1) * 1000000;
    nanosleep(&wait, NULL);
}
