#include "directory/connection.h"

#include <errno.h>
#include <lber.h>
#include <stdio.h>
#include <string.h>

#include "directory/bind.h"
#include "directory/clock.h"

#define INCOMING_MAX 1048576 /* bytes of one message of a server's */

/* What libldap has from GnuTLS where that has nothing. */
#define NOTHING_MORE "(unknown error code)"

void
ldap_connection_words(const struct ldap_connection *c, int rc,
                      struct sentence *why)
{
    char *more = NULL;

    if (c->late) {
        sentence_write(why, "%s%s", ldap_err2string(rc),
                       rc == LDAP_TIMEOUT ? "" : " (Timed out)");
        return;
    }
    if (c->ld != NULL)
        ldap_get_option(c->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more);
    if (more != NULL && more[0] != '\0' && strcmp(more, NOTHING_MORE) != 0)
        sentence_write(why, "%s (%.400s)", ldap_err2string(rc), more);
    else
        sentence_write(why, "%s", ldap_err2string(rc));
    ldap_memfree(more);
}

void
ldap_connection_until(struct ldap_connection *c, uint64_t deadline)
{
    c->deadline = deadline;
    c->late = false;
}

int
ldap_connection_limit(struct ldap_connection *c)
{
    struct timeval left = ldap_clock_left_timeval(c->deadline);

    if (left.tv_sec == 0 && left.tv_usec == 0) {
        c->late = true;
        return LDAP_TIMEOUT;
    }
    if (ldap_set_option(c->ld, LDAP_OPT_NETWORK_TIMEOUT, &left) ||
        ldap_set_option(c->ld, LDAP_OPT_TIMEOUT, &left))
        return LDAP_LOCAL_ERROR;
    return LDAP_SUCCESS;
}

int
ldap_connection_wait(struct ldap_connection *c, int id, LDAPMessage **result,
                     int *rc)
{
    struct timeval left = ldap_clock_left_timeval(c->deadline);
    int type = 0;

    if (ldap_clock_left(c->deadline) > 0)
        type = ldap_result(c->ld, id, LDAP_MSG_ONE, &left, result);
    if (type > 0)
        return type;
    *rc = LDAP_TIMEOUT;
    if (type == 0)
        c->late = true;
    else
        ldap_get_option(c->ld, LDAP_OPT_RESULT_CODE, rc);
    if (*rc == LDAP_SUCCESS) /* it has no code for a socket that is closed */
        *rc = LDAP_SERVER_DOWN;
    return -1;
}

int
ldap_connection_finish(struct ldap_connection *c, int id)
{
    LDAPMessage *result;
    int rc = LDAP_OTHER, parsed;

    if (ldap_connection_wait(c, id, &result, &rc) < 0)
        return rc;
    parsed = ldap_parse_result(c->ld, result, &rc, NULL, NULL, NULL, NULL, 1);
    return parsed != LDAP_SUCCESS ? parsed : rc;
}

/* Between the socket and TLS: some never stop talking, and libldap's own limits
 * are for who says nothing. */
static int
io_setup(Sockbuf_IO_Desc *io, void *arg)
{
    io->sbiod_pvt = arg;
    return 0;
}

static int
io_remove(Sockbuf_IO_Desc *io)
{
    (void)io;
    return 0;
}

static int
io_ctrl(Sockbuf_IO_Desc *io, int option, void *arg)
{
    return LBER_SBIOD_CTRL_NEXT(io, option, arg);
}

static ber_slen_t
io_read(Sockbuf_IO_Desc *io, void *bytes, ber_len_t len)
{
    struct ldap_connection *c = io->sbiod_pvt;

    if (ldap_clock_left(c->deadline) > 0)
        return LBER_SBIOD_READ_NEXT(io, bytes, len);
    c->late = true;
    errno = ETIMEDOUT;
    return -1;
}

static ber_slen_t
io_write(Sockbuf_IO_Desc *io, void *bytes, ber_len_t len)
{
    return LBER_SBIOD_WRITE_NEXT(io, bytes, len);
}

