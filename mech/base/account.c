#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH 1024 /* what an entry needs, most often */
#define SCRATCH_MAX 1048576

/* Find an entry, by name or, where that is NULL, by number: with memory of its
 * own at *scratch, to be freed whatever comes of it. */
static int
account_find(const char *name, uid_t uid, struct passwd *entry, char **scratch)
{
    struct passwd *found = NULL;
    size_t size = SCRATCH;
    char *larger;
    int error;

    do {
        larger = realloc(*scratch, size);
        if (larger == NULL)
            return ENOMEM;
        *scratch = larger;
        error = name != NULL ? getpwnam_r(name, entry, larger, size, &found)
                             : getpwuid_r(uid, entry, larger, size, &found);
        size *= 2;
    } while (error == ERANGE && size <= SCRATCH_MAX);
    if (found != NULL)
        return 0;
    /* Name services differ in how they say that there is none. */
    if (error == 0 || error == ESRCH || error == EBADF || error == EPERM)
        return ENOENT;
    return error;
}

int
account_name(uid_t uid, char *name, size_t size)
{
    struct passwd entry;
    char *scratch = NULL;
    int error = account_find(NULL, uid, &entry, &scratch);

    if (error == 0)
        snprintf(name, size, "%s", entry.pw_name);
    else
        snprintf(name, size, "%lu", (unsigned long)uid);
    free(scratch);
    return error == ENOENT ? 0 : error;
}

int
account_uid(const char *name, uid_t *uid)
{
    struct passwd entry;
    char *scratch = NULL;
    int error = account_find(name, 0, &entry, &scratch);

    /* Some name services take Alice for alice. */
    if (error == 0 && strcmp(entry.pw_name, name) != 0)
        error = ENOENT;
    if (error == 0)
        *uid = entry.pw_uid;
    free(scratch);
    return error;
}

static bool
account_has(const gid_t *groups, int count, gid_t group)
{
    int i;

    for (i = 0; i < count; i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

bool
account_in_group(uid_t uid, gid_t group)
{
    struct passwd entry;
    char *scratch = NULL;
    gid_t *groups = malloc(NGROUPS_MAX * sizeof(*groups));
    int count = NGROUPS_MAX;
    bool is = groups != NULL &&
              account_find(NULL, uid, &entry, &scratch) == 0 &&
              getgrouplist(entry.pw_name, entry.pw_gid, groups, &count) >= 0 &&
              account_has(groups, count, group);

    free(scratch);
    free(groups);
    return is;
}

bool
account_process_in_group(gid_t group)
{
    gid_t *groups = malloc(NGROUPS_MAX * sizeof(*groups));
    bool is = getegid() == group ||
              (groups != NULL &&
               account_has(groups, getgroups(NGROUPS_MAX, groups), group));

    free(groups);
    return is;
}
