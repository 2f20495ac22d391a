#include "user.h"

#include <time.h>

#include "broker_store.h"
#include "command.h"
#include "password.h"
#include "report.h"
#include "target.h"
#include "verifiers.h"

#define DESCRIPTION_MAX 128 /* bytes: a few words for each mechanism */

/* A user's verifiers in a few words: "SCRAM-SHA-256, 600000 iterations". */
static void
user_describe(const struct verifiers *verifiers, char *text)
{
    size_t len = 0;
    int m;

    text[0] = '\0';
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (verifiers_have(verifiers, (enum scram_mechanism)m))
            len +=
                (size_t)snprintf(text + len, DESCRIPTION_MAX - len,
                                 "%s%s, %u iterations", len == 0 ? "" : "; ",
                                 scram_mechanism_name((enum scram_mechanism)m),
                                 (unsigned)verifiers->of[m].iterations);
    }
}

static int
refuse_existing(const struct target *target)
{
    report("%s is in %s already; \"gss-scram user passwd\" changes the "
           "password",
           target->shown.text, target->location);
    return EXIT_REFUSED;
}

/* Open the store, if it is there, and refuse a user who is in it: before
 * anybody is asked for a password. */
static int
open_for_new(struct target *target)
{
    struct verifiers found CLEANUP_VERIFIERS = {0};
    struct sentence why = {""};
    enum scram_status status;

    status = target_try(target, STORE_WRITE, &why);
    if (status == SCRAM_STORE_ABSENT)
        return EXIT_DONE;
    if (status == SCRAM_OK)
        status = verifiers_read(target->store, target->user, &found, &why);
    if (status == SCRAM_NO_USER)
        return EXIT_DONE;
    return status == SCRAM_OK ? refuse_existing(target)
                              : report_failure(status, &why);
}

/* Make verifiers, and say so where that took long: each login takes a client
 * about as long. */
static enum scram_status
user_derive(unsigned mechanisms, uint32_t iterations,
            const struct line *password, const struct verifiers *old,
            struct verifiers *made)
{
    struct timespec before, after;
    enum scram_status status;
    double seconds;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    status = verifiers_derive(mechanisms, iterations, line_slice(password), old,
                              made);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    seconds = (double)(after.tv_sec - before.tv_sec) +
              (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    seconds /= __builtin_popcount(mechanisms);
    if (status == SCRAM_OK && seconds > 1)
        report("warning: with so many iterations a login takes a client about "
               "%.1f seconds on hardware like this",
               seconds);
    return status;
}

static int
user_add_new(const struct options *options, struct target *target,
             const struct line *password)
{
    static const struct verifiers none;
    struct verifiers made CLEANUP_VERIFIERS = {0};
    unsigned mechanisms =
        options->mechanisms != 0 ? options->mechanisms : 1u << SCRAM_SHA_256;
    char description[DESCRIPTION_MAX];
    struct sentence why = {""};
    enum scram_status status;
    int m, code;

    status =
        user_derive(mechanisms, options->iterations, password, NULL, &made);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        made.of[m].expires = options->expires;
        made.of[m].groups = options->groups;
    }
    code =
        target->store == NULL ? target_open(target, STORE_CREATE) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    status = verifiers_write(target->store, target->user, &none, &made, &why);
    if (status == SCRAM_USER_EXISTS)
        return refuse_existing(target);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    user_describe(&made, description);
    printf("added %s to %s (%s)\n", target->shown.text, target->location,
           description);
    return EXIT_DONE;
}

/* Refuse what a store has no room for: a directory's administration has its own
 * ways to write attributes. */
static int
user_check_facts(const struct options *options, const struct target *target)
{
    if ((!options_have(options, OPTION_EXPIRES) &&
         !options_have(options, OPTION_GROUPS)) ||
        !target_is_directory(target->location))
        return EXIT_DONE;
    report("when a user of %s expires, and which groups there are, is for the "
           "directory's own tools to write",
           target->location);
    return EXIT_REFUSED;
}

int
user_add(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct line password CLEANUP_LINE = {.len = 0};
    int code = target_locate(options, &target);

    if (code == EXIT_DONE)
        code = user_check_facts(options, &target);
    if (code == EXIT_DONE)
        code = target_name(options, true, &target);
    if (code == EXIT_DONE)
        code = open_for_new(&target);
    if (code == EXIT_DONE)
        code = password_get(options, target.shown.text, true, &password);
    return code == EXIT_DONE ? user_add_new(options, &target, &password) : code;
}

/* Find the user in the store. */
static int
user_find(const struct options *options, struct target *target,
          struct verifiers *found)
{
    struct sentence why = {""};
    enum scram_status status;
    int code = target_find(options, STORE_WRITE, target);

    if (code != EXIT_DONE)
        return code;
    status = verifiers_read(target->store, target->user, found, &why);
    if (status == SCRAM_NO_USER)
        return target_unknown(target);
    return status == SCRAM_OK ? EXIT_DONE : report_failure(status, &why);
}

/* Whether a user is not let in any more with one of the mechanisms. */
static bool
is_expired(const struct verifiers *verifiers)
{
    uint64_t now = (uint64_t)time(NULL);
    bool expired = false;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        expired =
            expired || (verifiers_have(verifiers, (enum scram_mechanism)m) &&
                        scram_verifier_is_expired(&verifiers->of[m], now));
    return expired;
}

/* A new password leaves a user enabled or disabled, and whatever else the store
 * has of them. Returns whether the user may use all mechanisms. */
static bool
user_keep(const struct verifiers *before, struct verifiers *made)
{
    bool all = true;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (verifiers_have(made, (enum scram_mechanism)m))
            verifiers_keep(before, &made->of[m]);
        all = all && (before->of[m].enabled ||
                      !verifiers_have(before, (enum scram_mechanism)m));
    }
    return all;
}

