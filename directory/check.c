#include "directory/check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/private_file.h"

static enum scram_status
ldap_check_refuse(struct sentence *why, const char *fault)
{
    sentence_write(why, "%s: %s", config_path(), fault);
    return SCRAM_BAD_CONFIG;
}

static enum scram_status
check_identity(const struct config_ldap *ldap, struct sentence *why)
{
    struct secret password CLEANUP_SECRET = {0};
    bool dn = ldap->bind_dn[0] != '\0';
    bool file = ldap->bind_password_file[0] != '\0';

    if (dn != file)
        return ldap_check_refuse(
            why, "ldap_bind_dn and ldap_bind_password_file are for "
                 "each other, and one of them is missing");
    if (dn && ldap->sasl != CONFIG_LDAP_SASL_NONE)
        return ldap_check_refuse(
            why, "ldap_bind_dn and ldap_sasl_mechanism are two ways "
                 "of being somebody; keep one of them");
    return file ? private_file_read(ldap->bind_password_file, &password, why)
                : SCRAM_OK;
}

/* What goes to another host has to be encrypted, be it the password or the
 * verifiers, unless somebody says that it need not be. */
static enum scram_status
check_secrecy(const struct ldap_location *location,
              const struct config_ldap *ldap, struct sentence *why)
{
    unsigned i;

    for (i = 0; i < location->count; i++) {
        const struct ldap_server *server = &location->servers[i];

        if (ldap->sasl == CONFIG_LDAP_SASL_EXTERNAL &&
            server->scheme != LDAP_LOCAL)
            return ldap_check_refuse(
                why, "ldap_sasl_mechanism is EXTERNAL, which is for "
                     "ldapi:// alone");
        if (ldap->sasl == CONFIG_LDAP_SASL_GSSAPI &&
            server->scheme == LDAP_LOCAL)
            return ldap_check_refuse(
                why, "ldap_sasl_mechanism is GSSAPI, which knows a "
                     "server by its host, and ldapi:// has none");
        if (server->scheme != LDAP_PLAIN || ldap_server_is_near(server) ||
            ldap->tls != CONFIG_LDAP_TLS_UNSAID ||
            ldap->sasl == CONFIG_LDAP_SASL_GSSAPI)
            continue;
        sentence_write(why,
                       "%s: everybody between here and %s would see passwords "
                       "and verifiers: use ldaps://, or say \"ldap_tls = "
                       "starttls\", or \"ldap_tls = none\" if that is meant",
                       config_path(), server->url);
        return SCRAM_BAD_CONFIG;
    }
    return SCRAM_OK;
}

/* Of a file that it cannot read, libldap says no more than that. */
static enum scram_status
check_authorities(const struct ldap_location *location,
                  const struct config_ldap *ldap, struct sentence *why)
{
    bool tls = false;
    unsigned i;
    int fd;

    for (i = 0; i < location->count; i++)
        tls = tls || location->servers[i].scheme == LDAP_OVER_TLS ||
              (location->servers[i].scheme == LDAP_PLAIN &&
               ldap->tls == CONFIG_LDAP_TLS_STARTTLS);
    if (!tls)
        return SCRAM_OK;
    fd = open(ldap->tls_ca, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0) {
        close(fd);
        return SCRAM_OK;
    }
    sentence_write(why, "%s: ldap_tls_ca: cannot read %s: %s", config_path(),
                   ldap->tls_ca, strerror(errno));
    return SCRAM_BAD_CONFIG;
}

static enum scram_status
check_times(const struct config *config, struct sentence *why)
{
    const struct config_ldap *ldap = &config->ldap;

    if (ldap->total_timeout > config->handshake_timeout / 2)
        return ldap_check_refuse(
            why, "ldap_total_timeout may be no more than half of "
                 "handshake_timeout, which is for the whole login");
    if (ldap->connect_timeout > ldap->total_timeout ||
        ldap->lookup_timeout > ldap->total_timeout)
        return ldap_check_refuse(
            why, "ldap_connect_timeout and ldap_lookup_timeout may "
                 "not be longer than ldap_total_timeout");
    return SCRAM_OK;
}

static enum scram_status
check_groups(const struct config_ldap *ldap, struct sentence *why)
{
    if (ldap->groups_base[0] == '\0' || ldap->groups[0] != '\0')
        return SCRAM_OK;
    return ldap_check_refuse(why, "ldap_groups_base is for ldap_groups, which "
                                  "is missing");
}

enum scram_status
ldap_check(const struct ldap_location *location, const struct config *config,
           struct sentence *why)
{
    enum scram_status status = check_times(config, why);

    if (status == SCRAM_OK)
        status = check_groups(&config->ldap, why);
    if (status == SCRAM_OK)
        status = check_secrecy(location, &config->ldap, why);
    if (status == SCRAM_OK)
        status = check_authorities(location, &config->ldap, why);
    if (status == SCRAM_OK)
        status = check_identity(&config->ldap, why);
    return status;
}
