#include "daemon/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/process.h"

static enum scram_status
privileges_make_folder(const char *state, const struct passwd *owner,
                       struct sentence *why)
{
    if (mkdir(state, 0700) != 0) {
        if (errno == EEXIST)
            return SCRAM_OK;
    } else if (owner == NULL ||
               lchown(state, owner->pw_uid, owner->pw_gid) == 0) {
        return SCRAM_OK;
    }
    sentence_write(why, "cannot make the directory %s: %s", state,
                   strerror(errno));
    return SCRAM_NO_RESOURCES;
}

static enum scram_status
privileges_become(const struct passwd *account, struct sentence *why)
{
    if ((account->pw_uid == 0 ||
         (initgroups(account->pw_name, account->pw_gid) == 0 &&
          setgid(account->pw_gid) == 0 && setuid(account->pw_uid) == 0)) &&
        process_close_memory())
        return SCRAM_OK;
    sentence_write(why, "cannot become the account %s: %s", account->pw_name,
                   strerror(errno));
    return SCRAM_NO_RESOURCES;
}

/* Before there is another thread. */
enum scram_status
privileges_drop(const char *account, const char *state, struct sentence *why)
{
    const struct passwd *entry = NULL;
    enum scram_status status;

    if (geteuid() == 0) {
        errno = 0;
        entry = getpwnam(account);
        if (entry == NULL) {
            sentence_write(why,
                           "there is no account %s for gss-scramd to become: "
                           "make it (useradd --system %s), or name another one "
                           "as account in [broker]",
                           account, account);
            return SCRAM_BAD_CONFIG;
        }
    }
    status = privileges_make_folder(state, entry, why);
    if (status != SCRAM_OK)
        return status;
    if (entry != NULL)
        return privileges_become(entry, why);
    if (process_close_memory())
        return SCRAM_OK;
    sentence_write(why, "cannot keep others out of this process: %s",
                   strerror(errno));
    return SCRAM_NO_RESOURCES;
}

enum scram_status
privileges_lock(const char *state, int *fd, struct sentence *why)
{
    struct stat st;
    int folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (folder < 0 || fstat(folder, &st) != 0) {
        sentence_write(why, "cannot use the directory %s: %s", state,
                       strerror(errno));
    } else if (st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
        sentence_write(why,
                       "the directory %s has to belong to the account that "
                       "gss-scramd runs as (uid %lu), and nobody else may "
                       "write to it",
                       state, (unsigned long)geteuid());
    } else if (flock(folder, LOCK_EX | LOCK_NB) != 0) {
        sentence_write(
            why,
            "another gss-scramd has the directory %s: stop it, or give "
            "this one another directory, as state in [broker]",
            state);
    } else {
        *fd = folder;
        return SCRAM_OK;
    }
    if (folder >= 0)
        close(folder);
    return SCRAM_NO_RESOURCES;
}
