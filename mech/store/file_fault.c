#include "store/file_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/config.h"

#define NAME_SIZE 128     /* an account's or a group's name, cut if longer */
#define NAME_SCRATCH 1024 /* what the C library needs to find it with */

enum scram_status
file_fault_memory(struct sentence *why)
{
    sentence_write(why, "out of memory");
    return SCRAM_NO_MEMORY;
}

/* A group as an administrator knows it, or else its number. */
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

/* Cut @p path after the first folder that this account may not search. */
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

/* The remedy is a group that may, unless it is root's, which may more. */
static void
advise(const char *path, const char *barred, char *advice, size_t size)
{
    const char *where = barred == NULL ? path : barred;
    mode_t mode = barred == NULL ? S_IRGRP : S_IXGRP;
    char group[NAME_SIZE * 2];
    struct stat st;

    if (stat(where, &st) == 0 && (st.st_mode & mode) != 0 && st.st_gid != 0) {
        advise_on_group(st.st_gid, group, sizeof(group));
        snprintf(advice, size, "%s%s%s", group,
                 barred == NULL ? "" : ", which may search the directory ",
                 barred == NULL ? "" : barred);
    } else if (barred != NULL) {
        snprintf(
            advice, size,
            "let this account search the directory %s, with chgrp and chmod "
            "g+x",
            barred);
    } else {
        snprintf(advice, size,
                 "give the file, with chgrp and chmod g+r, to a group that "
                 "this account is in");
    }
}

static enum scram_status
file_fault_forbidden(const char *path, int error, struct sentence *why)
{
    char account[NAME_SIZE], folder[PATH_MAX], advice[PATH_MAX + NAME_SIZE * 4];

    config_account(account, sizeof(account));
    snprintf(folder, sizeof(folder), "%s", path);
    if (error == EACCES)
        advise(path, find_barred(folder) ? folder : NULL, advice,
               sizeof(advice));
    else
        snprintf(advice, sizeof(advice),
                 "something beside its owner, group and mode forbids it, as "
                 "AppArmor may");
    sentence_write(why, "cannot read the store %s as %s: %s; %s", path, account,
                   strerror(error), advice);
    return SCRAM_STORE_FORBIDDEN;
}

static enum scram_status
absent(const char *path, struct sentence *why)
{
    char folder[PATH_MAX], *slash;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    if (slash != NULL && faccessat(AT_FDCWD, folder, F_OK, AT_EACCESS) != 0)
        sentence_write(
            why,
            "there is no store at %s: the directory %s does not exist; "
            "make it first",
            path, folder);
    else
        sentence_write(why,
                       "there is no store at %s; \"gss-scram user add\" makes "
                       "one",
                       path);
    return SCRAM_STORE_ABSENT;
}

enum scram_status
file_fault_open(const char *path, int error, struct sentence *why)
{
    switch (error) {
    case ENOENT:
        return absent(path, why);
    case EACCES:
    case EPERM:
        return file_fault_forbidden(path, error, why);
    default:
        return file_fault_read(path, error, why);
    }
}

enum scram_status
file_fault_read(const char *path, int error, struct sentence *why)
{
    if (error == ENOMEM)
        return file_fault_memory(why);
    sentence_write(why, "cannot read the store %s: %s", path, strerror(error));
    return SCRAM_STORE_FAILED;
}

/* What the numbers mean that somebody can do something about. */
static const struct {
    int error;
    const char *because;
} write_faults[] = {
    {ENOSPC, "the file system has no room for another file like it, which a "
             "change takes"},
    {EDQUOT, "the quota has no room for another file like it, which a change "
             "takes"},
    {EIO, "its disk is out of order, or the file system is full, which some do "
          "not say otherwise"},
    {EFBIG, "this process may not write files of that length (ulimit -f)"},
    {EBUSY, "it is mounted there by itself; mount its directory instead"},
    {EISDIR, "it is not a regular file"},
    {ELOOP, "it is a symbolic link; name the file that it points to"},
    {EAGAIN, "another process has been changing it for ten seconds; try again"},
    {ESTALE, "another file took its place meanwhile; try again"},
    {EMLINK, "its lock file has been replaced by something else: remove what "
             "has its name and \".lock\" behind it"},
};

enum scram_status
file_fault_write(const char *path, int error, struct sentence *why)
{
    char account[NAME_SIZE];
    size_t i;

    if (error == ENOMEM)
        return file_fault_memory(why);
    if (error == ENOENT || error == ENOTDIR)
        return absent(path, why);
    if (error == EACCES || error == EPERM || error == EROFS) {
        config_account(account, sizeof(account));
        sentence_write(why,
                       "cannot write the store %s as %s: %s; run this as an "
                       "account that may write to its directory",
                       path, account, strerror(error));
        return SCRAM_STORE_FORBIDDEN;
    }
    for (i = 0; i < sizeof(write_faults) / sizeof(write_faults[0]); i++)
        if (write_faults[i].error == error) {
            sentence_write(why, "cannot write the store %s: %s", path,
                           write_faults[i].because);
            return SCRAM_STORE_FAILED;
        }
    sentence_write(why, "cannot write the store %s: %s", path, strerror(error));
    return SCRAM_STORE_FAILED;
}

enum scram_status
file_fault_damage(const char *path, uint64_t number, enum file_damage damage,
                  struct sentence *why)
{
    sentence_write(why, "the store %s is damaged: line %llu %s", path,
                   (unsigned long long)number, file_damage_text(damage));
    return SCRAM_STORE_FAILED;
}
