/*
 * The keys of the configuration, as tables: what each is called, what sets it
 * and what it may be.
 */
#ifndef BASE_CONFIG_KEY_H
#define BASE_CONFIG_KEY_H

#include <stdbool.h>

#include "base/config.h"

struct config_key {
    const char *name;
    bool (*set)(const char *value, struct config *config);
    const char *allowed; /* for a person: "it must be ..." */
};

/* Those of config.h itself, the last with an "and". */
#define CONFIG_SCRAM_KEYS 10
#define CONFIG_SCRAM_KEY_NAMES                                                 \
    "store, handshake_timeout, max_half_open, require_channel_bindings, "      \
    "client_min_iterations, client_max_iterations, audit, local_accounts, "    \
    "broker and broker_timeout"
extern const struct config_key config_scram_keys[CONFIG_SCRAM_KEYS];

/* Those of config_ldap.h. */
#define CONFIG_LDAP_KEYS 17
#define CONFIG_LDAP_KEY_NAMES                                                  \
    "ldap_base, ldap_scope, ldap_filter, ldap_attribute, ldap_tls, "           \
    "ldap_tls_ca, ldap_bind_dn, ldap_bind_password_file, "                     \
    "ldap_sasl_mechanism, ldap_connect_timeout, ldap_lookup_timeout, "         \
    "ldap_total_timeout, ldap_decoy_key_file, ldap_decoy_iterations, "         \
    "ldap_cache_ttl, ldap_cache_stale, ldap_cache_size"
extern const struct config_key config_ldap_keys[CONFIG_LDAP_KEYS];

#endif
