#include "base/config_ldap.h"

#include <string.h>

#include "base/config_key.h"
#include "base/config_value.h"

#define WAIT_MIN 10      /* milliseconds */
#define WAIT_MAX 60000   /* milliseconds */
#define KEEP_MAX 3600000 /* milliseconds */
#define CACHE_SIZE_MAX 10000000
#define ITERATIONS_MIN 4096 /* RFC 7677, section 4 */
#define ITERATIONS_MAX INT32_MAX

void
config_ldap_init(struct config_ldap *ldap)
{
    memset(ldap, 0, sizeof(*ldap)); /* between its fields too */
    strcpy(ldap->filter, CONFIG_LDAP_FILTER);
    strcpy(ldap->attribute, CONFIG_LDAP_ATTRIBUTE);
    strcpy(ldap->tls_ca, CONFIG_LDAP_TLS_CA);
    ldap->connect_timeout = 2000;
    ldap->lookup_timeout = 2000;
    ldap->total_timeout = 4000;
    ldap->cache_ttl = 60000;
    ldap->cache_size = 10000;
}

static bool
config_ldap_set_text(const char *value, char *text)
{
    size_t len = strlen(value);

    if (len == 0 || len >= CONFIG_LDAP_TEXT_MAX)
        return false;
    memset(text, 0, CONFIG_LDAP_TEXT_MAX);
    memcpy(text, value, len);
    return true;
}

static bool
set_path(const char *value, char *text)
{
    return value[0] == '/' && config_ldap_set_text(value, text);
}

/* As config_value_duration, which takes no time that is none. */
static bool
set_time(const char *value, uint32_t min, uint32_t max, uint32_t *time)
{
    if (min == 0 && (strcmp(value, "0") == 0 || strcmp(value, "0s") == 0)) {
        *time = 0;
        return true;
    }
    return config_value_duration(value, min, max, time);
}

/* One of some words, NULL after them. */
static bool
set_word(const char *value, const char *const *words, unsigned *which)
{
    unsigned i;

    for (i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            *which = i;
            return true;
        }
    }
    return false;
}

static bool
set_base(const char *value, struct config *config)
{
    return config_ldap_set_text(value, config->ldap.base);
}

static bool
set_scope(const char *value, struct config *config)
{
    static const char *const words[] = {"sub", "one", "base", NULL};
    unsigned which;

    if (!set_word(value, words, &which))
        return false;
    config->ldap.scope = (enum config_ldap_scope)which;
    return true;
}

static bool
set_filter(const char *value, struct config *config)
{
    return config_ldap_set_text(value, config->ldap.filter);
}

static bool
set_attribute(const char *value, struct config *config)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

    return value[strspn(value, letters)] == '\0' &&
           config_ldap_set_text(value, config->ldap.attribute);
}

/* No OID: a directory shows an attribute by its name, and one that is not seen
 * would let in users who have expired. */
static bool
set_shown_name(const char *value, char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    return value[strspn(value, letters)] == '\0' &&
           config_ldap_set_text(value, text);
}

static bool
set_expires(const char *value, struct config *config)
{
    return set_shown_name(value, config->ldap.expires);
}

static bool
set_groups(const char *value, struct config *config)
{
    return set_shown_name(value, config->ldap.groups);
}

static bool
set_groups_base(const char *value, struct config *config)
{
    return config_ldap_set_text(value, config->ldap.groups_base);
}

static bool
set_tls(const char *value, struct config *config)
{
    static const char *const words[] = {"none", "starttls", NULL};
    unsigned which;

    if (!set_word(value, words, &which))
        return false;
    config->ldap.tls =
        which == 0 ? CONFIG_LDAP_TLS_NONE : CONFIG_LDAP_TLS_STARTTLS;
    return true;
}

static bool
set_tls_ca(const char *value, struct config *config)
{
    return set_path(value, config->ldap.tls_ca);
}

static bool
set_bind_dn(const char *value, struct config *config)
{
    return config_ldap_set_text(value, config->ldap.bind_dn);
}

