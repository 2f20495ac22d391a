#include "login.h"

#include <stdlib.h>

#include "base/config.h"
#include "base/credentials.h"
#include "command.h"
#include "password.h"
#include "report.h"
#include "scram/saslprep.h"
#include "text.h"

#define ANY_TARGET "*"

/* The least count of iterations of a login that says nothing else. gss-scram
 * makes verifiers with 600000; of the 4096 that RFC 7677 allows, which other
 * programs' verifiers have, a guess costs a 25th of what it costs with this. */
#define MIN_ITERATIONS 100000

/* The file, what it is for, and the user: of a login and of a logout. */
struct place {
    char path[CREDENTIALS_PATH_MAX];
    struct slice target;
    struct slice user;
    char account[128];
};

/* Find out which file, and which target in it. */
static int
find_place(const struct options *options, struct place *place)
{
    *place = (struct place){.target = slice_of(options->operand_count > 0
                                                   ? options->operands[0]
                                                   : ANY_TARGET)};
    if (!credentials_path(place->path)) {
        report("there is nowhere to keep a password: set HOME, or let "
               "GSS_SCRAM_CREDENTIALS name a file");
        return EXIT_UNUSABLE;
    }
    if (!credentials_target_is_valid(place->target)) {
        report("%s is no target: write SERVICE@HOST, as in "
               "HTTP@www.example.org, either of which may be *",
               text_quote(place->target).text);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

/* Who is to log in: the account's own name unless another is said. */
static int
find_user(const struct options *options, struct place *place)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(space);

    config_account(place->account, sizeof(place->account));
    place->user =
        slice_of(options->user != NULL ? options->user : place->account);
    if (scram_prepare_user(place->user, &prepared) == SCRAM_OK)
        return EXIT_DONE;
    report("%s cannot be a user's name: it is empty, longer than %d bytes, "
           "or SASLprep (RFC 4013) refuses it",
           text_quote(place->user).text, SCRAM_USER_MAX);
    return EXIT_REFUSED;
}

static int
report_status(enum scram_status status, const struct sentence *why)
{
    report("%s", status == SCRAM_NO_MEMORY ? "out of memory" : why->text);
    return status == SCRAM_BAD_ARGUMENT || status == SCRAM_NO_USER
               ? EXIT_REFUSED
               : EXIT_UNUSABLE;
}

static int
keep(const struct place *place, const struct line *password,
     uint32_t min_iterations)
{
    static const struct credentials_how how = {.replace = true, .first = true};
    struct credentials_entry entry = {.target = place->target,
                                      .user = place->user,
                                      .password = line_slice(password),
                                      .min_iterations = min_iterations};
    struct sentence why = {""};
    enum scram_status status;

    status = credentials_set(place->path, &entry, how, &why);
    if (status != SCRAM_OK)
        return report_status(status, &why);
    printf("Programs of this account log in to %s as %s from now on.\n",
           text_show(place->target).text, text_show(place->user).text);
    printf("A server that asks for fewer than %u iterations is refused; "
           "\"--min-iterations\" changes that.\n",
           (unsigned)min_iterations);
    printf("The password itself is in %s, which nobody else may read; "
           "\"gss-scram logout\" removes it.\n",
           place->path);
    return EXIT_DONE;
}

static void
list_one(const struct credentials_entry *entry, bool json, bool first)
{
    if (!json) {
        printf("%-31s  %s\n", text_show(entry->target).text,
               text_show(entry->user).text);
        return;
    }
    fputs(first ? "[\n{\"target\": " : ",\n{\"target\": ", stdout);
    text_write_json(entry->target, stdout);
    fputs(", \"user\": ", stdout);
    text_write_json(entry->user, stdout);
    fputc('}', stdout);
}

static int
list(const struct place *place, bool json)
{
    struct credentials found CLEANUP_CREDENTIALS = {.count = 0};
    struct sentence why = {""};
    enum scram_status status = credentials_read(place->path, &found, &why);
    size_t i;

    if (status != SCRAM_OK)
        return report_status(status, &why);
    if (found.count == 0) {
        if (json)
            puts("[]");
        else
            report("there is no login in %s", place->path);
        return EXIT_DONE;
    }
    if (!json)
        printf("%-31s  %s\n", "TARGET", "USER");
    for (i = 0; i < found.count; i++)
        list_one(&found.entries[i], json, i == 0);
    if (json)
        puts("\n]");
    return EXIT_DONE;
}

/* Whether a target's host is any. */
static bool
is_any_server(struct slice target)
{
    return target.data[target.len - 1] == '*';
}

/*
 * Each server that an account talks to may ask for a proof of a password that
 * is for any, and guess from it. So that has to be said.
 */
static int
check_target(const struct options *options, const struct place *place)
{
    bool any = options_have(options, OPTION_ANY_SERVER);

    if (options->operand_count == 0 && !any)
        report("say which server the password is for, as in \"gss-scram login "
               "HTTP@www.example.org\"; or say --any-server, and any server "
               "that this account talks to may ask for a proof of it");
    else if (is_any_server(place->target) && !any)
        report("\"%s\" is any server, each of which may then ask for a proof "
               "of the password: name one, or say --any-server too",
               text_show(place->target).text);
    else if (!is_any_server(place->target) && any)
        report("\"%s\" is not any server: leave out --any-server",
               text_show(place->target).text);
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

int
login(const struct options *options)
{
    struct line password CLEANUP_LINE = {.len = 0};
    struct place place;
    int code = find_place(options, &place);

    if (code != EXIT_DONE)
        return code;
    if (options_have(options, OPTION_LIST))
        return list(&place, options_have(options, OPTION_JSON));
    code = check_target(options, &place);
    if (code == EXIT_DONE)
        code = find_user(options, &place);
    if (code == EXIT_DONE)
        code =
            password_get(options, text_show(place.user).text, false, &password);
    if (code != EXIT_DONE)
        return code;
    return keep(&place, &password,
                options->min_iterations != 0 ? options->min_iterations
                                             : MIN_ITERATIONS);
}

int
logout(const struct options *options)
{
    struct sentence why = {""};
    struct place place;
    enum scram_status status;
    int code = find_place(options, &place);

    if (code != EXIT_DONE)
        return code;
    if (options->user != NULL)
        place.user = slice_of(options->user);
    status = credentials_remove(place.path, place.target, place.user, &why);
    if (status != SCRAM_OK)
        return report_status(status, &why);
    printf("The password for %s is no longer in %s.\n",
           text_show(place.target).text, place.path);
    return EXIT_DONE;
}
