#include "base/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "base/config_file.h"
#include "base/config_key.h"
#include "base/config_value.h"

#define DEFAULT_TIMEOUT 30000 /* milliseconds */
#define DEFAULT_HALF_OPEN 65536
#define ITERATIONS_MIN 4096 /* RFC 7677, section 4 */
#define ITERATIONS_MAX INT32_MAX

static bool
set_store(const char *value, struct config *config)
{
    const char *colon = strchr(value, ':');
    char *store;

    /* What schemes there are is for the store to say. */
    if (colon == NULL || colon == value || colon[1] == '\0')
        return false;
    store = strdup(value);
    free(config->store);
    config->store = store; /* or NULL, without memory */
    return true;
}

static bool
set_handshake_timeout(const char *value, struct config *config)
{
    return config_value_duration(value, CONFIG_TIMEOUT_MIN, CONFIG_TIMEOUT_MAX,
                                 &config->handshake_timeout);
}

static bool
set_max_half_open(const char *value, struct config *config)
{
    return config_value_number(value, 1, CONFIG_HALF_OPEN_MAX,
                               &config->max_half_open);
}

static bool
set_require_channel_bindings(const char *value, struct config *config)
{
    return config_value_boolean(value, &config->require_channel_bindings);
}

static bool
set_max_iterations(const char *value, struct config *config)
{
    return config_value_number(value, ITERATIONS_MIN, ITERATIONS_MAX,
                               &config->max_iterations);
}

static bool
set_audit(const char *value, struct config *config)
{
    config->audit = strcmp(value, "syslog") == 0;
    return config->audit || strcmp(value, "none") == 0;
}

static bool
set_local_accounts(const char *value, struct config *config)
{
    config->local_accounts = strcmp(value, "same_name") == 0;
    return config->local_accounts || strcmp(value, "none") == 0;
}

/* The keys, of [scram] and of an account alike. */
static const struct config_key keys[] = {
    {"store", set_store,
     "the location of a store, as in " CONFIG_DEFAULT_STORE},
    {"handshake_timeout", set_handshake_timeout,
     "a time from 100ms to 1h, as in 30s or 2m"},
    {"max_half_open", set_max_half_open, "a number from 1 to 16777216"},
    {"require_channel_bindings", set_require_channel_bindings, "true or false"},
    {"max_iterations", set_max_iterations, "a number from 4096 to 2147483647"},
    {"audit", set_audit, "syslog or none"},
    {"local_accounts", set_local_accounts, "none or same_name"},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))
#define KEY_NAMES                                                              \
    "store, handshake_timeout, max_half_open, require_channel_bindings, "      \
    "max_iterations, audit, " CONFIG_LDAP_KEY_NAMES " and local_accounts"

/* A configuration in the making, and where in the file we are. */
struct reading {
    const struct config_file *file;
    const char *account;   /* whose section counts; may be NULL */
    struct config *config; /* what comes of it */
    struct config *others; /* what other accounts' sections are tried on */
    const char *section;   /* an account's name, or NULL in [scram] */
    unsigned seen;         /* the section's keys, a bit for each */
    struct sentence *why;
};

/* Where we are, for a person: "[accounts] www-data". */
static const char *
place(const struct reading *r)
{
    return r->section == NULL ? "[scram]" : "[accounts] ";
}

static const char *
place_account(const struct reading *r)
{
    return r->section == NULL ? "" : r->section;
}

/* One of the keys above, or of the others behind them. */
static const struct config_key *
key_at(size_t i)
{
    return i < KEYS ? &keys[i] : &config_ldap_keys[i - KEYS];
}

