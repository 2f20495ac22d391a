/* Points in time: milliseconds of a clock that never goes back. */
#ifndef DIRECTORY_CLOCK_H
#define DIRECTORY_CLOCK_H

#include <sys/time.h>

#include "base/clock.h"

static inline uint64_t
ldap_clock(void)
{
    return clock_milliseconds(CLOCK_MONOTONIC);
}

/* The earlier of a point in time and one that is @p wait from now. */
static inline uint64_t
ldap_clock_within(uint64_t deadline, uint32_t wait)
{
    uint64_t then = ldap_clock() + wait;

    return then < deadline ? then : deadline;
}

/* What is left until then, for poll(2) and the like. */
static inline int
ldap_clock_left(uint64_t deadline)
{
    uint64_t now = ldap_clock();

    return deadline <= now ? 0 : (int)(deadline - now);
}

static inline struct timeval
ldap_clock_left_timeval(uint64_t deadline)
{
    int left = ldap_clock_left(deadline);

    return (struct timeval){left / 1000, left % 1000 * 1000};
}

#endif
