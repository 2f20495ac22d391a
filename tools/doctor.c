#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "account.h"
#include "base/config.h"
#include "command.h"
#include "report.h"
#include "text.h"

static void
say(const char *head, const char *format, va_list args)
{
    struct sentence said;

    vsnprintf(said.text, sizeof(said.text), format, args);
    /* What a file or another library says may hold anything. */
    printf("%-5s  %s\n", head, text_show(slice_of(said.text)).text);
}

bool
doctor_well(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("ok", format, args);
    va_end(args);
    return true;
}

bool
doctor_ill(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("WRONG", format, args);
    va_end(args);
    return false;
}

void
doctor_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("note", format, args);
    va_end(args);
}

/* Where clients' passwords are. */
static bool
look_at_client(void)
{
    bool good = doctor_agent();

    return doctor_credentials() && good;
}

/*
 * In the order in which a login needs them. What cannot be looked at as long as
 * something before it is wrong is left out; the others are looked at all the
 * same, so that one run tells as much as it can.
 */
static bool
examine(const struct options *options)
{
    struct config config CLEANUP_CONFIG = {0};
    bool module = doctor_module();
    bool sound = false;
    bool configured = doctor_configuration(&config, &sound);
    bool asks =
        configured && options->store == NULL && config.broker[0] != '\0';
    bool store = asks ? doctor_broker(&config)
                      : configured &&
                            doctor_store(options->store != NULL ? options->store
                                                                : config.store,
                                         options->store == NULL);
    bool login = module && configured && doctor_handshake();
    bool server = login && store && doctor_credential(options->store);
    /* Of another account the environment, which says where it is, is not
     * known. */
    bool client = options->account != NULL ||
                  options_have(options, OPTION_PID) || look_at_client();

    return sound && server && client;
}

/* Become whom the options name. */
static bool
become(const struct options *options, struct sentence *why)
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
    doctor_note("this is how it looks to the account %s (uid %u)", account,
                (unsigned)geteuid());
    if (lacking.text[0] != '\0' && options_have(options, OPTION_PID))
        doctor_note("the process %ld is not in these groups, in which its "
                    "account is now: %s; start it again with the one that the "
                    "store is for",
                    (long)options->pid, lacking.text);
    if (geteuid() == 0)
        doctor_note("root may read and write everything; --account says as "
                    "what other account to look, and --pid as what process");
}

int
doctor(const struct options *options)
{
    struct sentence why = {""};

    if (options->account != NULL && options_have(options, OPTION_PID)) {
        report("--pid says which account it is; leave --account away");
        return EXIT_USAGE;
    }
    if (!become(options, &why)) {
        report("%s", why.text);
        return EXIT_REFUSED;
    }
    introduce(options);
    if (examine(options)) {
        puts("All is well.");
        return EXIT_DONE;
    }
    puts("Not all is well: mend what is WRONG, from the top, and run this "
         "again.");
    return EXIT_REFUSED;
}
