/*
 * How long something takes, in nanoseconds: of the processor's time, where not
 * said otherwise.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <sys/types.h>

/* The processor's time that this process has used. */
double clock_ns(void);

/* That another one has used, with all its threads. */
double clock_other_ns(pid_t pid);

/* Nanoseconds that have passed, by the clock. */
double clock_wall_ns(void);

/* The middle one of some numbers, which are sorted for it. */
double clock_median(double *numbers, size_t count);

#endif
