/* Points in time: milliseconds of a clock that never goes back. */
#ifndef STORE_LDAP_CLOCK_H
#define STORE_LDAP_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
ldap_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
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
