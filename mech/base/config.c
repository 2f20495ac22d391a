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

#define DEFAULT_TIMEOUT 30000 /* milliseconds */
#define DEFAULT_HALF_OPEN 65536
#define DEFAULT_BROKER_TIMEOUT 5000 /* milliseconds */
#define ITERATIONS_MIN 4096         /* RFC 7677, section 4 */

#define KEYS CONFIG_SCRAM_KEYS

/* A configuration in the making. */
struct reading {
    const char *account;   /* whose section counts; may be NULL */
    struct config *config; /* what comes of it */
    struct config *others; /* what other accounts' sections are tried on */
    unsigned seen;         /* the keys of [scram], a bit for each */
    struct account_keys *accounts; /* those whose sections were begun */
    size_t account_count;
    struct account_keys *current; /* in whose section we are */
    struct sentence *why;
};

/* The keys that the sections of an account have, which may be several. */
struct account_keys {
    char *name;
    unsigned seen; /* a bit for each */
};

static void
reading_end(struct reading *r)
{
    size_t i;

    for (i = 0; i < r->account_count; i++)
        free(r->accounts[i].name);
    free(r->accounts);
}

/* Where an entry stands, for a person: "FILE: line 7" and
 * "[accounts] www-data". */
struct place {
    char file[512];
    char section[128];
};

static struct place
config_place_of(const struct config_entry *entry)
{
    struct place place;

    snprintf(place.file, sizeof(place.file), "%.480s: line %u", entry->path,
             entry->line);
    snprintf(place.section, sizeof(place.section), "[%.16s]%s%.64s",
             entry->section, entry->subsection == NULL ? "" : " ",
             entry->subsection == NULL ? "" : entry->subsection);
    return place;
}

/* One of the keys above, or of the others behind them. */
static const struct config_key *
key_at(size_t i)
{
    return i < KEYS ? &config_scram_keys[i] : &config_ldap_keys[i - KEYS];
}

static const char *
key_name_at(size_t i)
{
    return key_at(i)->name;
}

