/*
 * Users that were refused lately because too many passwords were wrong. The
 * throttle's table has no names; for the administrator of users, these are
 * kept: the last ones, in memory alone.
 */
#ifndef DAEMON_THROTTLE_RECENT_H
#define DAEMON_THROTTLE_RECENT_H

#include <sys/types.h>

#include "base/slice.h"
#include "scram/verifier.h"

#define THROTTLE_RECENT_MAX 256 /* a new one takes the place of the oldest */

struct throttle_recent {
    struct throttle_refused {
        uid_t account;
        size_t len; /* 0: nobody */
        uint8_t user[SCRAM_USER_MAX];
    } list[THROTTLE_RECENT_MAX];
    size_t next;
};

/* Note a user, of SCRAM_USER_MAX bytes at most, who may be there already. */
void throttle_recent_add(struct throttle_recent *recent, uid_t account,
                         struct slice user);

#endif
