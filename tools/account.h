/*
 * Becoming another account, for good: its user, group and groups.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

#include "base/sentence.h"

/*
 * @param name  of the account
 * @param why   why not, on false
 */
bool account_become(const char *name, struct sentence *why);

#endif
