/*
 * The command's tree: "gss-scram", "gss-scram user", "gss-scram user add". A
 * command has either commands below it or a function that does what it is for.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "options.h"

/* What the command exits with. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1, /* what was asked for is not done, or not all of it */
    EXIT_USAGE = 2,
    EXIT_UNUSABLE = 3 /* the store, the configuration or a file */
};

struct command {
    const char *name;    /* in full: "gss-scram user add" */
    const char *operand; /* what it takes, "USER"; NULL: nothing */
    const char *summary; /* half a line, for the help of the one above it */
    const char *about;   /* sentences for its own help, lines of it */
    unsigned options;    /* those it takes, a bit for each enum option_name */
    const struct command *commands; /* those below it; one without name ends
                                       them */
    int (*run)(const struct options *options);
    const char *refused;  /* what EXIT_REFUSED means; NULL: it does not occur */
    const char *unusable; /* what EXIT_UNUSABLE means, where there is run */
};

/* The command below that one of that name; NULL if there is none. */
const struct command *command_below(const struct command *command,
                                    const char *word);

/* Write a command's help. */
void command_help(const struct command *command, FILE *stream);

#endif
