#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/config_file.h"
#include "doctor.h"
#include "doctor_registration.h"

/* Whether a section under [accounts] is for an account that there is. */
static bool
section_has_account(const struct config_entry *entry)
{
    const struct passwd *found;
    struct sentence fix;
    uint32_t uid = 0;

    errno = 0;
    found = getpwnam(entry->name);
    if (found != NULL && strcmp(found->pw_name, entry->name) == 0)
        return true;
    if (found == NULL && errno != 0 && errno != ENOENT && errno != ESRCH) {
        doctor_note("whether there is an account %s, for which %s has a "
                    "section in line %u, cannot be found out: %s",
                    entry->name, entry->path, entry->line, strerror(errno));
        return true;
    }
    if (strcmp(entry->name, "0") != 0 &&
        !slice_decimal(slice_of(entry->name), UINT32_MAX, &uid))
        return doctor_fail("correct the section's name, or remove it",
                           "there is no account %s on this machine, for which "
                           "%s has a section in line %u",
                           entry->name, entry->path, entry->line);
    found = getpwuid(uid);
    if (found == NULL)
        return true; /* one that has no name goes by its number */
    sentence_write(&fix, "call the section %s", found->pw_name);
    return doctor_fail(fix.text,
                       "%s has a section for the uid %s in line %u, which "
                       "counts for nobody, as that account has a name",
                       entry->path, entry->name, entry->line);
}

/* config_file_visit: what it finds goes to the bool at @p data. */
static enum scram_status
visit_account(void *data, const struct config_entry *entry)
{
    bool *good = data;

    if (entry->section != NULL && strcmp(entry->section, "accounts") == 0 &&
        entry->subsection == NULL)
        *good = section_has_account(entry) && *good;
    return SCRAM_OK;
}

static bool
accounts_exist(bool *there)
{
    struct sentence why = {""};
    struct config_file file;
    bool good = true;

    if (config_file_open(config_path(), &file, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    *there = file.count != 0;
    config_file_walk(&file, visit_account, &good, &why);
    config_file_close(&file);
    return good;
}

/* Whether there is no scram.conf where libgssapi's own files are, which
 * somebody will have meant for this build. */
static bool
none_is_unread(void)
{
    char other[PATH_MAX + sizeof("/scram.conf")];
    struct stat theirs, ours;
    struct sentence fix;

    if (secure_getenv("GSS_SCRAM_CONFIG") != NULL)
        return true;
    registration_folder(other);
    strcat(other, "/scram.conf");
    if (stat(other, &theirs) != 0)
        return true;
    if (stat(config_path(), &ours) == 0 && ours.st_dev == theirs.st_dev &&
        ours.st_ino == theirs.st_ino)
        return true;
    sentence_write(&fix, "put what it says into %s, and remove it",
                   config_path());
    return doctor_fail(fix.text,
                       "%s is not read, as this build was configured to read "
                       "%s",
                       other, config_path());
}

bool
doctor_configuration(struct config *config)
{
    struct sentence why = {""};
    bool there = false, sound;

    if (config_load(config, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    sound = none_is_unread();
    sound = accounts_exist(&there) && sound;
    if (!there)
        doctor_ok("there is no configuration %s, so the defaults are used",
                  config_path());
    else if (sound)
        doctor_ok("the configuration %s is in order", config_path());
    if (config->require_channel_bindings)
        doctor_note("with require_channel_bindings a server whose program "
                    "passes no channel bindings lets nobody in, as gss-server "
                    "and httpd's mod_auth_gssapi 1.6.4 do");
    return true;
}
