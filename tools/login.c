#include "login.h"

#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "base/config.h"
#include "base/credentials.h"
#include "command.h"
#include "login_list.h"
#include "password.h"
#include "report.h"
#include "scram/saslprep.h"
#include "text.h"

/* The least count of iterations of a login that says nothing else. gss-scram
 * makes verifiers with 600000; of the 4096 that RFC 7677 allows, which other
 * programs' verifiers have, a guess costs a 25th of what it costs with this. */
#define MIN_ITERATIONS 100000

/* Seconds that the agent has a password for: a day's work. */
#define LIFETIME 28800

/* What a login or a logout is of. */
struct subject {
    char path[CREDENTIALS_PATH_MAX]; /* of the credentials file; empty: none */
    char any_service[CREDENTIALS_TARGET_MAX + 3];
    struct slice target;   /* a pattern; empty: any */
    struct slice user;     /* as it was written; empty: any */
    struct slice prepared; /* the same, SASLprep'd */
    uint8_t prepared_bytes[SCRAM_USER_MAX];
    char account[128];
};

static int
login_no_file(void)
{
    report("there is nowhere to keep a password: set HOME, or let "
           "GSS_SCRAM_CREDENTIALS name a file");
    return EXIT_UNUSABLE;
}

static void
find_file(struct subject *subject)
{
    if (!credentials_path(subject->path))
        subject->path[0] = '\0';
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

static int
login_find_user(const char *user, struct subject *subject)
{
    struct buffer prepared = BUFFER_ARRAY(subject->prepared_bytes);

    subject->user = slice_of(user);
    if (scram_prepare_user(subject->user, &prepared) == SCRAM_OK) {
        subject->prepared = buffer_slice(&prepared);
        return EXIT_DONE;
    }
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

static void
tell_minimum(uint32_t min_iterations)
{
    printf("A server that asks for fewer than %u iterations is refused; "
           "\"--min-iterations\" changes that.\n",
           (unsigned)min_iterations);
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
    tell_minimum(min_iterations);
    printf("The password itself is in %s, which nobody else may read; "
           "\"gss-scram logout --server\" removes it.\n",
           subject->path);
    return EXIT_DONE;
}

static int
login_hand_over_entry(const struct options *options,
                      const struct subject *subject,
                      const struct line *password, uint32_t min_iterations)
{
    struct wire_keep keep = {
        .mechanism =
            (uint8_t)(options->mechanisms == 1u << SCRAM_SHA_1 ? SCRAM_SHA_1
                                                               : SCRAM_SHA_256),
        .target = subject->target,
        .user = subject->prepared,
        .password = line_slice(password),
        .lifetime = options_have(options, OPTION_LIFETIME) ? options->lifetime
                                                           : LIFETIME,
        .min_iterations = min_iterations,
        .bound = options_have(options, OPTION_BOUND)};
    char left[LOGIN_LEFT_MAX];
    struct sentence why = {""};
    enum scram_status status = agent_keep(&keep, &why);

    if (status != SCRAM_OK)
        return report_status(status, &why);
    login_left(keep.lifetime, left);
    printf("Programs of this account log in to %s as %s from now on, %s%s.\n",
           text_show(subject->target).text, text_show(subject->user).text,
           keep.lifetime == WIRE_FOREVER ? "" : "for ", left);
    tell_minimum(min_iterations);
    puts("gss-scram-agent has the password in its memory, and gives it to "
         "nobody; \"gss-scram logout\" has it forgotten.");
    return EXIT_DONE;
}

/* What one of the two places alone knows about. */
static int
check_place(const struct options *options)
{
    static const enum option_name agents[] = {OPTION_LIFETIME, OPTION_BOUND,
                                              OPTION_MECHANISM};
    bool both =
        options->mechanisms == (1u << SCRAM_SHA_1 | 1u << SCRAM_SHA_256);
    size_t i;

    for (i = 0; i < sizeof(agents) / sizeof(agents[0]); i++) {
        if (options_have(options, OPTION_SAVE) &&
            options_have(options, agents[i])) {
            report("--save takes no %s: a file has a password until it is "
                   "removed, and for whatever a server asks for",
                   options_name(agents[i]));
            return EXIT_USAGE;
        }
    }
    if (both)
        report("a login has one mechanism: say --mechanism once");
    return both ? EXIT_USAGE : EXIT_DONE;
}

/* Before a password is asked for: whether there is somebody to keep it. */
static int
check_agent(const struct subject *subject)
{
    struct sentence why = {""};
    enum scram_status status = agent_check(&why);

    if (status == SCRAM_OK)
        return EXIT_DONE;
    if (status == SCRAM_AGENT_GONE)
        report("%s. Or say --save, and the password is written to %s", why.text,
               subject->path[0] != '\0' ? subject->path : "a file");
    else
        report_status(status, &why);
    return EXIT_UNUSABLE;
}

/* Everything that may be wrong, before a password is asked for. */
static int
login_prepare_subject(const struct options *options, struct subject *subject)
{
    int code =
        find_target(options->server == NULL ? "*" : options->server, subject);

    if (code == EXIT_DONE)
        code = check_target(options, subject);
    if (code == EXIT_DONE)
        code = check_place(options);
    config_account(subject->account, sizeof(subject->account));
    if (code == EXIT_DONE)
        code = login_find_user(options->operand_count > 0 ? options->operands[0]
                                                          : subject->account,
                               subject);
    if (code != EXIT_DONE)
        return code;
    if (!options_have(options, OPTION_SAVE))
        return check_agent(subject);
    return subject->path[0] != '\0' ? EXIT_DONE : login_no_file();
}

int
login(const struct options *options)
{
    struct line password CLEANUP_LINE = {.len = 0};
    uint32_t min_iterations =
        options->min_iterations != 0 ? options->min_iterations : MIN_ITERATIONS;
    struct subject subject = {.path = ""};
    int code;

    find_file(&subject);
    if (options_have(options, OPTION_LIST))
        return login_list(subject.path, options_have(options, OPTION_JSON));
    code = login_prepare_subject(options, &subject);
    if (code == EXIT_DONE)
        code = password_get(options, text_show(subject.user).text, false,
                            &password);
    if (code != EXIT_DONE)
        return code;
    return options_have(options, OPTION_SAVE)
               ? save(&subject, &password, min_iterations)
               : login_hand_over_entry(options, &subject, &password,
                                       min_iterations);
}

/*
 * Remove what a logout is of from the credentials file.
 *
 * @param counted  how many there are; they are only counted where @p remove is
 *                 false
 */
static enum scram_status
remove_saved(const struct subject *subject, bool remove, unsigned *counted,
             struct sentence *why)
{
    struct credentials found CLEANUP_CREDENTIALS = {.count = 0};
    enum scram_status status = SCRAM_OK;
    size_t i;

    *counted = 0;
    if (subject->path[0] != '\0')
        status = credentials_read(subject->path, &found, why);
    for (i = 0; status == SCRAM_OK && i < found.count; i++) {
        const struct credentials_entry *e = found.entries + i;

        if ((subject->target.len != 0 &&
             !slice_equal(subject->target, e->target)) ||
            (subject->user.len != 0 && !slice_equal(subject->user, e->user)))
            continue;
        if (remove)
            status = credentials_remove(subject->path, e->target, e->user, why);
        if (status == SCRAM_OK && remove)
            printf("The password of %s for %s is no longer in %s.\n",
                   text_show(e->user).text, text_show(e->target).text,
                   subject->path);
        *counted += status == SCRAM_OK;
    }
    return status;
}

/* Say what a logout has left in the file, or that there was nothing to do. */
static int
tell_saved(const struct subject *subject, unsigned saved, unsigned forgotten)
{
    const char *logins = saved == 1 ? "login is" : "logins are";

    if (saved != 0 && forgotten != 0)
        printf("%u saved %s still in %s; \"--all\" removes that too.\n", saved,
               logins, subject->path);
    else if (saved != 0)
        report("there is no such login in gss-scram-agent; %u saved %s in %s, "
               "which \"--all\" removes",
               saved, logins, subject->path);
    else if (forgotten == 0)
        report("there is no such login; \"gss-scram login --list\" lists those "
               "that there are");
    return forgotten != 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* Which logins: of a server, or of all, and of a user, or of all. */
static int
find_subject(const struct options *options, struct subject *subject)
{
    bool any = options_have(options, OPTION_ANY_SERVER);
    int code = EXIT_DONE;

    *subject = (struct subject){.path = ""};
    find_file(subject);
    if (options_have(options, OPTION_ALL) && (any || options->server != NULL)) {
        report("--all is whatever the server: leave out %s",
               options_name(any ? OPTION_ANY_SERVER : OPTION_SERVER));
        return EXIT_USAGE;
    }
    if (any || options->server != NULL)
        code = find_target(options->server == NULL ? "*" : options->server,
                           subject);
    if (code == EXIT_DONE && options->operand_count > 0)
        code = login_find_user(options->operands[0], subject);
    return code;
}

int
logout(const struct options *options)
{
    struct sentence agent_why = {""}, file_why = {""};
    struct subject subject;
    enum scram_status agent, file;
    unsigned saved;
    uint32_t forgotten = 0;
    bool remove;
    int code = find_subject(options, &subject);

    if (code != EXIT_DONE)
        return code;
    /* What is kept for good goes when it is named. */
    remove = subject.target.len != 0 || options_have(options, OPTION_ALL);
    agent =
        agent_forget(subject.target, subject.prepared, &forgotten, &agent_why);
    file = remove_saved(&subject, remove, &saved, &file_why);
    if (forgotten != 0)
        printf("gss-scram-agent has forgotten %u %s.\n", (unsigned)forgotten,
               forgotten == 1 ? "login" : "logins");
    if (agent != SCRAM_OK && agent != SCRAM_AGENT_GONE)
        code = report_status(agent, &agent_why);
    if (file != SCRAM_OK)
        code = report_status(file, &file_why);
    if (code != EXIT_DONE || (remove && saved != 0))
        return code;
    return tell_saved(&subject, saved, forgotten);
}