static int
io_close(Sockbuf_IO_Desc *io)
{
    (void)io;
    return 0;
}

static Sockbuf_IO io_in_time = {
    .sbi_setup = io_setup,
    .sbi_remove = io_remove,
    .sbi_ctrl = io_ctrl,
    .sbi_read = io_read,
    .sbi_write = io_write,
    .sbi_close = io_close,
};

static int
end_in_time(struct ldap_connection *c)
{
    Sockbuf *sb = NULL;

    return ldap_get_option(c->ld, LDAP_OPT_SOCKBUF, &sb) || sb == NULL ||
                   ber_sockbuf_add_io(sb, &io_in_time,
                                      LBER_SBIOD_LEVEL_PROVIDER + 1, c) < 0
               ? LDAP_LOCAL_ERROR
               : LDAP_SUCCESS;
}

/* What the machine's ldap.conf, the user's or the environment say is for their
 * clients: what matters here is said here. */
static int
set_options(LDAP *ld)
{
    const int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER, none = 0;
    ber_len_t max = INCOMING_MAX;
    Sockbuf *sb = NULL;

    return ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) ||
           ldap_set_option(ld, LDAP_OPT_DEREF, &deref) ||
           ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none) ||
           ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &none) ||
           ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) ||
           ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) ||
           ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb) || sb == NULL ||
           ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max) < 0;
}

/* From here on libldap waits in poll(2) alone, which ends by the deadline: half
 * a record of TLS would hold a thread that waits in recv(2) for the rest. */
static int
never_block(LDAP *ld)
{
    Sockbuf *sb = NULL;

    return ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb) || sb == NULL ||
                   ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_NONBLOCK, sb) < 0
               ? LDAP_LOCAL_ERROR
               : LDAP_SUCCESS;
}

/* The server, without TLS: that comes once it is reached, so that libldap tells
 * the one failure from the other. */
static int
initialize(LDAP **ld, const struct ldap_server *server)
{
    bool bracket = strchr(server->host, ':') != NULL;
    char url[sizeof(server->url) + 16];

    if (server->scheme == LDAP_LOCAL)
        return ldap_initialize(ld, server->url);
    snprintf(url, sizeof(url), "ldap://%s%s%s:%s", bracket ? "[" : "",
             server->host[0] == '\0' ? "localhost" : server->host,
             bracket ? "]" : "", server->port);
    return ldap_initialize(ld, url);
}

/* Connect to the server. */
static int
reach(struct ldap_connection *c, const struct ldap_server *server,
      struct sentence *why)
{
    int rc = initialize(&c->ld, server);

    if (rc != LDAP_SUCCESS) {
        c->ld = NULL;
        return rc;
    }
    if (set_options(c->ld) != 0)
        return LDAP_LOCAL_ERROR;
    rc = ldap_connection_limit(c);
    if (rc != LDAP_SUCCESS)
        return rc;
    errno = 0;
    if (ldap_connect(c->ld) == LDAP_SUCCESS)
        return end_in_time(c);
    c->late = ldap_clock_left(c->deadline) == 0;
    /* Of other hosts it forgets the reason. */
    if (server->scheme == LDAP_LOCAL && errno != 0)
        sentence_write(why, "%s (%s)", ldap_err2string(LDAP_SERVER_DOWN),
                       strerror(errno));
    return LDAP_SERVER_DOWN;
}

/* Whether what was agreed on is TLS 1.2 at least: libldap passes the least
 * version to OpenSSL alone, and with GnuTLS loses memory when it is to. GnuTLS
 * writes "TLS1.2", and OpenSSL "TLSv1.2". */
