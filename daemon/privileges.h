/*
 * What gss-scramd may do, and whose its files are: the account that it becomes,
 * and the folder of its state. Nothing can be read out of the process, by a
 * debugger or from a core file.
 */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include "base/sentence.h"
#include "base/status.h"

/*
 * Become an account for good, where this is root, with the groups that it has.
 * The state folder is made where it is missing, and is that account's.
 *
 * @param account  root is one, too
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_RESOURCES
 */
enum scram_status privileges_drop(const char *account, const char *state,
                                  struct sentence *why);

/*
 * Take the state folder for this process alone: another one that has it is a
 * gss-scramd which runs.
 *
 * @param fd  to be closed at the end; set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_NO_RESOURCES, also for a folder that others may write
 *         to
 */
enum scram_status privileges_lock(const char *state, int *fd,
                                  struct sentence *why);

#endif
