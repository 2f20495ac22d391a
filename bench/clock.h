/*
 * How long something takes, in nanoseconds of the processor's time.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>

/* The processor's time that this process has used. */
double clock_ns(void);

/* The middle one of some numbers, which are sorted for it. */
double clock_median(double *numbers, size_t count);

#endif