static bool
is_new_enough(LDAP *ld, struct sentence *why)
{
    char *version = NULL;
    unsigned major = 0, minor = 0;
    bool enough = ldap_get_option(ld, LDAP_OPT_X_TLS_VERSION, &version) ==
                      LDAP_OPT_SUCCESS &&
                  version != NULL &&
                  (sscanf(version, "TLSv%u.%u", &major, &minor) == 2 ||
                   sscanf(version, "TLS%u.%u", &major, &minor) == 2) &&
                  (major > 1 || (major == 1 && minor >= 2));

    if (!enough)
        sentence_write(why, "the server speaks %s: let it speak TLS 1.2 or 1.3",
                       version == NULL ? "no known TLS" : version);
    ldap_memfree(version);
    return enough;
}

/* TLS is 1.2 at least. Certificates are always checked, for the host's name
 * too, and by the file of authorities in the configuration alone. */
static int
start_tls(struct ldap_connection *c, const struct ldap_server *server,
          const struct config_ldap *config, struct sentence *why)
{
    const int demand = LDAP_OPT_X_TLS_DEMAND, names = LDAP_OPT_X_TLS_ALLOW,
              client = 0, least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    struct sentence words;
    int rc, id;

    /* Where keys cannot be pinned, none is. */
    ldap_set_option(c->ld, LDAP_OPT_X_TLS_PEERKEY_HASH, NULL);
    if (ldap_set_option(c->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_REQUIRE_SAN, &names) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_CACERTFILE, config->tls_ca) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_CACERTDIR, NULL) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_CERTFILE, NULL) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_KEYFILE, NULL) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_CIPHER_SUITE, NULL) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) ||
        ldap_set_option(c->ld, LDAP_OPT_X_TLS_NEWCTX, &client)) {
        sentence_write(why, "cannot use the certificates in %s (ldap_tls_ca)",
                       config->tls_ca);
        return LDAP_LOCAL_ERROR;
    }
    if (server->scheme == LDAP_PLAIN) {
        rc = ldap_start_tls(c->ld, NULL, NULL, &id);
        if (rc == LDAP_SUCCESS)
            rc = ldap_connection_finish(c, id);
        if (rc != LDAP_SUCCESS)
            return rc;
    }
    rc = ldap_connection_limit(c);
    if (rc == LDAP_SUCCESS)
        rc = ldap_install_tls(c->ld);
    if (rc == LDAP_SUCCESS)
        return is_new_enough(c->ld, why) ? rc : LDAP_LOCAL_ERROR;
    c->late = c->late || rc == LDAP_TIMEOUT;
    if (!c->late) {
        /* libldap often knows no more than that it failed. */
        ldap_connection_words(c, rc, &words);
        sentence_write(why,
                       "%.300s: is its certificate from an authority in %s, "
                       "and for the hostname %s?",
                       words.text, config->tls_ca,
                       server->host[0] == '\0' ? "localhost" : server->host);
    }
    return rc;
}

bool
ldap_connection_open(struct ldap_connection *c,
                     const struct ldap_server *server,
                     const struct config_ldap *config, uint64_t deadline,
                     struct sentence *why)
{
    struct sentence words = {""};
    bool tls = server->scheme == LDAP_OVER_TLS ||
               (server->scheme == LDAP_PLAIN &&
                config->tls == CONFIG_LDAP_TLS_STARTTLS);
    int rc;

    ldap_connection_until(c, deadline);
    rc = reach(c, server, &words);
    if (rc == LDAP_SUCCESS && tls)
        rc = start_tls(c, server, config, &words);
    if (rc == LDAP_SUCCESS)
        rc = never_block(c->ld);
    if (rc == LDAP_SUCCESS)
        rc = ldap_connection_limit(c);
    if (rc == LDAP_SUCCESS)
        rc = ldap_bind_as(c, config, tls || server->scheme == LDAP_LOCAL,
                          &words);
    if (rc == LDAP_SUCCESS)
        return true;
    c->late = c->late || rc == LDAP_TIMEOUT;
    if (words.text[0] == '\0')
        ldap_connection_words(c, rc, &words);
    *why = words;
    ldap_connection_close(c);
    return false;
}

void
ldap_connection_close(struct ldap_connection *c)
{
    if (c->ld != NULL)
        ldap_unbind_ext(c->ld, NULL, NULL);
    c->ld = NULL;
}
