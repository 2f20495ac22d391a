#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker.h"
#include "broker_store.h"
#include "doctor.h"
#include "target.h"

/* Whether a file of verifiers is out of this account's reach, as it is nobody's
 * business where gss-scramd has them. Root reads everything: what its group or
 * others may is looked at then. */
static bool
is_out_of_reach(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return true;
    if (geteuid() == 0 ? (st.st_mode & (S_IRGRP | S_IROTH)) == 0
                       : faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        return true;
    return doctor_fail(
        "gss-scram broker enable, which takes its users over. Remove the file "
        "when no server reads it any more, and have users change passwords "
        "that somebody may have guessed from it",
        "%s, which has verifiers, can be read by %s although gss-scramd is "
        "asked for them",
        path, geteuid() == 0 ? "other accounts than root" : "this account");
}

bool
doctor_broker(const struct config *config)
{
    struct sentence why = {""};
    bool good;

    if (broker_try(config->broker, &why) == SCRAM_OK)
        good =
            doctor_ok("gss-scramd answers this account at %s, and can use its "
                      "store",
                      config->broker);
    else
        good = doctor_fail(NULL, "%s", why.text);
    if (good && geteuid() == 0 && broker_store_is(config->store))
        good = doctor_own_store(config->store);
    if (target_is_directory(config->store))
        good = doctor_directory(config->store) && good;
    good = is_out_of_reach(strchr(CONFIG_DEFAULT_STORE, ':') + 1) && good;
    if (broker_store_is(config->store))
        good = is_out_of_reach(strchr(config->store, ':') + 1) && good;
    return good;
}