static enum scram_status
config_read_key(const struct config_entry *entry, struct config *into,
                unsigned *seen, struct sentence *why)
{
    struct place place = config_place_of(entry);
    const char *value = entry->value;
    const struct config_key *key;
    size_t i = 0;

    while (i < KEYS + CONFIG_LDAP_KEYS &&
           strcmp(entry->name, key_at(i)->name) != 0)
        i++;
    if (i == KEYS + CONFIG_LDAP_KEYS)
        return config_key_unknown(entry->name, place.file, place.section,
                                  KEYS + CONFIG_LDAP_KEYS, key_name_at, why);
    key = key_at(i);
    if (*seen & 1u << i) {
        sentence_write(why, "%s: %s occurs twice in %s; remove one of them",
                       place.file, key->name, place.section);
        return SCRAM_BAD_CONFIG;
    }
    *seen |= 1u << i;
    if (value == NULL || !key->set(value, into)) {
        sentence_write(why, "%s: %s in %s is \"%.64s\"; it must be %s",
                       place.file, key->name, place.section,
                       value == NULL ? "{" : value, key->allowed);
        return SCRAM_BAD_CONFIG;
    }
    return into->store == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

/* config_file_visit: [scram], and whether there are other sections. What stands
 * in [broker] is for config_broker_load. */
static enum scram_status
visit_scram(void *data, const struct config_entry *entry)
{
    struct reading *r = data;
    const char *name = entry->section == NULL ? entry->name : entry->section;

    if (strcmp(name, "scram") != 0 && strcmp(name, "accounts") != 0 &&
        strcmp(name, "broker") != 0) {
        sentence_write(r->why,
                       "%s: there is no section [%.64s]; there are [scram], "
                       "[accounts] and [broker]",
                       config_place_of(entry).file, name);
        return SCRAM_BAD_CONFIG;
    }
    if (entry->section == NULL || strcmp(name, "scram") != 0)
        return SCRAM_OK;
    return config_read_key(entry, r->config, &r->seen, r->why);
}

/* Begin a section of an account. */
static enum scram_status
config_begin_account(struct reading *r, const char *name)
{
    struct account_keys *accounts;
    size_t i = 0;

    while (i < r->account_count && strcmp(r->accounts[i].name, name) != 0)
        i++;
    if (i == r->account_count) {
        accounts = realloc(r->accounts, (i + 1) * sizeof(*accounts));
        if (accounts == NULL)
            return SCRAM_NO_MEMORY;
        r->accounts = accounts;
        accounts[i] = (struct account_keys){strdup(name), 0};
        if (accounts[i].name == NULL)
            return SCRAM_NO_MEMORY;
        r->account_count++;
    }
    r->current = &r->accounts[i];
    return SCRAM_OK;
}

/* config_file_visit: [accounts]. */
static enum scram_status
visit_accounts(void *data, const struct config_entry *entry)
{
    struct reading *r = data;

    if (entry->section == NULL || strcmp(entry->section, "accounts") != 0)
        return SCRAM_OK;
    if (entry->subsection == NULL && entry->value != NULL) {
        sentence_write(r->why,
                       "%s: [accounts] has a section for each account, and "
                       "%.64s is not one; write %.64s = { ... }",
                       config_place_of(entry).file, entry->name, entry->name);
        return SCRAM_BAD_CONFIG;
    }
    if (entry->subsection == NULL)
        return config_begin_account(r, entry->name);
    if (r->account != NULL && strcmp(entry->subsection, r->account) == 0)
        return config_read_key(entry, r->config, &r->current->seen, r->why);
    return config_read_key(entry, r->others, &r->current->seen, r->why);
}

/* A mistake counts wherever it stands, also in another account's section:
 * who wrote it finds out at once, and not when that account's server starts. */
static enum scram_status
config_read_all(const struct config_file *file, struct reading *r)
{
    enum scram_status status;

    status = config_file_walk(file, visit_scram, r, r->why);
    if (status == SCRAM_OK)
        status = config_file_walk(file, visit_accounts, r, r->why);
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
        .client_min_iterations = ITERATIONS_MIN,
        .client_max_iterations = CONFIG_ITERATIONS_MAX,
        .broker_timeout = DEFAULT_BROKER_TIMEOUT,
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

/* The file that the environment names, or NULL. */
static const char *
named_path(void)
{
    const char *path = secure_getenv("GSS_SCRAM_CONFIG");

    return path == NULL || path[0] == '\0' ? NULL : path;
}

/* Read a file; who names one wants what is in it, and not the defaults. */
static enum scram_status
read_file(const char *path, struct reading *r)
{
    struct config_file file;
    enum scram_status status = config_file_open(path, &file, r->why);
    const char *named = named_path();

    if (status != SCRAM_OK)
        return status;
    if (file.count == 0 && named != NULL && strcmp(path, named) == 0) {
        sentence_write(r->why,
                       "GSS_SCRAM_CONFIG names %s, and there is no such file",
                       path);
        status = SCRAM_BAD_CONFIG;
    } else {
        status = config_read_all(&file, r);
    }
    config_file_close(&file);
    return status;
}

enum scram_status
config_load_file(const char *path, const char *account, struct config *config,
                 struct sentence *why)
{
    struct config read CLEANUP_CONFIG = {0};
    struct config others CLEANUP_CONFIG = {0};
    struct reading r = {
        .account = account, .config = &read, .others = &others, .why = why};
    enum scram_status status = SCRAM_NO_MEMORY;

    if (config_init(&read) && config_init(&others))
        status = read_file(path, &r);
    reading_end(&r);
    if (status == SCRAM_OK &&
        read.client_min_iterations > read.client_max_iterations) {
        sentence_write(why,
                       "%s: client_min_iterations is %u and "
                       "client_max_iterations is %u, so "
                       "that no server's count is between them; lower the "
                       "first or raise the second",
                       path, (unsigned)read.client_min_iterations,
                       (unsigned)read.client_max_iterations);
        status = SCRAM_BAD_CONFIG;
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
    const char *named = named_path();

    return named != NULL ? named : CONFIG_DEFAULT_PATH;
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
