#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"
#include "base/config_broker.h"
#include "base/credentials.h"
#include "broker_store.h"
#include "directory/list.h"
#include "doctor.h"
#include "mix.h"
#include "target.h"

/* store_visit: count users who may log in, up to the first. */
static enum scram_status
see_enabled(void *data, struct slice user,
            const struct scram_verifier *verifier)
{
    bool *seen = data;

    (void)user;
    *seen = verifier->enabled &&
            !scram_verifier_is_expired(verifier, (uint64_t)time(NULL));
    return *seen ? SCRAM_USER_EXISTS : SCRAM_OK;
}

static bool
has_users(struct store *store, const char *location)
{
    struct sentence why = {""};
    enum scram_status status;
    bool seen = false;

    status = store_iterate(store, see_enabled, &seen, &why);
    if (status != SCRAM_OK && status != SCRAM_USER_EXISTS)
        return doctor_fail(NULL, "%s", why.text);
    if (!seen)
        return doctor_fail("gss-scram user add NAME",
                           "%s has no user who may log in", location);
    return doctor_ok("there are users in it");
}

/* That its users have one iteration count, or which ones they have. */
static void
look_at_counts(struct store *store, const char *location)
{
    struct sentence mix = {""};

    if (mix_of(store, location, &mix, NULL) == SCRAM_OK && mix.text[0] != '\0')
        doctor_note("%s", mix.text);
}

