/* What accounts.c and accounts_read.c share. */
#ifndef DAEMON_ACCOUNTS_READ_H
#define DAEMON_ACCOUNTS_READ_H

#include "daemon/accounts.h"

/* Put the members in the order in which they are looked for. */
void accounts_sort_members(struct accounts *accounts);

#endif
