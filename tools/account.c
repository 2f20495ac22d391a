#include "account.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"

bool
account_become(const char *name, struct sentence *why)
{
    const struct passwd *entry;

    errno = 0;
    entry = getpwnam(name);
    if (entry == NULL) {
        sentence_write(why, "there is no account %.64s on this machine%s%s",
                       name, errno == 0 ? "" : ": ",
                       errno == 0 ? "" : strerror(errno));
        return false;
    }
    if (entry->pw_uid == geteuid())
        return true;
    if (geteuid() != 0) {
        sentence_write(why,
                       "only root can look at this as %.64s; run it as "
                       "root, or as that account without --account",
                       name);
        return false;
    }
    if (initgroups(name, entry->pw_gid) != 0 ||
        setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
        setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0) {
        sentence_write(why, "cannot become %.64s: %s", name, strerror(errno));
        return false;
    }
    return true;
}

/* What a process is. */
struct identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[NGROUPS_MAX];
    int count;
};

/* The groups of a line, "4 27 115", as many as there are. */
static void
read_groups(const char *text, struct identity *identity)
{
    char *end;
    unsigned long group = strtoul(text, &end, 10);

    identity->count = 0;
    while (end != text && identity->count < NGROUPS_MAX) {
        identity->groups[identity->count++] = (gid_t)group;
        text = end;
        group = strtoul(text, &end, 10);
    }
}

/* Read proc(5)'s status: "Uid:" and "Gid:" have the real, the effective, the
 * saved and the file system's. */
static bool
read_identity(FILE *file, struct identity *identity)
{
    bool uid = false, gid = false, groups = false;
    unsigned long real, effective;
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, file) > 0) {
        if (sscanf(line, "Uid: %lu %lu", &real, &effective) == 2) {
            identity->uid = (uid_t)effective;
            uid = true;
        } else if (sscanf(line, "Gid: %lu %lu", &real, &effective) == 2) {
            identity->gid = (gid_t)effective;
            gid = true;
        } else if (strncmp(line, "Groups:", 7) == 0) {
            read_groups(line + 7, identity);
            groups = true;
        }
    }
    free(line);
    return uid && gid && groups;
}

static bool
find_identity(pid_t pid, struct identity *identity, struct sentence *why)
{
    char path[64];
    FILE *file;
    bool found;

    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    file = fopen(path, "re");
    if (file == NULL) {
        sentence_write(why, "there is no process %ld: cannot read %s: %s",
                       (long)pid, path, strerror(errno));
        return false;
    }
    found = read_identity(file, identity);
    fclose(file);
    if (!found)
        sentence_write(why, "%s does not say what the process is", path);
    return found;
}

bool
account_become_process(pid_t pid, struct sentence *why)
{
    struct identity *identity = malloc(sizeof(*identity));
    bool done = identity != NULL;

    if (!done)
        sentence_write(why, "out of memory");
    else
        done = find_identity(pid, identity, why);
    if (done && geteuid() != 0) {
        sentence_write(why, "only root can look at this as another process; "
                            "run it as root");
        done = false;
    } else if (done &&
               (setgroups((size_t)identity->count, identity->groups) != 0 ||
                setresgid(identity->gid, identity->gid, identity->gid) != 0 ||
                setresuid(identity->uid, identity->uid, identity->uid) != 0)) {
        sentence_write(why, "cannot become what the process %ld is: %s",
                       (long)pid, strerror(errno));
        done = false;
    }
    free(identity);
    return done;
}

struct sentence
account_lacking_groups(void)
{
    const struct passwd *entry = getpwuid(geteuid());
    gid_t *groups = malloc(NGROUPS_MAX * sizeof(*groups));
    struct sentence names = {""};
    const struct group *group;
    int i, count = NGROUPS_MAX;
    size_t len = 0;

    if (entry == NULL || groups == NULL ||
        getgrouplist(entry->pw_name, entry->pw_gid, groups, &count) < 0)
        count = 0;
    for (i = 0; i < count && len < sizeof(names.text); i++) {
        if (account_process_in_group(groups[i]))
            continue;
        group = getgrgid(groups[i]);
        if (group != NULL)
            len +=
                (size_t)snprintf(names.text + len, sizeof(names.text) - len,
                                 "%s%s", len == 0 ? "" : ", ", group->gr_name);
    }
    free(groups);
    return names;
}
