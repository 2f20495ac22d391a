#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/config_value.h"
#include "base/date.h"
#include "text.h"

#define LIFETIME_MAX 3456000000u /* milliseconds: 40 days */

static const struct {
    const char *name;    /* with the dashes */
    const char *value;   /* what stands for its value; NULL: it takes none */
    const char *help[5]; /* lines, and NULL */
} table[OPTIONS] = {
    [OPTION_STORE] = {"--store",
                      "LOCATION",
                      {"the store, such as file:/srv/users; without this, the",
                       "store that the configuration names, which is",
                       CONFIG_DEFAULT_PATH,
                       "or the file that GSS_SCRAM_CONFIG names"}},
    [OPTION_PASSWORD_STDIN] = {"--password-stdin",
                               NULL,
                               {"take the password from the first line of",
                                "standard input, not from the terminal"}},
    [OPTION_ITERATIONS] = {"--iterations",
                           "N",
                           {"how often the password is hashed, from 4096 to",
                            "10000000; without this, 600000 for SCRAM-SHA-256",
                            "and 1300000 for SCRAM-SHA-1"}},
    [OPTION_MECHANISM] = {"--mechanism",
                          "NAME",
                          {"SCRAM-SHA-256 or SCRAM-SHA-1; give it twice",
                           "for both"}},
    [OPTION_FORMAT] = {"--format",
                       "NAME",
                       {"how the file is written: csv (passwords) or",
                        "pbkdf2-sha256, for import alone, dovecot, ejabberd,",
                        "ldif, pgbouncer, postgresql or xep0227"}},
    [OPTION_BASE] = {"--base",
                     "DN",
                     {"for ldif, the DN that users are below; for",
                      "ejabberd and xep0227, the host's name"}},
    [OPTION_REPLACE] = {"--replace",
                        NULL,
                        {"replace verifiers that are there already"}},
    [OPTION_ENABLE] = {"--enable",
                       NULL,
                       {"enable imported users whom the store has disabled"}},
    [OPTION_STOP_ON_ERROR] = {"--stop-on-error",
                              NULL,
                              {"stop at the first invalid line"}},
    [OPTION_KEYS] = {"--keys",
                     NULL,
                     {"write the keys too, as RFC 5803 has them"}},
    [OPTION_SERVER] = {"--server",
                       "PATTERN",
                       {"which server: SERVICE@HOST, such as",
                        "HTTP@www.example.org; either part may be *, and",
                        "HOST alone is any service on it"}},
    [OPTION_ANY_SERVER] = {"--any-server",
                           NULL,
                           {"any server: each one that the account talks to",
                            "may then ask for a proof of the password"}},
    [OPTION_LIFETIME] = {"--lifetime",
                         "TIME",
                         {"how long the agent keeps the password, such as 30m,",
                          "8h or 7d, or forever; without this, 8h"}},
    [OPTION_MIN_ITERATIONS] =
        {"--min-iterations",
         "N",
         {"refuse a server that asks for fewer iterations,",
          "from 4096 to 10000000; without this, 100000"}},
    [OPTION_BOUND] = {"--bound",
                      NULL,
                      {"log in only with channel bindings, which tie a",
                       "login to its connection"}},
    [OPTION_SAVE] = {"--save",
                     NULL,
                     {"write the password to the credentials file"}},
    [OPTION_ALL] = {"--all",
                    NULL,
                    {"all logins, those of the credentials file too"}},
    [OPTION_LIST] = {"--list", NULL, {"list the logins that there are"}},
    [OPTION_OLDER_THAN] =
        {"--older-than",
         "TIME",
         {"users whose password is that old or older, such as",
          "90d, 12w or 1y, or of unknown age"}},
    [OPTION_ITERATIONS_BELOW] =
        {"--iterations-below",
         "N",
         {"users who have a verifier with fewer iterations"}},
    [OPTION_EXPIRES] = {"--expires",
                        "DATE",
                        {"the last day, in UTC, on which the user is let in,",
                         "such as 2027-01-31, or never"}},
    [OPTION_GROUPS] = {"--groups",
                       "NAMES",
                       {"all groups of the user, such as web,staff; an empty",
                        "word for none"}},
    [OPTION_JSON] = {"--json", NULL, {"write JSON, for programs"}},
    [OPTION_ACCOUNT] = {"--account",
                        "NAME",
                        {"the account that the server runs as; for root"}},
    [OPTION_PID] = {"--pid",
                    "PID",
                    {"the server's process, whose account and groups",
                     "count; for root"}},
    [OPTION_HELP] = {"--help", NULL, {"show this help, as do -h and \"help\""}},
    [OPTION_VERSION] = {"--version", NULL, {"show the version"}},
};

