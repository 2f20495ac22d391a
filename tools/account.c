#include "account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

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
