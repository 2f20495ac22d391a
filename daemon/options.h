/* What was said on a daemon's command line. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/sentence.h"

struct option {
    const char *name;  /* "--debug" */
    const char *value; /* what it takes; NULL for nothing */
    const char *help;
};

struct options {
    const char *program;
    const char *purpose; /* a sentence for --help */
    const struct option *list;
    size_t count;
};

/*
 * Read the command line.
 *
 * @param values  one for each option: what was said, or "" for one that takes
 *                no value, or NULL where it was not said; into @p argv
 * @param why     what is wrong with it on false
 */
bool options_read(const struct options *options, int argc, char **argv,
                  const char **values, struct sentence *why);

/* Write what --help says. */
void options_help(const struct options *options, FILE *stream);

#endif
