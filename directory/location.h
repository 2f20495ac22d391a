/*
 * Where a directory is: one or several servers, as in "ldap://a ldaps://b",
 * each of which has all that the others have. They are asked in that order.
 */
#ifndef DIRECTORY_LOCATION_H
#define DIRECTORY_LOCATION_H

#include <stdbool.h>

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

#define LDAP_SERVERS_MAX 16
#define LDAP_LOCATION_MAX 2048 /* bytes, without a NUL */

enum ldap_scheme { LDAP_PLAIN, LDAP_OVER_TLS, LDAP_LOCAL };

struct ldap_server {
    enum ldap_scheme scheme;
    char url[280];  /* for people, and for libldap */
    char host[256]; /* of LDAP_PLAIN and LDAP_OVER_TLS: no brackets; or "" */
    char port[8];   /* of the same */
    char path[108]; /* of LDAP_LOCAL: the socket's */
};

struct ldap_location {
    unsigned count; /* at least one */
    struct ldap_server servers[LDAP_SERVERS_MAX];
};

/*
 * Read a location:
 *
 *   location = server *( " " server )
 *   server   = ( "ldap" / "ldaps" ) "://" [ host ] [ ":" port ] [ "/" ]
 *            / "ldapi://" [ path ] [ "/" ]
 *
 * where the path has "%2F" for each "/", and a host that is an IPv6 address
 * stands in brackets (RFC 3986, section 3.2.2). What else an LDAP URL may have
 * (RFC 4516) is in the configuration, and refused here.
 *
 * @param location  set on SCRAM_OK alone
 * @param why       a sentence with the server and what is wrong with it; may
 *                  be NULL
 * @return SCRAM_OK, SCRAM_BAD_LOCATION
 */
enum scram_status ldap_location_read(struct slice text,
                                     struct ldap_location *location,
                                     struct sentence *why);

/* Whether what is sent to a server stays on this machine, by its address. */
bool ldap_server_is_near(const struct ldap_server *server);

#endif
