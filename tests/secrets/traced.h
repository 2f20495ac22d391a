/*
 * A program of this build that is started to be looked at, with what it frees
 * in quarantine (quarantine.h), and that stops where it ends: its memory is
 * there still, and all of its own code has run.
 */
#ifndef TRACED_H
#define TRACED_H

#include <sys/types.h>

#define TRACED_WORDS_MAX 16

struct traced {
    const char *name;                    /* of the program */
    const char *words[TRACED_WORDS_MAX]; /* what it is given; ends with NULL */
    const char *input;                   /* of its standard input */
    char output[256]; /* the path of what it says, on both streams */
    pid_t pid;
};

/* Let the process have the quarantine in it; called before it executes. */
int traced_prepare(void);

/* Start it, and wait until it stops at its end; the exit code that it has then.
 */
int traced_run(struct traced *traced);

/* Let it go. */
void traced_end(struct traced *traced);

#endif
