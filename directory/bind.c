#include "directory/bind.h"

#include <sasl/sasl.h>
#include <string.h>

#include "base/private_file.h"

static int
bind_with(struct ldap_connection *c, const char *dn, const char *mechanism,
          struct slice credentials)
{
    struct berval value = {credentials.len, (char *)credentials.data};
    int id, rc;

    rc = ldap_sasl_bind(c->ld, dn, mechanism, &value, NULL, NULL, &id);
    return rc == LDAP_SUCCESS ? ldap_connection_finish(c, id) : rc;
}

/* The file is read each time, so that it may change. */
static int
bind_by_password(struct ldap_connection *c, const struct config_ldap *config,
                 struct sentence *why)
{
    struct secret password CLEANUP_SECRET = {0};
    int rc;

    if (private_file_read(config->bind_password_file, &password, why) !=
        SCRAM_OK)
        return LDAP_LOCAL_ERROR;
    rc = bind_with(c, config->bind_dn, LDAP_SASL_SIMPLE,
                   secret_slice(&password));
    if (rc == LDAP_INVALID_CREDENTIALS)
        sentence_write(why, "%s: is %.200s there, and its password in %.200s?",
                       ldap_err2string(rc), config->bind_dn,
                       config->bind_password_file);
    return rc;
}

/* Nobody is here to be asked: what libsasl wants to know has its default. */
static int
ldap_bind_answer(LDAP *ld, unsigned flags, void *data, void *questions)
{
    sasl_interact_t *q;

    (void)ld;
    (void)flags;
    (void)data;
    for (q = questions; q->id != SASL_CB_LIST_END; q++) {
        q->result = q->defresult != NULL ? q->defresult : "";
        q->len = (unsigned)strlen(q->result);
    }
    return LDAP_SUCCESS;
}

/* libkrb5 fetches a ticket with the account's keytab, or has one in its cache.
 */
static int
bind_by_kerberos(struct ldap_connection *c, const struct config_ldap *config,
                 bool safe)
{
    const char *properties = safe ? "noanonymous,noplain,maxssf=0"
                             : config->tls == CONFIG_LDAP_TLS_NONE
                                 ? "noanonymous,noplain"
                                 : "noanonymous,noplain,minssf=56";

    /* The host is who the location says, not who the DNS says it is. */
    if (ldap_set_option(c->ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) ||
        ldap_set_option(c->ld, LDAP_OPT_X_SASL_SECPROPS, properties))
        return LDAP_LOCAL_ERROR;
    return ldap_sasl_interactive_bind_s(c->ld, NULL, "GSSAPI", NULL, NULL,
                                        LDAP_SASL_QUIET, ldap_bind_answer,
                                        NULL);
}

int
ldap_bind_as(struct ldap_connection *c, const struct config_ldap *config,
             bool safe, struct sentence *why)
{
    switch (config->sasl) {
    case CONFIG_LDAP_SASL_EXTERNAL:
        return bind_with(c, NULL, "EXTERNAL", SLICE(""));
    case CONFIG_LDAP_SASL_GSSAPI:
        return bind_by_kerberos(c, config, safe);
    default:
        break;
    }
    return config->bind_dn[0] == '\0' ? LDAP_SUCCESS
                                      : bind_by_password(c, config, why);
}
