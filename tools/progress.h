/*
 * How far something is that takes more than a second: a line on standard error
 * that is written anew now and then, where that is a terminal. Elsewhere
 * nothing is written.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *unit; /* what is counted: "users" */
    uint64_t total;   /* of what `done` counts; 0: nobody knows */
    bool shown;       /* the line is on the terminal */
    bool terminal;
    double started, written; /* seconds */
};

void progress_start(struct progress *progress, const char *unit,
                    uint64_t total);

/*
 * Say how far it is, if it is time to.
 *
 * @param count  of units so far
 * @param done   of the total so far
 */
void progress_show(struct progress *progress, uint64_t count, uint64_t done);

/* Take the line away, before something else is written, or at the end. */
void progress_hide(struct progress *progress);

/* Seconds since it was started. */
double progress_seconds(const struct progress *progress);

/* Seconds of a clock that only goes forward. */
double progress_now(void);

#endif
