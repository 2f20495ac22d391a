#include "directory/location.h"

#include <stdio.h>
#include <strings.h>

#define DEFAULT_SOCKET "/var/run/slapd/ldapi"

static const struct {
    struct slice prefix;
    const char *port;
} schemes[] = {
    [LDAP_PLAIN] = {{(const uint8_t *)"ldap://", 7}, "389"},
    [LDAP_OVER_TLS] = {{(const uint8_t *)"ldaps://", 8}, "636"},
    [LDAP_LOCAL] = {{(const uint8_t *)"ldapi://", 8}, NULL},
};

/* Copy to a NUL-terminated text. False where it does not fit, or has a NUL. */
static bool
ldap_location_copy(struct slice from, char *text, size_t size)
{
    if (from.len >= size || memchr(from.data, '\0', from.len) != NULL)
        return false;
    memcpy(text, from.data, from.len);
    text[from.len] = '\0';
    return true;
}

/* Where a byte is in a slice, or its length. */
static size_t
ldap_location_find(struct slice s, char c)
{
    const uint8_t *at = s.len == 0 ? NULL : memchr(s.data, c, s.len);

    return at == NULL ? s.len : (size_t)(at - s.data);
}

static struct slice
after(struct slice s, size_t n)
{
    return (struct slice){s.data + n, s.len - n};
}

static int
ldap_location_hex_digit(uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == 0 ? NULL : strchr(digits, c | ' ');

    return at == NULL ? -1 : (int)(at - digits);
}

/* Read what is percent-encoded (RFC 3986, section 2.1). */
static bool
unescape(struct slice s, char *text, size_t size)
{
    size_t i, len = 0;

    for (i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];

        if (c == '%') {
            int high, low;

            if (s.len - i < 3)
                return false;
            high = ldap_location_hex_digit(s.data[i + 1]);
            low = ldap_location_hex_digit(s.data[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (c == '\0' || len + 1 >= size)
            return false;
        text[len++] = (char)c;
    }
    text[len] = '\0';
    return true;
}

/* [ host ] [ ":" port ] */
static const char *
read_host(struct slice s, struct ldap_server *server)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";
    bool bracket = s.len > 0 && s.data[0] == '[';
    size_t end =
        bracket ? ldap_location_find(s, ']') : ldap_location_find(s, ':');
    struct slice host = {s.data + bracket, end - bracket};
    struct slice rest = after(s, end);
    uint32_t port;

    if (bracket) {
        if (rest.len == 0)
            return "it has no \"]\"";
        rest = after(rest, 1);
    }
    if (!ldap_location_copy(host, server->host, sizeof(server->host)) ||
        server->host[strspn(server->host, letters)] != '\0')
        return "that is not the name or the address of a host";
    if (rest.len == 0)
        return NULL;
    if (rest.data[0] != ':' || !slice_decimal(after(rest, 1), 65535, &port))
        return "that is not a port";
    snprintf(server->port, sizeof(server->port), "%u", (unsigned)port);
    return NULL;
}

/* Read one server. Returns what is wrong with it, or NULL. */
static const char *
read_server(struct slice s, struct ldap_server *server)
{
    size_t i;

    *server = (struct ldap_server){.scheme = LDAP_PLAIN};
    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (s.len >= schemes[i].prefix.len &&
            strncasecmp((const char *)s.data,
                        (const char *)schemes[i].prefix.data,
                        schemes[i].prefix.len) == 0)
            break;
    if (i == sizeof(schemes) / sizeof(schemes[0]))
        return "it begins with none of ldap://, ldaps:// and ldapi://";
    server->scheme = (enum ldap_scheme)i;
    if (!ldap_location_copy(s, server->url, sizeof(server->url)))
        return "it is too long";
    if (s.len > schemes[i].prefix.len && s.data[s.len - 1] == '/')
        s.len--;
    s = after(s, schemes[i].prefix.len);
    if (ldap_location_find(s, '/') != s.len ||
        ldap_location_find(s, '?') != s.len)
        return "what may stand there is a host and a port; for the rest there "
               "are keys in the configuration, as ldap_base";
    if (server->scheme != LDAP_LOCAL) {
        strcpy(server->port, schemes[i].port);
        return read_host(s, server);
    }
    if (s.len == 0)
        strcpy(server->path, DEFAULT_SOCKET);
    else if (!unescape(s, server->path, sizeof(server->path)) ||
             server->path[0] != '/')
        return "that is not the path of a socket, with %2F for each /";
    return NULL;
}

enum scram_status
ldap_location_read(struct slice text, struct ldap_location *location,
                   struct sentence *why)
{
    struct ldap_location read = {.count = 0};
    struct slice rest = text, server = {NULL, 0};
    const char *fault = text.len > LDAP_LOCATION_MAX ? "is too long" : NULL;

    while (fault == NULL) {
        while (rest.len > 0 && rest.data[0] == ' ')
            rest = after(rest, 1);
        if (rest.len == 0)
            break;
        server = (struct slice){rest.data, ldap_location_find(rest, ' ')};
        rest = after(rest, server.len);
        fault = read.count == LDAP_SERVERS_MAX
                    ? "there are more than 16 servers"
                    : read_server(server, &read.servers[read.count++]);
    }
    if (fault == NULL && read.count > 0) {
        *location = read;
        return SCRAM_OK;
    }
    sentence_write(why, "\"%.*s\" is not the location of an LDAP directory: %s",
                   server.len < 256 ? (int)server.len : 256,
                   server.data == NULL ? "" : (const char *)server.data,
                   fault != NULL ? fault : "there is no server");
    return SCRAM_BAD_LOCATION;
}

bool
ldap_server_is_near(const struct ldap_server *server)
{
    const char *host = server->host;

    return server->scheme == LDAP_LOCAL || host[0] == '\0' ||
           strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (strncmp(host, "127.", 4) == 0 && /* and not a name like that */
            host[strspn(host, "0123456789.")] == '\0');
}
