#include "login.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/credentials.h"
#include "command.h"
#include "password.h"
#include "report.h"
#include "scram/saslprep.h"
#include "text.h"

/* The least count of iterations of a login that says nothing else. gss-scram
 * makes verifiers with 600000; of the 4096 that RFC 7677 allows, which other
 * programs' verifiers have, a guess costs a 25th of what it costs with this. */
#define MIN_ITERATIONS 100000

/* What a login or a logout is of. */
struct subject {
    char path[CREDENTIALS_PATH_MAX]; /* of the credentials file */
    char any_service[CREDENTIALS_TARGET_MAX + 3];
    struct slice target; /* a pattern */
    struct slice user;   /* empty: any */
    char account[128];
};

static int
find_file(struct subject *subject)
{
    if (credentials_path(subject->path))
        return EXIT_DONE;
    report("there is nowhere to keep a password: set HOME, or let "
           "GSS_SCRAM_CREDENTIALS name a file");
    return EXIT_UNUSABLE;
}

/* The pattern: as it was written, or any service on a host that stands alone.
 */
static int
find_target(const char *server, struct subject *subject)
{
    struct slice written = slice_of(server);

    subject->target = written;
    if (written.len != 0 && written.len < CREDENTIALS_TARGET_MAX &&
        !slice_equal(written, SLICE("*")) && strchr(server, '@') == NULL) {
        snprintf(subject->any_service, sizeof(subject->any_service), "*@%s",
                 server);
        subject->target = slice_of(subject->any_service);
    }
    if (credentials_target_is_valid(subject->target))
        return EXIT_DONE;
    report("%s is no server: write SERVICE@HOST, as in HTTP@www.example.org, "
           "either of which may be *",
           text_quote(written).text);
    return EXIT_REFUSED;
}

/* Who is to log in: the account's own name unless another is said. */
static int
find_user(const struct options *options, struct subject *subject)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(space);

    config_account(subject->account, sizeof(subject->account));
    subject->user = slice_of(options->operand_count > 0 ? options->operands[0]
                                                        : subject->account);
    if (scram_prepare_user(subject->user, &prepared) == SCRAM_OK)
        return EXIT_DONE;
    report("%s cannot be a user's name: it is empty, longer than %d bytes, "
           "or SASLprep (RFC 4013) refuses it",
           text_quote(subject->user).text, SCRAM_USER_MAX);
    return EXIT_REFUSED;
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
check_target(const struct options *options, const struct subject *subject)
{
    bool any = options_have(options, OPTION_ANY_SERVER);

    if (options->server == NULL && !any)
        report("say which server the password is for, as in \"gss-scram login "
               "--server HTTP@www.example.org\"; or say --any-server, and any "
               "server that this account talks to may ask for a proof of it");
    else if (is_any_server(subject->target) && !any)
        report("\"%s\" is any server, each of which may then ask for a proof "
               "of the password: name one, or say --any-server too",
               text_show(subject->target).text);
    else if (!is_any_server(subject->target) && any)
        report("\"%s\" is not any server: leave out --any-server",
               text_show(subject->target).text);
    else
        return EXIT_DONE;
    return EXIT_USAGE;
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
save(const struct subject *subject, const struct line *password,
     uint32_t min_iterations)
{
    static const struct credentials_how how = {.replace = true, .first = true};
    struct credentials_entry entry = {.target = subject->target,
                                      .user = subject->user,
                                      .password = line_slice(password),
                                      .min_iterations = min_iterations};
    struct sentence why = {""};
    enum scram_status status;

    status = credentials_set(subject->path, &entry, how, &why);
    if (status != SCRAM_OK)
        return report_status(status, &why);
    printf("Programs of this account log in to %s as %s from now on.\n",
           text_show(subject->target).text, text_show(subject->user).text);
    printf("A server that asks for fewer than %u iterations is refused; "
           "\"--min-iterations\" changes that.\n",
           (unsigned)min_iterations);
    printf("The password itself is in %s, which nobody else may read; "
           "\"gss-scram logout\" removes it.\n",
           subject->path);
    return EXIT_DONE;
}

static void
list_one(const struct credentials_entry *entry, size_t width, bool json,
         bool first)
{
    struct shown user = text_show(entry->user);

    if (!json) {
        printf("%s%*s  %s\n", user.text, (int)(width - text_width(user.text)),
               "", text_show(entry->target).text);
        return;
    }
    fputs(first ? "[\n{\"user\": " : ",\n{\"user\": ", stdout);
    text_write_json(entry->user, stdout);
    fputs(", \"server\": ", stdout);
    text_write_json(entry->target, stdout);
    fputc('}', stdout);
}

static int
list(const struct subject *subject, bool json)
{
    struct credentials found CLEANUP_CREDENTIALS = {.count = 0};
    struct sentence why = {""};
    enum scram_status status = credentials_read(subject->path, &found, &why);
    size_t i, w, width = strlen("USER");

    if (status != SCRAM_OK)
        return report_status(status, &why);
    if (found.count == 0) {
        if (json)
            puts("[]");
        else
            report("there is no login in %s", subject->path);
        return EXIT_DONE;
    }
    for (i = 0; i < found.count; i++) {
        w = text_width(text_show(found.entries[i].user).text);
        width = w > width ? w : width;
    }
    if (!json)
        printf("%-*s  SERVER\n", (int)width, "USER");
    for (i = 0; i < found.count; i++)
        list_one(&found.entries[i], width, json, i == 0);
    if (json)
        puts("\n]");
    return EXIT_DONE;
}

int
login(const struct options *options)
{
    struct line password CLEANUP_LINE = {.len = 0};
    struct subject subject;
    int code = find_file(&subject);

    if (code != EXIT_DONE)
        return code;
    if (options_have(options, OPTION_LIST))
        return list(&subject, options_have(options, OPTION_JSON));
    code =
        find_target(options->server == NULL ? "*" : options->server, &subject);
    if (code == EXIT_DONE)
        code = check_target(options, &subject);
    if (code == EXIT_DONE)
        code = find_user(options, &subject);
    if (code == EXIT_DONE)
        code = password_get(options, text_show(subject.user).text, false,
                            &password);
    if (code != EXIT_DONE)
        return code;
    return save(&subject, &password,
                options->min_iterations != 0 ? options->min_iterations
                                             : MIN_ITERATIONS);
}

int
logout(const struct options *options)
{
    struct sentence why = {""};
    struct subject subject;
    enum scram_status status;
    int code = find_file(&subject);

    if (code != EXIT_DONE)
        return code;
    if (options->server == NULL && !options_have(options, OPTION_ANY_SERVER)) {
        report("say which server the password was for, as \"gss-scram login "
               "--list\" has it: with --server, or with --any-server");
        return EXIT_USAGE;
    }
    code =
        find_target(options->server == NULL ? "*" : options->server, &subject);
    if (code != EXIT_DONE)
        return code;
    subject.user = options->operand_count > 0 ? slice_of(options->operands[0])
                                              : (struct slice){NULL, 0};
    status =
        credentials_remove(subject.path, subject.target, subject.user, &why);
    if (status != SCRAM_OK)
        return report_status(status, &why);
    printf("The password for %s is no longer in %s.\n",
           text_show(subject.target).text, subject.path);
    return EXIT_DONE;
}
