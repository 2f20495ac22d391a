/*
 * What a clock of the system says, as a whole number.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In microseconds. */
static inline uint64_t
clock_microseconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* In milliseconds. */
static inline uint64_t
clock_milliseconds(clockid_t clock)
{
    return clock_microseconds(clock) / 1000;
}

#endif