static enum scram_status
read_key(void *data, const char *name, const char *value)
{
    struct reading *r = data;
    bool ours = r->section == NULL ||
                (r->account != NULL && strcmp(r->section, r->account) == 0);
    struct config *into = ours ? r->config : r->others;
    const char *path = r->file->path;
    const struct config_key *key;
    size_t i = 0;

    while (i < KEYS + CONFIG_LDAP_KEYS && strcmp(name, key_at(i)->name) != 0)
        i++;
    if (i == KEYS + CONFIG_LDAP_KEYS) {
        sentence_write(r->why,
                       "%s: there is no key %.64s for %s%.64s; there are %s",
                       path, name, place(r), place_account(r), KEY_NAMES);
        return SCRAM_BAD_CONFIG;
    }
    if (r->seen & 1u << i) {
        sentence_write(r->why, "%s: %s is twice in %s%.64s; keep one of them",
                       path, name, place(r), place_account(r));
        return SCRAM_BAD_CONFIG;
    }
    r->seen |= 1u << i;
    key = key_at(i);
    if (value == NULL || !key->set(value, into)) {
        sentence_write(r->why, "%s: %s in %s%.64s is \"%.64s\"; it may be %s",
                       path, name, place(r), place_account(r),
                       value == NULL ? "{" : value, key->allowed);
        return SCRAM_BAD_CONFIG;
    }
    return into->store == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

static enum scram_status
read_account(void *data, const char *name, const char *value)
{
    struct reading *r = data;
    const char *section[] = {"accounts", name, NULL};

    if (value != NULL) {
        sentence_write(r->why,
                       "%s: [accounts] has a section for each account, and "
                       "%.64s is none; write %.64s = { ... }",
                       r->file->path, name, name);
        return SCRAM_BAD_CONFIG;
    }
    r->section = name;
    r->seen = 0;
    return config_file_each(r->file, section, read_key, r, r->why);
}

static enum scram_status
check_section(void *data, const char *name, const char *value)
{
    struct reading *r = data;

    (void)value; /* the format has sections alone at the top */
    if (strcmp(name, "scram") == 0 || strcmp(name, "accounts") == 0)
        return SCRAM_OK;
    sentence_write(r->why,
                   "%s: there is no section [%.64s]; there are [scram] and "
                   "[accounts]",
                   r->file->path, name);
    return SCRAM_BAD_CONFIG;
}

/* A mistake counts wherever it stands, also in another account's section:
 * who wrote it finds out at once, and not when that account's server starts. */
static enum scram_status
read_all(struct reading *r)
{
    static const char *const top[] = {NULL};
    static const char *const scram[] = {"scram", NULL};
    static const char *const accounts[] = {"accounts", NULL};
    enum scram_status status;

    status = config_file_each(r->file, top, check_section, r, r->why);
    if (status == SCRAM_OK)
        status = config_file_each(r->file, scram, read_key, r, r->why);
    if (status == SCRAM_OK)
        status = config_file_each(r->file, accounts, read_account, r, r->why);
    return status;
}

/* The defaults. False without memory. */
static bool
config_init(struct config *config)
{
    *config = (struct config){
        .store = strdup(CONFIG_DEFAULT_STORE),
        .handshake_timeout = DEFAULT_TIMEOUT,
        .max_half_open = DEFAULT_HALF_OPEN,
        .max_iterations = CONFIG_ITERATIONS_MAX,
    };
    config_ldap_init(&config->ldap);
    return config->store != NULL;
}

void
config_clear(struct config *config)
{
    free(config->store);
    *config = (struct config){0};
}

enum scram_status
config_load_file(const char *path, const char *account, struct config *config,
                 struct sentence *why)
{
    struct config read CLEANUP_CONFIG = {0};
    struct config others CLEANUP_CONFIG = {0};
    struct config_file file;
    struct reading r = {&file, account, &read, &others, NULL, 0, why};
    enum scram_status status;

    if (!config_init(&read) || !config_init(&others))
        status = SCRAM_NO_MEMORY;
    else
        status = config_file_open(path, &file, why);
    if (status == SCRAM_OK) {
        status = read_all(&r);
        config_file_close(&file);
    }
    if (status == SCRAM_NO_MEMORY)
        sentence_write(why, "cannot read %s: out of memory", path);
    if (status == SCRAM_OK) {
        *config = read;
        read = (struct config){0};
    }
    return status;
}

const char *
config_path(void)
{
    const char *path = secure_getenv("GSS_SCRAM_CONFIG");

    return path == NULL || path[0] == '\0' ? CONFIG_DEFAULT_PATH : path;
}

void
config_blame_store(struct sentence *why)
{
    struct sentence said;

    if (why == NULL)
        return;
    said = *why;
    sentence_write(why, "%s: store is wrong: %s", config_path(), said.text);
}

void
config_account(char *name, size_t size)
{
    account_name(geteuid(), name, size);
}

enum scram_status
config_load(struct config *config, struct sentence *why)
{
    char account[LOGIN_NAME_MAX];
    int error = account_name(geteuid(), account, sizeof(account));

    /* Its section might lead to another store than [scram] does. */
    if (error != 0) {
        sentence_write(why,
                       "%s: cannot find out which account has uid %s, and so "
                       "which section of [accounts] is meant: error %d",
                       config_path(), account, error);
        return error == ENOMEM ? SCRAM_NO_MEMORY : SCRAM_BAD_CONFIG;
    }
    return config_load_file(config_path(), account, config, why);
}
