/*
 * How to use a directory (the keys ldap_... and cache_...), for a store whose
 * location is ldap://, ldaps:// or ldapi://.
 */
#ifndef BASE_CONFIG_LDAP_H
#define BASE_CONFIG_LDAP_H

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_LDAP_TEXT_MAX 512 /* bytes of a value, and a NUL */
#define CONFIG_LDAP_FILTER "(uid=%u)"
#define CONFIG_LDAP_ATTRIBUTE "authPassword"
#define CONFIG_LDAP_TLS_CA "/etc/ssl/certs/ca-certificates.crt"

enum config_ldap_scope { CONFIG_LDAP_SUB, CONFIG_LDAP_ONE, CONFIG_LDAP_BASE };

enum config_ldap_tls {
    CONFIG_LDAP_TLS_UNSAID,
    CONFIG_LDAP_TLS_NONE,
    CONFIG_LDAP_TLS_STARTTLS
};

enum config_ldap_sasl {
    CONFIG_LDAP_SASL_NONE,
    CONFIG_LDAP_SASL_EXTERNAL,
    CONFIG_LDAP_SASL_GSSAPI
};

/* Two are the same when their bytes are: what a text leaves is zero. An empty
 * text is one that nobody gave. Times are in milliseconds. */
struct config_ldap {
    char base[CONFIG_LDAP_TEXT_MAX];
    char filter[CONFIG_LDAP_TEXT_MAX]; /* %u: the user; %%: a percent sign */
    char attribute[CONFIG_LDAP_TEXT_MAX];
    char expires[CONFIG_LDAP_TEXT_MAX]; /* the attribute; empty: nobody does */
    char groups[CONFIG_LDAP_TEXT_MAX];  /* likewise, of names or DNs */
    char groups_base[CONFIG_LDAP_TEXT_MAX];
    char tls_ca[CONFIG_LDAP_TEXT_MAX];
    char bind_dn[CONFIG_LDAP_TEXT_MAX];
    char bind_password_file[CONFIG_LDAP_TEXT_MAX];
    char decoy_key_file[CONFIG_LDAP_TEXT_MAX];
    enum config_ldap_scope scope;
    enum config_ldap_tls tls; /* for ldap:// */
    enum config_ldap_sasl sasl;
    uint32_t connect_timeout;
    uint32_t lookup_timeout;
    uint32_t total_timeout;
    uint32_t decoy_iterations; /* of users; 0: what new ones get */
    uint32_t cache_ttl;
    uint32_t cache_stale;
    uint32_t cache_size; /* users */
};

/* What holds for what nobody says. */
void config_ldap_init(struct config_ldap *ldap);

#endif
