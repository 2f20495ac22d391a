#include "clock.h"

#include <stdlib.h>
#include <time.h>

#include "fail.h"

static double
read_ns(clockid_t clock)
{
    struct timespec t;

    if (clock_gettime(clock, &t) != 0)
        fail("a clock cannot be read");
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double
clock_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double
clock_other_ns(pid_t pid)
{
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0)
        fail("a process is gone");
    return read_ns(clock);
}

double
clock_wall_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
clock_median(double *numbers, size_t count)
{
    qsort(numbers, count, sizeof(*numbers), by_size);
    return numbers[count / 2];
}
