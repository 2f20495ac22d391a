#include "store/file_rights.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define GROUP "gss-scram"
#define GROUP_SCRATCH 65536 /* what the names of its members need */
#define ACL "system.posix_acl_access"
#define ACL_MAX 4096

/* The group that reads stores, if there is one and we may give it files. */
static gid_t
service_group(void)
{
    char scratch[GROUP_SCRATCH];
    struct group entry, *found = NULL;

    if (geteuid() == 0)
        getgrnam_r(GROUP, &entry, scratch, sizeof(scratch), &found);
    return found == NULL ? (gid_t)-1 : found->gr_gid;
}

int
file_rights_begin(int fd)
{
    return fchown(fd, (uid_t)-1, service_group()) != 0 || fchmod(fd, 0640) != 0
               ? errno
               : 0;
}

int
file_rights_copy(int from, int to)
{
    uint8_t acl[ACL_MAX];
    struct stat st;
    ssize_t len;

    if (fstat(from, &st) != 0)
        return errno;
    len = fgetxattr(from, ACL, acl, sizeof(acl));
    if (len < 0 && errno == ERANGE)
        return E2BIG;
    if (fchown(to, st.st_uid, st.st_gid) != 0)
        return errno;
    /* A list says all that the mode does, and the mode alone would say more:
     * what it has for the group is then what any of the list may get. */
    if (len > 0)
        return fsetxattr(to, ACL, acl, (size_t)len, 0) == 0 ? 0 : errno;
    /* There may be one that the folder gives to what is made in it. */
    if (fremovexattr(to, ACL) != 0 && errno != ENODATA && errno != EOPNOTSUPP)
        return errno;
    return fchmod(to, st.st_mode & 0777) == 0 ? 0 : errno;
}
