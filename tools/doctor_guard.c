/*
 * Whether a store's file is where nobody but its owner and root can change it,
 * or put another in its place: all may be well with an open store, and its
 * verifiers be anybody's to choose.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

/* "chmod go-w FILE", and what else is to be done. */
static struct sentence
fix_of(const char *command, const char *path, const char *more)
{
    struct sentence text;

    sentence_write(&text, "%s %s%s", command, path, more);
    return text;
}

/* "root:gss-scram, mode 640" */
static struct sentence
owner_of(const struct stat *st)
{
    const struct passwd *user = getpwuid(st->st_uid);
    const struct group *group = getgrgid(st->st_gid);
    struct sentence text;

    sentence_write(&text, "%s:%s, mode %o",
                   user == NULL ? "an unknown account" : user->pw_name,
                   group == NULL ? "no group" : group->gr_name,
                   (unsigned)st->st_mode & 07777);
    return text;
}

/* errno says why. */
static bool
cannot_look(const char *path)
{
    return doctor_fail("let this account search the directories above it",
                       "cannot look at %s: %s", path, strerror(errno));
}

static bool
file_is_guarded(const char *path, const struct stat *st)
{
    if (st->st_mode & S_IROTH)
        return doctor_fail(
            fix_of("chmod o-rwx", path,
                   ", and have every user choose a new "
                   "password if somebody may have read it")
                .text,
            "everybody on this machine can read the verifiers in %s (%s)", path,
            owner_of(st).text);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return doctor_fail(
            fix_of("chmod go-w", path, "").text,
            "other accounts than its owner can change the verifiers in %s (%s)",
            path, owner_of(st).text);
    if (geteuid() != 0 && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
        doctor_note("this account can change the verifiers in %s (%s), which a "
                    "server has no need to",
                    path, owner_of(st).text);
    return doctor_ok("%s is %s", path, owner_of(st).text);
}

/*
 * Whether somebody who is neither root nor the file's owner may rename what is
 * in a folder. In one that is "sticky", as /tmp is, that is for the owner of
 * what is renamed; still anybody may put something there that is missing.
 *
 * @param last  whether the file itself is in it
 */
static const char *
fault_of(const char *folder, const struct stat *st, const struct stat *file,
         bool last)
{
    bool sticky = (st->st_mode & S_ISVTX) != 0 && !last;

    if (st->st_uid != 0 && st->st_uid != file->st_uid)
        return "chown root";
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky)
        return "chmod go-w";
    /* A list of access rights says more than the mode does. */
    if (geteuid() != 0 && geteuid() != file->st_uid && !sticky &&
        faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == 0)
        return "setfacl -b";
    return NULL;
}

/* Look at each folder on the way to a file, from the top. */
static bool
folders_are_guarded(const char *path, const struct stat *file)
{
    const char *slash = path, *next, *fault;
    char folder[PATH_MAX];
    struct stat st;

    for (; slash != NULL; slash = next) {
        next = strchr(slash + 1, '/');
        snprintf(folder, sizeof(folder), "%.*s",
                 slash == path ? 1 : (int)(slash - path), path);
        if (stat(folder, &st) != 0)
            return cannot_look(folder);
        fault = fault_of(folder, &st, file, next == NULL);
        if (fault != NULL)
            return doctor_fail(
                fix_of(fault, folder, "").text,
                "others than root and the owner of %s can put another store in "
                "its place, as the directory %s is %s",
                path, folder, owner_of(&st).text);
    }
    return true;
}

bool
doctor_guard(const char *path)
{
    char real[PATH_MAX];
    struct stat st;

    if (stat(path, &st) != 0 || realpath(path, real) == NULL)
        return cannot_look(path);
    return file_is_guarded(path, &st) && folders_are_guarded(path, &st) &&
           (strcmp(path, real) == 0 || folders_are_guarded(real, &st));
}
