#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "broker_store.h"
#include "command.h"
#include "directory/store.h"
#include "report.h"

const struct store_ops *const target_kinds[] = {
    &store_file_writer,
    &store_broker,
    &store_ldap,
    NULL,
};

void
target_clear(struct target *target)
{
    store_close(target->store);
    free(target->location);
    *target = (struct target){0};
}

int
target_locate(const struct options *options, struct target *target)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};
    enum scram_status status;

    if (options->store == NULL) {
        status = config_load(&config, &why);
        if (status != SCRAM_OK)
            return report_failure(status, &why);
        target->location = config.store;
        config.store = NULL;
        target->configured = true;
        return EXIT_DONE;
    }
    target->location = strdup(options->store);
    return target->location == NULL ? report_failure(SCRAM_NO_MEMORY, &why)
                                    : EXIT_DONE;
}

static int
refuse_name(struct slice name)
{
    if (name.len == 0)
        report("a user's name may not be empty");
    else if (name.len > SCRAM_USER_MAX)
        report("a user's name may have %d bytes at most", SCRAM_USER_MAX);
    else
        report("%s cannot be a user's name: SASLprep (RFC 4013) refuses "
               "it, as it does control characters, characters newer than "
               "Unicode 3.2, mixed directions of writing, and what is not "
               "UTF-8",
               text_quote(name).text);
    return EXIT_REFUSED;
}

int
target_name(const struct options *options, bool new, struct target *target)
{
    struct slice name = slice_of(options->operands[0]);
    struct buffer prepared = BUFFER_ARRAY(target->user_bytes);
    enum scram_status status;

    status = new ? scram_prepare_new_user(name, &prepared)
                 : scram_prepare_user(name, &prepared);
    if (status != SCRAM_OK)
        return refuse_name(name);
    target->user = buffer_slice(&prepared);
    target->shown = text_show(target->user);
    if (!slice_equal(name, target->user))
        report("%s is %s when it is prepared as SCRAM asks for (SASLprep, "
               "RFC 4013)",
               text_quote(name).text, text_quote(target->user).text);
    return EXIT_DONE;
}

/* What the store says is for the account of a server: who administers users is
 * not to join a group whose members read all verifiers. */
static void
advise_administrator(const char *location, struct sentence *why)
{
    char account[128];

    config_account(account, sizeof(account));
    sentence_write(why,
                   "%s may not use the store %s this way; run this as root, or "
                   "as the account that the store belongs to",
                   account, location);
}

enum scram_status
target_try(struct target *target, enum store_mode mode, struct sentence *why)
{
    enum scram_status status =
        store_open(target_kinds, target->location, mode, &target->store, why);

    if (status == SCRAM_BAD_LOCATION && target->configured)
        config_blame_store(why);
    if (status == SCRAM_STORE_FORBIDDEN && geteuid() != 0 &&
        !target_is_directory(target->location))
        advise_administrator(target->location, why);
    return status;
}

int
target_open(struct target *target, enum store_mode mode)
{
    struct sentence why = {""};
    enum scram_status status = target_try(target, mode, &why);

    return status == SCRAM_OK ? EXIT_DONE : report_failure(status, &why);
}

int
target_find(const struct options *options, enum store_mode mode,
            struct target *target)
{
    int code = target_locate(options, target);

    if (code == EXIT_DONE)
        code = target_name(options, false, target);
    if (code == EXIT_DONE)
        code = target_open(target, mode);
    return code;
}

bool
target_is_directory(const char *location)
{
    return ldap_store_is_at(location);
}

int
target_unknown(const struct target *target)
{
    if (target_is_directory(target->location))
        report("%s has no verifier in %s, or none that it shows you; "
               "\"gss-scram user add\" gives one to a user who has an entry",
               target->shown.text, target->location);
    else
        report("there is no user %s in %s", target->shown.text,
               target->location);
    return EXIT_REFUSED;
}
