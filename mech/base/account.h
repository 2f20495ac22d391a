/*
 * The accounts of this machine, as its name services know them.
 */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Write an account's name, or its number where it has no name.
 *
 * @param name  at least one byte; cut off where it does not fit
 * @return 0, or an errno when there is no telling whether it has a name: the
 *         number is written then
 */
int account_name(uid_t uid, char *name, size_t size);

/*
 * Find the account of exactly that name.
 *
 * @param uid  set on 0 alone
 * @return 0, ENOENT where there is none, or another errno when there is no
 *         telling
 */
int account_uid(const char *name, uid_t *uid);

/*
 * Whether an account is in a group, as the name services have it now; false
 * where there is no telling.
 */
bool account_in_group(uid_t uid, gid_t group);

/* Whether this process is: it has the groups that it was started with. */
bool account_process_in_group(gid_t group);

#endif