static bool
set_bind_password_file(const char *value, struct config *config)
{
    return set_path(value, config->ldap.bind_password_file);
}

static bool
set_sasl_mechanism(const char *value, struct config *config)
{
    static const char *const words[] = {"none", "EXTERNAL", "GSSAPI", NULL};
    unsigned which;

    if (!set_word(value, words, &which))
        return false;
    config->ldap.sasl = (enum config_ldap_sasl)which;
    return true;
}

static bool
set_connect_timeout(const char *value, struct config *config)
{
    return set_time(value, WAIT_MIN, WAIT_MAX, &config->ldap.connect_timeout);
}

static bool
set_lookup_timeout(const char *value, struct config *config)
{
    return set_time(value, WAIT_MIN, WAIT_MAX, &config->ldap.lookup_timeout);
}

static bool
set_total_timeout(const char *value, struct config *config)
{
    return set_time(value, WAIT_MIN, WAIT_MAX, &config->ldap.total_timeout);
}

static bool
set_decoy_key_file(const char *value, struct config *config)
{
    return set_path(value, config->ldap.decoy_key_file);
}

static bool
set_decoy_iterations(const char *value, struct config *config)
{
    return config_value_number(value, ITERATIONS_MIN, ITERATIONS_MAX,
                               &config->ldap.decoy_iterations);
}

static bool
set_cache_ttl(const char *value, struct config *config)
{
    return set_time(value, 0, KEEP_MAX, &config->ldap.cache_ttl);
}

static bool
set_cache_stale(const char *value, struct config *config)
{
    return set_time(value, 0, KEEP_MAX * 24, &config->ldap.cache_stale);
}

static bool
set_cache_size(const char *value, struct config *config)
{
    return config_value_number(value, 1, CACHE_SIZE_MAX,
                               &config->ldap.cache_size);
}

#define WAIT "a time from 10ms to 1m, as in 2s"
#define KEEP "0s or a time to 1h, as in 60s"
#define TEXT "of fewer than 512 bytes"
#define FILE_PATH "the path of a file from / on, " TEXT

const struct config_key config_ldap_keys[CONFIG_LDAP_KEYS] = {
    {"ldap_base", set_base, "a DN, as in ou=people,dc=example,dc=org, " TEXT},
    {"ldap_scope", set_scope, "sub, one or base"},
    {"ldap_filter", set_filter, "a filter, as in (uid=%u), " TEXT},
    {"ldap_attribute", set_attribute, "the name of an attribute, " TEXT},
    {"ldap_expires", set_expires,
     "the name of an attribute, as in shadowExpire, " TEXT},
    {"ldap_groups", set_groups,
     "the name of an attribute, as in memberOf, " TEXT},
    {"ldap_groups_base", set_groups_base,
     "a DN, as in ou=groups,dc=example,dc=org, " TEXT},
    {"ldap_tls", set_tls, "starttls or none"},
    {"ldap_tls_ca", set_tls_ca, FILE_PATH},
    {"ldap_bind_dn", set_bind_dn, "a DN, " TEXT},
    {"ldap_bind_password_file", set_bind_password_file, FILE_PATH},
    {"ldap_sasl_mechanism", set_sasl_mechanism, "EXTERNAL, GSSAPI or none"},
    {"ldap_connect_timeout", set_connect_timeout, WAIT},
    {"ldap_lookup_timeout", set_lookup_timeout, WAIT},
    {"ldap_total_timeout", set_total_timeout, WAIT},
    {"ldap_decoy_key_file", set_decoy_key_file, FILE_PATH},
    {"ldap_decoy_iterations", set_decoy_iterations,
     "a number from 4096 to 2147483647"},
    {"ldap_cache_ttl", set_cache_ttl, KEEP},
    {"ldap_cache_stale", set_cache_stale, "0s or a time to 24h, as in 1h"},
    {"ldap_cache_size", set_cache_size, "a number from 1 to 10000000"},
};
