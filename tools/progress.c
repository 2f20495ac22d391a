#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE 1.0 /* seconds before anything is shown */
#define PERIOD 0.2   /* seconds from one line to the next */
#define BAR 24       /* columns */

double
progress_now(void)
{
    return (double)clock_microseconds(CLOCK_MONOTONIC) / 1e6;
}

void
progress_start(struct progress *progress, const char *unit, uint64_t total)
{
    const char *term = getenv("TERM");

    *progress = (struct progress){
        .unit = unit,
        .total = total,
        .terminal = isatty(STDERR_FILENO) &&
                    !(term != NULL && strcmp(term, "dumb") == 0),
        .started = progress_now(),
    };
}

static void
write_left(double seconds)
{
    unsigned long left = (unsigned long)(seconds + 0.5);

    if (left >= 3600)
        fprintf(stderr, ", %lu h %lu min left", left / 3600, left / 60 % 60);
    else if (left >= 60)
        fprintf(stderr, ", %lu min %lu s left", left / 60, left % 60);
    else
        fprintf(stderr, ", %lu s left", left);
}

void
progress_show(struct progress *progress, uint64_t count, uint64_t done)
{
    static const char bar[] = "########################";
    double seconds = progress_now() - progress->started;
    double share = 0;

    if (!progress->terminal || seconds < PATIENCE ||
        seconds - progress->written < PERIOD)
        return;
    progress->written = seconds;
    progress->shown = true;
    fputs("\r", stderr);
    if (progress->total > 0 && done > 0) {
        share =
            done < progress->total ? (double)done / (double)progress->total : 1;
        fprintf(stderr, "[%-*.*s] %3d %%  ", BAR, (int)(share * BAR), bar,
                (int)(share * 100));
    }
    fprintf(stderr, "%llu %s, %.0f/s", (unsigned long long)count,
            progress->unit, (double)count / seconds);
    if (share > 0)
        write_left(seconds / share - seconds);
    fputs("\033[K", stderr);
    fflush(stderr);
}

void
progress_hide(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

double
progress_seconds(const struct progress *progress)
{
    return progress_now() - progress->started;
}