/* A directory is asked for the first time when it is asked for a user. */
static bool
server_answers(const char *location)
{
    struct scram_verifier decoy CLEANUP_VERIFIER = {0};
    struct sentence why = {""};
    struct store *store;
    enum scram_status status =
        store_open(target_kinds, location, STORE_READ, &store, &why);

    if (status != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    status = store_look_up(store, SCRAM_SHA_256, SLICE("gss-scram-doctor"),
                           &decoy, &why);
    store_close(store);
    if (status != SCRAM_OK && status != SCRAM_NO_USER)
        return doctor_fail(NULL, "%s", why.text);
    return doctor_ok("%s answers", location);
}

/* Each of a directory's servers: one that is not as it should be would be
 * noticed when the others fail. */
static bool
servers_answer(const char *location, bool *any)
{
    char *servers = strdup(location), *rest = servers, *server;
    bool answers, good = servers != NULL || doctor_fail(NULL, "out of memory");

    *any = false;
    while ((server = strsep(&rest, " ")) != NULL) {
        if (server[0] == '\0')
            continue;
        answers = server_answers(server);
        *any = *any || answers;
        good = good && answers;
    }
    free(servers);
    return good;
}

/* That a directory answers is not all: it may show this account nothing. */
static bool
shows_users(struct store *store, const char *location)
{
    struct sentence why = {""};
    bool shown;

    if (ldap_shows(store, LDAP_FACT_VERIFIER, &shown, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    if (shown)
        return doctor_ok("it shows this account verifiers of users");
    return doctor_fail("gss-scram user add NAME, if nobody is below ldap_base; "
                       "else correct the directory's rules of access, which "
                       "hide users from whom it takes this account for",
                       "%s shows this account nobody who has a verifier",
                       location);
}

/* An attribute that the directory hides looks like one that nobody has.
 *
 * @param attribute  "": the configuration does not name it
 * @param otherwise  what to do where it is seen of nobody
 */
static bool
shows_fact(struct store *store, enum ldap_fact what, const char *attribute,
           const char *otherwise)
{
    struct sentence why = {""};
    bool shown;

    if (attribute[0] == '\0')
        return true;
    if (ldap_shows(store, what, &shown, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    if (shown)
        return doctor_ok("it shows this account %s of some of them", attribute);
    doctor_note("it shows this account %s of nobody who has a verifier: %s",
                attribute, otherwise);
    return true;
}

static bool
shows_facts(struct store *store, const struct config_ldap *ldap)
{
    bool good = shows_fact(store, LDAP_FACT_EXPIRES, ldap->expires,
                           "unless nobody is to expire, correct the "
                           "directory's rules of access, or ldap_expires");

    return shows_fact(store, LDAP_FACT_GROUP, ldap->groups,
                      "unless nobody is in a group, correct the directory's "
                      "rules of access, ldap_groups or ldap_groups_base") &&
           good;
}

/* What every account of the machine can read is no secret, and another host has
 * another. */
static bool
has_secret(const struct config *config)
{
    if (config->ldap.decoy_key_file[0] != '\0')
        return doctor_ok("strangers get salts by a secret of the servers'");
    return doctor_fail(
        "let ldap_decoy_key_file name a file of random bytes, the "
        "same on each host",
        "ldap_decoy_key_file is not set: an account of this machine, or "
        "an attacker who asks two hosts, can tell which users there are");
}

static bool
directory_is_well(struct store *store, const char *location)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};
    bool any, good = servers_answer(location, &any);

    if (config_load(&config, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    if (any)
        good = shows_users(store, location) &&
               shows_facts(store, &config.ldap) && good;
    return has_secret(&config) && good;
}

/* Whether it is gss-scramd's account, and root, that ask the directory. */
static bool
is_for_this_account(const char *location)
{
    struct config_broker broker CLEANUP_CONFIG_BROKER = {0};
    struct sentence why = {""};
    char account[128];

    if (config_broker_load(&broker, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    config_account(account, sizeof(account));
    if (geteuid() == 0 || strcmp(account, broker.account) == 0)
        return true;
    doctor_note("\"gss-scram doctor --account %s\" looks at the directory %s, "
                "as gss-scramd sees it",
                broker.account, location);
    return false;
}

bool
doctor_directory(const char *location)
{
    struct sentence why = {""};
    struct store *store;
    bool good;

    if (!is_for_this_account(location))
        return true;
    if (store_open(target_kinds, location, STORE_READ, &store, &why) !=
        SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    good = directory_is_well(store, location);
    store_close(store);
    return good;
}

/* The users of a store that is open, which is closed then. */
static bool
look_at_users(struct store *store, const char *location)
{
    bool good = has_users(store, location);

    look_at_counts(store, location);
    store_close(store);
    return good;
}

bool
doctor_own_store(const char *location)
{
    struct sentence why = {""};
    struct store *store;

    if (store_open(target_kinds, location, STORE_READ, &store, &why) !=
        SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    return look_at_users(store, location);
}

static bool
needs_broker(const char *location)
{
    struct sentence fix;

    sentence_write(&fix, "set broker = " CONFIG_INSTALLED_BROKER " in %s",
                   config_path());
    return doctor_fail(
        fix.text, "%s is for gss-scramd to open, and for no server", location);
}

bool
doctor_store(const char *location, bool configured)
{
    struct store *store;
    struct sentence why = {""};
    enum scram_status status;
    bool good = true;

    if (broker_store_is(location))
        return needs_broker(location);
    status = store_open(target_kinds, location, STORE_READ, &store, &why);
    if (status == SCRAM_BAD_LOCATION && configured)
        config_blame_store(&why);
    if (status != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    if (target_is_directory(location)) {
        (void)directory_is_well(store, location);
        store_close(store);
        return needs_broker(location);
    }
    doctor_ok("this account can read the store %s", location);
    good = doctor_guard(strchr(location, ':') + 1);
    return look_at_users(store, location) && good;
}

bool
doctor_credentials(void)
{
    struct credentials found CLEANUP_CREDENTIALS = {.count = 0};
    struct sentence why = {""};
    char path[CREDENTIALS_PATH_MAX];

    if (!credentials_path(path))
        return true;
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        if (secure_getenv("GSS_SCRAM_CREDENTIALS") != NULL)
            doctor_note("clients of this account have no login, as %s, which "
                        "GSS_SCRAM_CREDENTIALS names, is not there",
                        path);
        return true;
    }
    if (credentials_read(path, &found, &why) != SCRAM_OK)
        return doctor_fail(NULL, "%s", why.text);
    return doctor_ok("clients of this account have %zu %s in %s", found.count,
                     found.count == 1 ? "login" : "logins", path);
}