/* Above every character, so that getopt's answers cannot be mixed up. */
#define CODE_OF(option) (256 + (int)(option))
#define OPTION_OF(code) ((enum option_name)((code)-256))

const char *
options_name(enum option_name option)
{
    return table[option].name;
}

void
options_help(unsigned which, FILE *stream)
{
    char left[64];
    int i, line;

    for (i = 0; i < OPTIONS; i++) {
        if (!(which & OPTION_BIT(i)))
            continue;
        snprintf(left, sizeof(left), "%s %s", table[i].name,
                 table[i].value == NULL ? "" : table[i].value);
        for (line = 0; table[i].help[line] != NULL; line++)
            fprintf(stream, "  %-18s  %s\n", line == 0 ? left : "",
                    table[i].help[line]);
    }
}

/* Take a number of iterations. */
static bool
options_take_iterations(enum option_name option, const char *value,
                        uint32_t *count, struct sentence *why)
{
    if (slice_decimal(slice_of(value), OPTIONS_ITERATIONS_MAX, count) &&
        *count >= SCRAM_ITERATIONS_MIN)
        return true;
    sentence_write(why, "%s takes a number from %d to %d", options_name(option),
                   SCRAM_ITERATIONS_MIN, OPTIONS_ITERATIONS_MAX);
    return false;
}

/* Take how long something is to last. */
static bool
take_lifetime(const char *value, uint32_t *seconds, struct sentence *why)
{
    uint32_t milliseconds;

    *seconds = UINT32_MAX;
    if (strcmp(value, "forever") == 0)
        return true;
    if (config_value_duration(value, 1000, LIFETIME_MAX, &milliseconds)) {
        *seconds = milliseconds / 1000;
        return true;
    }
    sentence_write(why, "--lifetime takes a number and a unit, s, m, h or d, "
                        "of up to 40d, or the word forever");
    return false;
}

/* Take a number of days, weeks or years. */
static bool
take_days(enum option_name option, const char *value, uint32_t *days,
          struct sentence *why)
{
    static const struct {
        char unit;
        uint32_t days;
    } units[] = {{'d', 1}, {'w', 7}, {'y', 365}};
    struct slice number = slice_of(value);
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (number.len > 0 &&
            number.data[number.len - 1] == (uint8_t)units[i].unit &&
            slice_decimal((struct slice){number.data, number.len - 1},
                          OPTIONS_DAYS_MAX / units[i].days, days)) {
            *days *= units[i].days;
            return true;
        }
    }
    sentence_write(why,
                   "%s takes a number of days, weeks or years, up to a "
                   "hundred years, as in 90d, 12w or 1y",
                   options_name(option));
    return false;
}

/* Take the last day of a user. */
static bool
options_take_expires(const char *value, uint64_t *expires, struct sentence *why)
{
    *expires = 0;
    if (strcmp(value, "never") == 0 || date_read_last(slice_of(value), expires))
        return true;
    sentence_write(why, "--expires takes a day, as in 2027-01-31, or the word "
                        "never");
    return false;
}

/* Take all groups of a user. */
static bool
options_take_groups(const char *value, struct groups *groups,
                    struct sentence *why)
{
    if (groups_set(groups, slice_of(value)))
        return true;
    sentence_write(
        why,
        "--groups takes up to %d names of up to %d bytes with a comma "
        "between them, as in web,staff, none of them twice",
        GROUPS_MAX, GROUPS_NAME_MAX);
    return false;
}

/* Take an option's value. */
static bool
options_take(enum option_name option, const char *value,
             struct options *options, struct sentence *why)
{
    enum scram_mechanism mechanism;

