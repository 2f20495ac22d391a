#include "store/ldap_connection.h"

#include <lber.h>
#include <openldap.h>
#include <stdio.h>
#include <string.h>

#include "store/ldap_bind.h"
#include "store/ldap_clock.h"
#include "store/ldap_library.h"

#define INCOMING_MAX 1048576 /* bytes of one message of a server's */

/* libldap reads and writes through these, so that whatever it does, the
 * handshake of TLS included, ends in time. */
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
    (void)io;
    (void)arg;
    return option == LBER_SB_OPT_SET_NONBLOCK; /* it never blocks for long */
}

static ber_slen_t
io_read(Sockbuf_IO_Desc *io, void *bytes, ber_len_t len)
{
    return ldap_socket_read(io->sbiod_pvt, bytes, len);
}

static ber_slen_t
io_write(Sockbuf_IO_Desc *io, void *bytes, ber_len_t len)
{
    return ldap_socket_write(io->sbiod_pvt, bytes, len);
}

static int
io_close(Sockbuf_IO_Desc *io)
{
    ldap_socket_close(io->sbiod_pvt);
    return 0;
}

static Sockbuf_IO io_of_ours = {
    .sbi_setup = io_setup,
    .sbi_remove = io_remove,
    .sbi_ctrl = io_ctrl,
    .sbi_read = io_read,
    .sbi_write = io_write,
    .sbi_close = io_close,
};

void
ldap_connection_words(const struct ldap_connection *c, int rc,
                      struct sentence *why)
{
    char *more = NULL;

    if (c->socket.late) {
        sentence_write(why, "%s (Timed out)", ldap_err2string(rc));
        return;
    }
    if (c->ld != NULL)
        ldap_get_option(c->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more);
    if (more != NULL && more[0] != '\0')
        sentence_write(why, "%s (%.200s)", ldap_err2string(rc), more);
    else
        sentence_write(why, "%s", ldap_err2string(rc));
    ldap_memfree(more);
}

int
ldap_connection_wait(struct ldap_connection *c, int id, LDAPMessage **result,
                     int *rc)
{
    struct timeval left = ldap_clock_left_timeval(c->socket.deadline);
    int type = ldap_result(c->ld, id, LDAP_MSG_ONE, &left, result);

    if (type > 0)
        return type;
    *rc = LDAP_TIMEOUT;
    if (type == 0)
        c->socket.late = true;
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

/* What the machine's ldap.conf, the user's or the environment say is for their
 * clients: what matters here is said here. */
static int
set_options(LDAP *ld)
{
    static const struct timeval never = {-1, 0};
    const int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER, none = 0;
    ber_len_t max = INCOMING_MAX;
    Sockbuf *sb = NULL;

    return ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) ||
           ldap_set_option(ld, LDAP_OPT_DEREF, &deref) ||
           ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none) ||
           ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &none) ||
           ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) ||
           ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) ||
           ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &never) ||
           ldap_set_option(ld, LDAP_OPT_TIMEOUT, &never) ||
           ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb) || sb == NULL ||
           ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max) < 0;
}

/* Give the socket to libldap. */
static int
adopt(struct ldap_connection *c, const struct ldap_server *server)
{
    Sockbuf *sb = NULL;
    int rc = ldap_init_fd(c->socket.fd, LDAP_PROTO_EXT, server->url, &c->ld);

    if (rc != LDAP_SUCCESS) {
        c->ld = NULL;
        ldap_socket_close(&c->socket);
        return rc;
    }
    if (ldap_get_option(c->ld, LDAP_OPT_SOCKBUF, &sb) != LDAP_OPT_SUCCESS ||
        ber_sockbuf_add_io(sb, &io_of_ours, LBER_SBIOD_LEVEL_PROVIDER,
                           &c->socket) < 0 ||
        set_options(c->ld) != 0)
        return LDAP_LOCAL_ERROR;
    return LDAP_SUCCESS;
}

/* Certificates are always checked, for the host's name too, and by the file of
 * authorities in the configuration alone. */
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
        sentence_write(why, "TLS cannot be used with %s", config->tls_ca);
        return LDAP_LOCAL_ERROR;
    }
    if (server->scheme == LDAP_PLAIN) {
        rc = ldap_start_tls(c->ld, NULL, NULL, &id);
        if (rc == LDAP_SUCCESS)
            rc = ldap_connection_finish(c, id);
        if (rc != LDAP_SUCCESS)
            return rc;
    }
    rc = ldap_install_tls(c->ld);
    if (rc != LDAP_SUCCESS && !c->socket.late) {
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

    c->ld = NULL;
    c->socket.deadline = deadline;
    if (!ldap_library_ready(deadline)) {
        sentence_write(why,
                       "%s (libldap does not get to know the name of "
                       "this machine in time)",
                       ldap_err2string(LDAP_TIMEOUT));
        return false;
    }
    if (!ldap_socket_connect(&c->socket, server, &words)) {
        sentence_write(why, "%s (%s)", ldap_err2string(LDAP_SERVER_DOWN),
                       c->socket.late ? "Timed out" : words.text);
        return false;
    }
    rc = adopt(c, server);
    if (rc == LDAP_SUCCESS && tls)
        rc = start_tls(c, server, config, &words);
    if (rc == LDAP_SUCCESS)
        rc = ldap_bind_as(c, config, tls || server->scheme == LDAP_LOCAL,
                          &words);
    if (rc == LDAP_SUCCESS)
        return true;
    if (words.text[0] == '\0')
        ldap_connection_words(c, rc, &words);
    sentence_write(why, "%s", words.text);
    ldap_connection_close(c);
    return false;
}

void
ldap_connection_close(struct ldap_connection *c)
{
    if (c->ld == NULL)
        return;
    c->socket.deadline = 0;
    ldap_unbind_ext(c->ld, NULL, NULL);
    c->ld = NULL;
    ldap_socket_close(&c->socket); /* if libldap had not come so far */
}

void
ldap_connection_disown(struct ldap_connection *c)
{
    if (ldap_socket_is_ours(&c->socket))
        ldap_socket_close(&c->socket);
    c->socket.fd = -1;
    c->ld = NULL;
}
