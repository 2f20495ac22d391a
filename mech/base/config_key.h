/*
 * The keys of the configuration, as tables: what each is called, what sets it
 * and what it may be.
 */
#ifndef BASE_CONFIG_KEY_H
#define BASE_CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"

struct config_key {
    const char *name;
    bool (*set)(const char *value, struct config *config);
    const char *allowed; /* for a person: "it must be ..." */
};

/* Those of config.h itself. */
#define CONFIG_SCRAM_KEYS 10
extern const struct config_key config_scram_keys[CONFIG_SCRAM_KEYS];

/* Those of config_ldap.h. */
#define CONFIG_LDAP_KEYS 20
extern const struct config_key config_ldap_keys[CONFIG_LDAP_KEYS];

/*
 * Say that there is no such key, and which one may have been meant.
 *
 * @param name     what the file has; of any length
 * @param place    the file and the line
 * @param section  in brackets
 * @param count    how many keys the section may have
 * @param key      returns the name of the one at @p i
 * @return SCRAM_BAD_CONFIG
 */
enum scram_status config_key_unknown(const char *name, const char *place,
                                     const char *section, size_t count,
                                     const char *(*key)(size_t i),
                                     struct sentence *why);

#endif
