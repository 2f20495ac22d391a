#include "store/ldap_bind.h"

#include <sasl/sasl.h>
#include <string.h>

#include "base/private_file.h"
#include "store/ldap_thread.h"
#include "store/ldap_ticket.h"

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
answer(LDAP *ld, unsigned flags, void *data, void *questions)
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

struct exchange {
    struct ldap_connection *connection;
    int rc;
};

static void *
exchange(void *data)
{
    struct exchange *e = data;
    struct ldap_connection *c = e->connection;
    LDAPMessage *result = NULL;
    const char *mechanism = NULL;
    int id;

    for (;;) {
        e->rc = ldap_sasl_interactive_bind(c->ld, NULL, "GSSAPI", NULL, NULL,
                                           LDAP_SASL_QUIET, answer, NULL,
                                           result, &mechanism, &id);
        ldap_msgfree(result);
        result = NULL;
        if (e->rc != LDAP_SASL_BIND_IN_PROGRESS ||
            ldap_connection_wait(c, id, &result, &e->rc) < 0)
            return NULL;
    }
}

/* A program may have given the thread that it calls from a cache of somebody
 * else's tickets, as mod_auth_gssapi does while it tries a password: a thread
 * of its own has those of the account. It ends in time, as the socket does. */
static int
bind_by_kerberos(struct ldap_connection *c, const struct ldap_server *server,
                 const struct config_ldap *config, bool safe,
                 struct sentence *why)
{
    const char *properties = safe ? "noanonymous,noplain,maxssf=0"
                             : config->tls == CONFIG_LDAP_TLS_NONE
                                 ? "noanonymous,noplain"
                                 : "noanonymous,noplain,minssf=56";
    struct exchange e = {c, LDAP_LOCAL_ERROR};

    /* The host is who the location says, not who the DNS says it is. */
    if (ldap_set_option(c->ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) ||
        ldap_set_option(c->ld, LDAP_OPT_X_SASL_SECPROPS, properties))
        return LDAP_LOCAL_ERROR;
    if (!ldap_ticket_get(server->host[0] == '\0' ? "localhost" : server->host,
                         c->socket.deadline, why))
        return LDAP_LOCAL_ERROR;
    if (!ldap_thread_run(exchange, &e))
        return LDAP_NO_MEMORY;
    return e.rc;
}

int
ldap_bind_as(struct ldap_connection *c, const struct ldap_server *server,
             const struct config_ldap *config, bool safe, struct sentence *why)
{
    switch (config->sasl) {
    case CONFIG_LDAP_SASL_EXTERNAL:
        return bind_with(c, NULL, "EXTERNAL", SLICE(""));
    case CONFIG_LDAP_SASL_GSSAPI:
        return bind_by_kerberos(c, server, config, safe, why);
    default:
        break;
    }
    return config->bind_dn[0] == '\0' ? LDAP_SUCCESS
                                      : bind_by_password(c, config, why);
}
