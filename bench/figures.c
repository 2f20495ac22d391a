#include "figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "fail.h"

struct figure
figure_of(double *numbers, size_t count)
{
    double median = clock_median(numbers, count); /* which sorts them */

    return (struct figure){median, numbers[0], numbers[count / 4],
                           numbers[count - 1 - count / 4], numbers[count - 1]};
}

struct figure
figure_one(double number)
{
    return (struct figure){number, number, number, number, number};
}

void
figure_keep(struct figure figure, const char *format, ...)
{
    const char *path = getenv("BENCH_FIGURES");
    va_list args;
    FILE *file;

    if (path == NULL)
        return;
    file = fopen(path, "a");
    if (file == NULL)
        fail("cannot write down a figure");
    va_start(args, format);
    vfprintf(file, format, args);
    va_end(args);
    fprintf(file, " %.4f %.4f %.4f %.4f %.4f\n", figure.median, figure.least,
            figure.lower, figure.upper, figure.most);
    if (fclose(file) != 0)
        fail("cannot write down a figure");
}
