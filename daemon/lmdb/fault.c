#include "daemon/lmdb/fault.h"

#include <errno.h>
#include <lmdb.h>
#include <string.h>

#include "base/config.h"

enum scram_status
lmdb_fault_memory(struct sentence *why)
{
    sentence_write(why, "out of memory");
    return SCRAM_NO_MEMORY;
}

/* What the numbers mean that somebody can do something about. */
static const struct {
    int rc;
    const char *because;
} faults[] = {
    {ENOSPC, "the file system is full; nothing was changed"},
    {EDQUOT, "the quota is used up; nothing was changed"},
    {EIO, "its disk is out of order, or the file system is full, which some do "
          "not say otherwise; nothing was changed"},
    {EFBIG, "this process may not write files of that length (ulimit -f)"},
    {EWOULDBLOCK, "another process has it open, as one gss-scramd does alone; "
                  "\"gss-scram user\" asks the one that runs"},
    {ELOOP, "it is a symbolic link; name the file that it points to"},
    {EISDIR, "it is not a regular file"},
    {MDB_PANIC, "an earlier change could not be ended; see what was logged "
                "before"},
    {MDB_READERS_FULL, "too many look at it at once"},
};

static enum scram_status
lmdb_fault_forbidden(const char *path, const char *verb, int error,
                     struct sentence *why)
{
    char account[128];

    config_account(account, sizeof(account));
    sentence_write(why,
                   "cannot %s the store %s as %s: %s; it has to belong to that "
                   "account, in a directory that it may write to",
                   verb, path, account, strerror(error));
    return SCRAM_STORE_FORBIDDEN;
}

enum scram_status
lmdb_fault(const char *path, const char *verb, int rc, struct sentence *why)
{
    size_t i;

    if (rc == ENOMEM)
        return lmdb_fault_memory(why);
    if (rc == ENOENT || rc == ENOTDIR) {
        sentence_write(why,
                       "there is no store %s yet. Add a user with \"gss-scram "
                       "user add NAME\": gss-scramd makes the store then, "
                       "though not its directory",
                       path);
        return SCRAM_STORE_ABSENT;
    }
    if (rc == EACCES || rc == EPERM || rc == EROFS)
        return lmdb_fault_forbidden(path, verb, rc, why);
    if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND || rc == MDB_INVALID ||
        rc == MDB_VERSION_MISMATCH || rc == MDB_NOTFOUND)
        return lmdb_fault_damage(path, mdb_strerror(rc), why);
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        if (faults[i].rc == rc) {
            sentence_write(why, "cannot %s the store %s: %s", verb, path,
                           faults[i].because);
            return SCRAM_STORE_FAILED;
        }
    sentence_write(why, "cannot %s the store %s: %s", verb, path,
                   mdb_strerror(rc));
    return SCRAM_STORE_FAILED;
}

enum scram_status
lmdb_fault_damage(const char *path, const char *what, struct sentence *why)
{
    sentence_write(why,
                   "the store %s is damaged (%s); stop gss-scramd, put a copy "
                   "in its place and start it, or let it make a new one and "
                   "import the users",
                   path, what);
    return SCRAM_STORE_FAILED;
}

enum scram_status
lmdb_fault_replaced(const char *path, struct sentence *why)
{
    sentence_write(why,
                   "the store %s was replaced or removed while gss-scramd had "
                   "it open; stop gss-scramd before that, and start it "
                   "afterwards",
                   path);
    return SCRAM_STORE_FAILED;
}
