/*
 * Kerberos' ticket for a server. Its library waits half a minute for a KDC that
 * does not answer, which is more than a login has: so a thread gets the ticket,
 * and it is in the account's cache when libsasl wants it.
 */
#ifndef STORE_LDAP_TICKET_H
#define STORE_LDAP_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sentence.h"

/*
 * Have a ticket for the service "ldap" on a host; one that is there still will
 * do.
 *
 * @param deadline  of ldap_clock()
 * @param why       Kerberos' words on failure; "Timed out" past the deadline
 */
bool ldap_ticket_get(const char *host, uint64_t deadline, struct sentence *why);

#endif
