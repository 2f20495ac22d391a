#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "base/config.h"
#include "command.h"
#include "report.h"
#include "text.h"

/* What has been said. */
static struct {
    bool json;
    unsigned lines, failures;
} said;

static void
say_json(const char *result, const struct sentence *text, const char *fix)
{
    printf("%s{\"result\": \"%s\", \"text\": ", said.lines == 0 ? "\n" : ",\n",
           result);
    text_write_json(slice_of(text->text), stdout);
    if (fix != NULL) {
        printf(", \"fix\": ");
        text_write_json(slice_of(fix), stdout);
    }
    putchar('}');
}

/* An error's second sentence, which says what to do, is split off the first:
 * "The store is damaged. Remove it." NULL where there is none. */
static const char *
split_fix(struct sentence *text)
{
    char *end = text->text;

    while ((end = strstr(end, ". ")) != NULL) {
        if (end[2] >= 'A' && end[2] <= 'Z') {
            *end = '\0';
            return end + 2;
        }
        end += 2;
    }
    return NULL;
}

/* What to do: gss-scramd, which knows numbers alone, says ACCOUNT for the
 * account that is looked at. */
static struct sentence
name_account(const char *fix)
{
    const char *at = strstr(fix, " ACCOUNT");
    struct sentence named;
    char account[128];

    config_account(account, sizeof(account));
    if (at == NULL)
        sentence_write(&named, "%s", fix);
    else
        sentence_write(&named, "%.*s %s%s", (int)(at - fix), fix, account,
                       at + sizeof(" ACCOUNT") - 1);
    return named;
}

static void
doctor_put(const char *result, const struct sentence *text, const char *fix)
{
    /* What a file or another library says may hold anything. */
    if (said.json)
        say_json(result, text, fix);
    else
        printf("%-4s  %s\n", result, text_show(slice_of(text->text)).text);
    if (!said.json && fix != NULL)
        printf("      fix: %s\n", text_show(slice_of(fix)).text);
    said.lines++;
}

static void
doctor_say(const char *result, const char *format, va_list args)
{
    struct sentence text;

    vsnprintf(text.text, sizeof(text.text), format, args);
    doctor_put(result, &text, NULL);
}

bool
doctor_ok(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    doctor_say("ok", format, args);
    va_end(args);
    return true;
}

bool
doctor_fail(const char *fix, const char *format, ...)
{
    struct sentence text;
    struct sentence named;
    va_list args;

    va_start(args, format);
    vsnprintf(text.text, sizeof(text.text), format, args);
    va_end(args);
    if (fix == NULL)
        fix = split_fix(&text);
    if (fix != NULL) {
        named = name_account(fix);
        fix = named.text;
    }
    doctor_put("FAIL", &text, fix);
    said.failures++;
    return false;
}

void
doctor_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    doctor_say("note", format, args);
    va_end(args);
}

void
doctor_skip(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    doctor_say("skip", format, args);
    va_end(args);
}

/*
 * In the order in which a login needs them. What cannot be looked at as long as
 * something before it is wrong is skipped; the others are looked at all the
 * same, so that one run tells as much as it can.
 */
static void
examine(const struct options *options)
{
    struct config config CLEANUP_CONFIG = {0};
    const char *store = options->store;
    bool module = doctor_module();
    bool stored = false;
    bool configured = doctor_configuration(&config);
    bool tried = module && configured;
    bool login = tried && doctor_handshake();

    if (!tried)
        doctor_skip("a login inside this process, which needs the module and "
                    "the configuration");
    if (!configured)
        doctor_skip("the store, which the configuration names");
    else if (store == NULL && config.broker[0] != '\0')
        stored = doctor_broker(&config);
    else
        stored =
            doctor_store(store != NULL ? store : config.store, store == NULL);
    if (login && stored)
        (void)doctor_credential(store);
    else
        doctor_skip("a server's credential and SPNEGO, which need a login and "
                    "the store");
    /* Of another account the environment, which says where it is, is not
     * known. */
    if (options->account == NULL && !options_have(options, OPTION_PID)) {
        (void)doctor_agent();
        (void)doctor_credentials();
    }
}

/* Become whom the options name. */
static bool
doctor_become(const struct options *options, struct sentence *why)
{
    if (options_have(options, OPTION_PID))
        return account_become_process((pid_t)options->pid, why);
    return options->account == NULL || account_become(options->account, why);
}

/* Say whose eyes these are. */
static void
introduce(const struct options *options)
{
    struct sentence lacking = account_lacking_groups();
    char account[128];

    config_account(account, sizeof(account));
    doctor_note("checking as %s (uid %u)", account, (unsigned)geteuid());
    if (lacking.text[0] != '\0' && options_have(options, OPTION_PID))
        doctor_note("the process %ld is not in these groups, in which its "
                    "account is now: %s; start it again with the one that the "
                    "store is for",
                    (long)options->pid, lacking.text);
    if (geteuid() == 0)
        doctor_note("root may read everything: for a server use --account, as "
                    "in --account www-data, or --pid");
}

int
doctor(const struct options *options)
{
    struct sentence why = {""};

    if (options->account != NULL && options_have(options, OPTION_PID)) {
        report("--pid says which account it is; leave --account away");
        return EXIT_USAGE;
    }
    if (!doctor_become(options, &why)) {
        report("%s", why.text);
        return EXIT_UNUSABLE;
    }
    said.json = options_have(options, OPTION_JSON);
    if (said.json)
        printf("{\"checks\": [");
    introduce(options);
    examine(options);
    if (said.json)
        printf("\n], \"problems\": %u}\n", said.failures);
    else if (said.failures == 0)
        puts("All is well.");
    else
        printf("%u problem%s. Fix the first FAIL, and run this again.\n",
               said.failures, said.failures == 1 ? "" : "s");
    return said.failures == 0 ? EXIT_DONE : EXIT_REFUSED;
}