/* Put a new password in the place of the old one. */
static int
user_change_password(const struct options *options, struct target *target,
                     struct verifiers *before, const struct line *password)
{
    struct verifiers made CLEANUP_VERIFIERS = {0};
    unsigned mechanisms =
        options->mechanisms != 0 ? options->mechanisms : before->has;
    char description[DESCRIPTION_MAX];
    struct sentence why = {""};
    enum scram_status status;
    bool enabled = true;

    /* gss-scramd knows a proof of the earlier password by the same salt. */
    status =
        user_derive(mechanisms, options->iterations, password,
                    broker_store_is(target->location) ? before : NULL, &made);
    /* Again: all that took a while, and others may have changed the user. */
    if (status == SCRAM_OK)
        status = verifiers_read(target->store, target->user, before, &why);
    if (status == SCRAM_OK) {
        enabled = user_keep(before, &made);
        status =
            verifiers_write(target->store, target->user, before, &made, &why);
    }
    if (status == SCRAM_NO_USER)
        return target_unknown(target);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    user_describe(&made, description);
    printf("changed the password of %s in %s (%s)%s\n", target->shown.text,
           target->location, description,
           !enabled             ? "; the user is still disabled"
           : is_expired(before) ? "; the user has expired all the same"
                                : "");
    return EXIT_DONE;
}

int
user_passwd(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct verifiers before CLEANUP_VERIFIERS = {0};
    struct line password CLEANUP_LINE = {.len = 0};
    int code = user_find(options, &target, &before);

    if (code == EXIT_DONE)
        code = password_get(options, target.shown.text, true, &password);
    return code == EXIT_DONE
               ? user_change_password(options, &target, &before, &password)
               : code;
}

int
user_remove(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct sentence why = {""};
    enum scram_status status;
    int code = target_find(options, STORE_WRITE, &target);

    if (code != EXIT_DONE)
        return code;
    status = store_remove(target.store, target.user, &why);
    if (status == SCRAM_NO_USER)
        return target_unknown(&target);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    printf("removed %s from %s\n", target.shown.text, target.location);
    return EXIT_DONE;
}

/* Whether a user who was enabled is: what a file's line has beside may say that
 * they are not. */
static int
check_enabled(struct target *target)
{
    struct verifiers now CLEANUP_VERIFIERS = {0};
    struct sentence why = {""};
    enum scram_status status =
        verifiers_read(target->store, target->user, &now, &why);
    int m;

    if (status != SCRAM_OK)
        return report_failure(status, &why);
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (verifiers_have(&now, (enum scram_mechanism)m) &&
            !now.of[m].enabled) {
            report("%s is still disabled in %s for %s: there is a key in the "
                   "user's line that this version does not know, its groups "
                   "cannot be read, or it has fewer than %d iterations, which "
                   "a new password corrects",
                   target->shown.text, target->location,
                   scram_mechanism_name((enum scram_mechanism)m),
                   SCRAM_ITERATIONS_MIN);
            return EXIT_REFUSED;
        }
    return EXIT_DONE;
}

static int
set_enabled(const struct options *options, bool enabled)
{
    const struct store_edit edit = {.what = STORE_EDIT_ENABLED,
                                    .enabled = enabled};
    struct target target CLEANUP_TARGET = {0};
    struct verifiers before CLEANUP_VERIFIERS = {0};
    const char *word = enabled ? "enabled" : "disabled";
    struct sentence why = {""};
    enum scram_status status;
    bool differs = false;
    int m, code = user_find(options, &target, &before);

    if (code != EXIT_DONE)
        return code;
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        differs =
            differs || (verifiers_have(&before, (enum scram_mechanism)m) &&
                        before.of[m].enabled != enabled);
    if (!differs) {
        printf("%s is %s already in %s\n", target.shown.text, word,
               target.location);
        return EXIT_DONE;
    }
    status = verifiers_edit(target.store, target.user, &before, &edit, &why);
    if (status == SCRAM_NO_USER)
        return target_unknown(&target);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    if (enabled && (code = check_enabled(&target)) != EXIT_DONE)
        return code;
    printf("%s %s in %s%s\n", word, target.shown.text, target.location,
           enabled && is_expired(&before)
               ? "; the user has expired all the same"
               : "");
    return EXIT_DONE;
}

int
user_enable(const struct options *options)
{
    return set_enabled(options, true);
}

int
user_disable(const struct options *options)
{
    return set_enabled(options, false);
}

int
user_change(const struct options *options)
{
    const struct store_edit edit = {
        .what =
            (options_have(options, OPTION_EXPIRES) ? STORE_EDIT_EXPIRES : 0u) |
            (options_have(options, OPTION_GROUPS) ? STORE_EDIT_GROUPS : 0u),
        .expires = options->expires,
        .groups = options->groups};
    struct target target CLEANUP_TARGET = {0};
    struct verifiers before CLEANUP_VERIFIERS = {0};
    struct sentence why = {""};
    enum scram_status status;
    int code;

    if (edit.what == 0) {
        report("say what is to change: --expires, --groups or both");
        return EXIT_USAGE;
    }
    code = user_find(options, &target, &before);
    if (code == EXIT_DONE)
        code = user_check_facts(options, &target);
    if (code != EXIT_DONE)
        return code;
    status = verifiers_edit(target.store, target.user, &before, &edit, &why);
    if (status == SCRAM_NO_USER)
        return target_unknown(&target);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    printf("changed %s in %s\n", target.shown.text, target.location);
    return EXIT_DONE;
}
