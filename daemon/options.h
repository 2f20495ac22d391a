/* What was said on gss-scramd's command line. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/sentence.h"

struct options {
    bool foreground, help, version;
    const char *debug;  /* a file; NULL: nobody wants to see */
    const char *config; /* likewise; NULL: the one that there is */
    const char *socket; /* its path; NULL: that of a machine's one broker */
};

/*
 * Read the command line.
 *
 * @param options  points into @p argv
 * @param why      what is wrong with it on false
 */
bool options_read(int argc, char **argv, struct options *options,
                  struct sentence *why);

/* Write what --help says. */
void options_help(FILE *stream);

#endif