    options->given |= OPTION_BIT(option);
    switch (option) {
    case OPTION_STORE:
        options->store = value;
        return true;
    case OPTION_FORMAT:
        options->format = format_by_name(value);
        if (options->format != NULL)
            return true;
        sentence_write(why, "--format takes one of %s",
                       format_names(false).text);
        return false;
    case OPTION_BASE:
        options->base = value;
        return true;
    case OPTION_SERVER:
        options->server = value;
        return true;
    case OPTION_ACCOUNT:
        options->account = value;
        return true;
    case OPTION_PID:
        if (slice_decimal(slice_of(value), INT32_MAX, &options->pid))
            return true;
        sentence_write(why, "--pid takes the number of a process");
        return false;
    case OPTION_ITERATIONS:
        return options_take_iterations(option, value, &options->iterations,
                                       why);
    case OPTION_MIN_ITERATIONS:
        return options_take_iterations(option, value, &options->min_iterations,
                                       why);
    case OPTION_LIFETIME:
        return take_lifetime(value, &options->lifetime, why);
    case OPTION_ITERATIONS_BELOW:
        return options_take_iterations(option, value,
                                       &options->iterations_below, why);
    case OPTION_GROUPS:
        return options_take_groups(value, &options->groups, why);
    case OPTION_EXPIRES:
        return options_take_expires(value, &options->expires, why);
    case OPTION_OLDER_THAN:
        return take_days(option, value, &options->older_than, why);
    case OPTION_MECHANISM:
        if (scram_mechanism_by_name(slice_of(value), &mechanism)) {
            options->mechanisms |= 1u << mechanism;
            return true;
        }
        sentence_write(why, "--mechanism takes SCRAM-SHA-256 or SCRAM-SHA-1");
        return false;
    default:
        return true;
    }
}

/* Whether a word is an option's name in full, with or without a value:
 * getopt_long takes one that is cut short too, and "--password" is not to
 * become "--password-stdin". */
static bool
is_in_full(const char *word, enum option_name option)
{
    size_t len = strcspn(word, "=");

    return len == strlen(table[option].name) &&
           strncmp(word, table[option].name, len) == 0;
}

/*
 * Say what is wrong with an option, without what may be its value: with
 * "--password=..." and "-p..." somebody may have tried to give a password.
 *
 * @param word    as it stands on the command line
 * @param answer  what getopt_long returned for it
 */
static void
options_blame(const char *word, int answer, struct sentence *why)
{
    enum option_name option = OPTION_OF(optopt);
    struct slice name = {(const uint8_t *)word,
                         word[1] == '-' ? strcspn(word, "=") : 2};

    if (optopt < CODE_OF(0) || !is_in_full(word, option))
        sentence_write(why, "there is no option %.64s", text_show(name).text);
    else if (answer == ':')
        sentence_write(why, "%s needs a value, %s", table[option].name,
                       table[option].value);
    else
        sentence_write(why, "%s takes no value", table[option].name);
}

/* What getopt_long is to know, its last entry empty. */
static void
options_describe(struct option *words)
{
    int i;

    for (i = 0; i < OPTIONS; i++)
        words[i] = (struct option){table[i].name + 2,
                                   table[i].value == NULL ? no_argument
                                                          : required_argument,
                                   NULL, CODE_OF(i)};
    words[OPTIONS] = (struct option){0};
}

static bool
options_parse_words(int argc, char **argv, struct options *options,
                    struct sentence *why)
{
    struct option words[OPTIONS + 1];
    const char *word;
    int answer;

    options_describe(words);
    opterr = 0;
    for (;;) {
        word = argv[optind];
        if (word != NULL && strcmp(word, "-h") == 0) {
            options->given |= OPTION_BIT(OPTION_HELP);
            optind++;
            continue;
        }
        /* "-": operands come in their turn, whatever POSIXLY_CORRECT says. */
        answer = getopt_long(argc, argv, "-:", words, NULL);
        if (answer == -1)
            break;
        if (answer == 1) {
            options->operands[options->operand_count++] = optarg;
            continue;
        }
        if (answer == '?' || answer == ':' ||
            !is_in_full(word, OPTION_OF(answer))) {
            options_blame(word, answer, why);
            return false;
        }
        if (!options_take(OPTION_OF(answer), optarg, options, why))
            return false;
    }
    while (optind < argc)
        options->operands[options->operand_count++] = argv[optind++];
    return true;
}

bool
options_parse(int argc, char **argv, struct options *options,
              struct sentence *why)
{
    *options = (struct options){0};
    options->words = calloc((size_t)argc + 1, sizeof(*options->words));
    options->operands = options->words;
    if (options->words == NULL) {
        sentence_write(why, "out of memory");
        return false;
    }
    return options_parse_words(argc, argv, options, why);
}

void
options_clear(struct options *options)
{
    free(options->words);
    *options = (struct options){0};
}
