#include "base/config_broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/config.h"
#include "base/config_file.h"
#include "base/config_key.h"
#include "base/config_value.h"

#define NAME_MAX_BYTES 64 /* of a group and of an account, with a NUL */

static bool
config_broker_set_text(const char *value, char **text)
{
    char *copy = strdup(value);

    free(*text);
    *text = copy;
    return true; /* without memory it is NULL, which read_key sees */
}

/* A socket's path has to fit into its address. */
static bool
set_admin(const char *value, struct config_broker *config)
{
    return value[0] == '/' &&
           strlen(value) < sizeof(((struct sockaddr_un *)0)->sun_path) &&
           config_broker_set_text(value, &config->admin);
}

static bool
set_state(const char *value, struct config_broker *config)
{
    return value[0] == '/' && config_broker_set_text(value, &config->state);
}

static bool
config_broker_is_name(const char *value)
{
    return value[0] != '\0' && strlen(value) < NAME_MAX_BYTES;
}

static bool
set_group(const char *value, struct config_broker *config)
{
    return config_broker_is_name(value) &&
           config_broker_set_text(value, &config->group);
}

static bool
set_account(const char *value, struct config_broker *config)
{
    return config_broker_is_name(value) &&
           config_broker_set_text(value, &config->account);
}

static bool
set_guess_burst(const char *value, struct config_broker *config)
{
    config->guess_burst = 0;
    return strcmp(value, "0") == 0 ||
           config_value_number(value, 1, 1000, &config->guess_burst);
}

static bool
set_guess_refill(const char *value, struct config_broker *config)
{
    return config_value_duration(value, 1000, 86400000, &config->guess_refill);
}

static const struct broker_key {
    const char *name;
    bool (*set)(const char *value, struct config_broker *config);
    const char *allowed; /* for a person: "it must be ..." */
} keys[] = {
    {"admin", set_admin, "the absolute path of a socket, of at most 107 bytes"},
    {"state", set_state, "the absolute path of a directory"},
    {"group", set_group, "the name of a group"},
    {"account", set_account, "the name of an account"},
    {"guess_burst", set_guess_burst, "a number from 0 to 1000"},
    {"guess_refill", set_guess_refill, "a time from 1s to 24h"},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const char *
broker_key_name(size_t i)
{
    return keys[i].name;
}

struct reading {
    struct config_broker *config;
    unsigned seen; /* a bit for each key */
    struct sentence *why;
};

static bool
is_whole(const struct config_broker *config)
{
    return config->admin != NULL && config->state != NULL &&
           config->group != NULL && config->account != NULL;
}

static enum scram_status
config_broker_read_key(struct reading *r, const struct config_entry *entry,
                       size_t i)
{
    const struct broker_key *key = &keys[i];

    if (r->seen & 1u << i) {
        sentence_write(
            r->why,
            "%s: line %u: %s occurs twice in [broker]; remove one of them",
            entry->path, entry->line, key->name);
        return SCRAM_BAD_CONFIG;
    }
    r->seen |= 1u << i;
    if (entry->value == NULL || !key->set(entry->value, r->config)) {
        sentence_write(
            r->why, "%s: line %u: %s in [broker] is \"%.64s\"; it must be %s",
            entry->path, entry->line, key->name,
            entry->value == NULL ? "{" : entry->value, key->allowed);
        return SCRAM_BAD_CONFIG;
    }
    return is_whole(r->config) ? SCRAM_OK : SCRAM_NO_MEMORY;
}

/* config_file_visit */
static enum scram_status
config_broker_visit(void *data, const struct config_entry *entry)
{
    struct reading *r = data;
    char place[512];
    size_t i = 0;

    if (entry->section == NULL || strcmp(entry->section, "broker") != 0)
        return SCRAM_OK;
    while (i < KEYS && (entry->subsection != NULL ||
                        strcmp(entry->name, keys[i].name) != 0))
        i++;
    if (i == KEYS) {
        snprintf(place, sizeof(place), "%.480s: line %u", entry->path,
                 entry->line);
        return config_key_unknown(entry->name, place, "[broker]", KEYS,
                                  broker_key_name, r->why);
    }
    return config_broker_read_key(r, entry, i);
}

enum scram_status
config_broker_load(struct config_broker *config, struct sentence *why)
{
    struct config_broker read CLEANUP_CONFIG_BROKER = {
        strdup(CONFIG_BROKER_ADMIN), strdup(CONFIG_BROKER_STATE),
        strdup(CONFIG_BROKER_NAME),  strdup(CONFIG_BROKER_NAME),
        CONFIG_BROKER_BURST,         CONFIG_BROKER_REFILL};
    struct reading r = {.config = &read, .why = why};
    enum scram_status status = SCRAM_NO_MEMORY;
    struct config_file file = {NULL, 0};

    if (is_whole(&read))
        status = config_file_open(config_path(), &file, why);
    if (status == SCRAM_OK)
        status = config_file_walk(&file, config_broker_visit, &r, why);
    config_file_close(&file);
    if (status == SCRAM_NO_MEMORY)
        sentence_write(why, "cannot read %s: out of memory", config_path());
    if (status == SCRAM_OK) {
        *config = read;
        read = (struct config_broker){0};
    }
    return status;
}

void
config_broker_clear(struct config_broker *config)
{
    free(config->admin);
    free(config->state);
    free(config->group);
    free(config->account);
    *config = (struct config_broker){0};
}
