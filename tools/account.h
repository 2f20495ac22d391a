/*
 * Becoming another account, for good: its user, group and groups.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/sentence.h"

/*
 * @param name  of the account
 * @param why   why not, on false
 */
bool account_become(const char *name, struct sentence *why);

/*
 * Become what a process is: its effective user and group, and its groups, which
 * may be others than those that its account would have now.
 *
 * @param why   why not, on false
 */
bool account_become_process(pid_t pid, struct sentence *why);

/* The names of the groups that this process' account has by now and the process
 * itself has not: "gss-scram, mail"; empty for none. */
struct sentence account_lacking_groups(void);

#endif
