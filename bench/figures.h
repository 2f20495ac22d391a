/*
 * What was measured: each figure is the median of several rounds, with the
 * quartiles, the least and the most of them. It is printed for people where the
 * caller says, and kept for tracking in the file that BENCH_FIGURES names, a
 * line "name median least lower-quartile upper-quartile most" each.
 */
#ifndef FIGURES_H
#define FIGURES_H

#include <stddef.h>

struct figure {
    double median, least, lower, upper, most; /* lower, upper: quartiles */
};

/* Of some numbers, which are sorted for it; at least one. */
struct figure figure_of(double *numbers, size_t count);

/* Of one number. */
struct figure figure_one(double number);

/* Keep a figure; @p format makes its name, as "accept.us.users.1000". */
void figure_keep(struct figure figure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
