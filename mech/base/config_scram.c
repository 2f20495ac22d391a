#include <stdlib.h>
#include <string.h>

#include "base/config_key.h"
#include "base/config_value.h"

#define BROKER_TIMEOUT_MAX 60000 /* milliseconds */
#define ITERATIONS_MIN 4096      /* RFC 7677, section 4 */
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
set_client_min_iterations(const char *value, struct config *config)
{
    return config_value_number(value, ITERATIONS_MIN, ITERATIONS_MAX,
                               &config->client_min_iterations);
}

static bool
set_client_max_iterations(const char *value, struct config *config)
{
    return config_value_number(value, ITERATIONS_MIN, ITERATIONS_MAX,
                               &config->client_max_iterations);
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

static bool
set_broker(const char *value, struct config *config)
{
    bool none = value[0] == '\0' || strcmp(value, "none") == 0;

    if (!none && (value[0] != '/' || strlen(value) > CONFIG_BROKER_MAX))
        return false;
    strcpy(config->broker, none ? "" : value);
    return true;
}

static bool
set_broker_timeout(const char *value, struct config *config)
{
    return config_value_duration(value, CONFIG_TIMEOUT_MIN, BROKER_TIMEOUT_MAX,
                                 &config->broker_timeout);
}

const struct config_key config_scram_keys[CONFIG_SCRAM_KEYS] = {
    {"store", set_store,
     "the location of a store, as in " CONFIG_DEFAULT_STORE},
    {"handshake_timeout", set_handshake_timeout,
     "a time from 100ms to 1h, as in 30s or 2m"},
    {"max_half_open", set_max_half_open, "a number from 1 to 16777216"},
    {"require_channel_bindings", set_require_channel_bindings, "true or false"},
    {"client_min_iterations", set_client_min_iterations,
     "a number from 4096 to 2147483647"},
    {"client_max_iterations", set_client_max_iterations,
     "a number from 4096 to 2147483647"},
    {"audit", set_audit, "syslog or none"},
    {"local_accounts", set_local_accounts, "none or same_name"},
    {"broker", set_broker,
     "none, or the path of gss-scramd's socket from / on, of at most 107 "
     "bytes"},
    {"broker_timeout", set_broker_timeout, "a time from 100ms to 1m, as in 5s"},
};
