/*
 * What was said on the command line. Options and operands may stand in any
 * order; an option is written in full, but for -h; what follows "--" is an
 * operand.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/sentence.h"
#include "format.h"
#include "scram/verifier.h"

#define OPTIONS_ITERATIONS_MAX 10000000 /* what initiators refuse to exceed */

#define OPTIONS_DAYS_MAX 36500

enum option_name {
    OPTION_STORE,
    OPTION_PASSWORD_STDIN,
    OPTION_ITERATIONS,
    OPTION_MECHANISM,
    OPTION_FORMAT,
    OPTION_BASE,
    OPTION_REPLACE,
    OPTION_ENABLE,
    OPTION_STOP_ON_ERROR,
    OPTION_KEYS,
    OPTION_SERVER,
    OPTION_ANY_SERVER,
    OPTION_LIFETIME,
    OPTION_MIN_ITERATIONS,
    OPTION_BOUND,
    OPTION_SAVE,
    OPTION_ALL,
    OPTION_LIST,
    OPTION_OLDER_THAN,
    OPTION_ITERATIONS_BELOW,
    OPTION_EXPIRES,
    OPTION_GROUPS,
    OPTION_JSON,
    OPTION_ACCOUNT,
    OPTION_PID,
    OPTION_HELP,
    OPTION_VERSION,
    OPTIONS /* how many there are */
};

#define OPTION_BIT(option) (1u << (option))

struct options {
    unsigned given;              /* a bit for each enum option_name */
    const char *store;           /* NULL: the configuration's */
    const struct format *format; /* NULL: none was named */
    const char *base;            /* where in a directory; or NULL */
    const char *server;          /* a pattern; NULL: none was named */
    const char *account;         /* NULL: the one that it runs as */
    uint32_t pid;                /* of a process; 0: none was named */
    uint32_t iterations;         /* 0: each mechanism's default */
    uint32_t min_iterations;     /* 0: what a login has unless it is said */
    uint32_t lifetime;           /* seconds, or UINT32_MAX for ever */
    uint32_t older_than;         /* days; 0: of any age */
    uint32_t iterations_below;   /* 0: any number of them */
    uint64_t expires;            /* as struct scram_verifier has it; 0: never */
    struct groups groups;
    unsigned mechanisms;   /* a bit for each enum scram_mechanism */
    const char **words;    /* owned: all operands */
    const char **operands; /* what is left of them */
    int operand_count;
};

/*
 * Read the command line.
 *
 * @param options  set on false too, to what was read so far; release it with
 *                 options_clear. What it points to is @p argv's.
 * @param why      what is wrong with the command line on false; no value of an
 *                 option is in it, as it might be a password
 */
bool options_parse(int argc, char **argv, struct options *options,
                   struct sentence *why);

void options_clear(struct options *options);

#define CLEANUP_OPTIONS __attribute__((cleanup(options_clear)))

static inline bool
options_have(const struct options *options, enum option_name option)
{
    return options->given & OPTION_BIT(option);
}

/* An option's name, with its dashes. */
const char *options_name(enum option_name option);

/* Write the part of a help about these options, a bit for each. */
void options_help(unsigned which, FILE *stream);

#endif
