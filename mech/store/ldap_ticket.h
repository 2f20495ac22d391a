/* A ticket for a server of a directory, from Kerberos. */
#ifndef STORE_LDAP_TICKET_H
#define STORE_LDAP_TICKET_H

#include <stdint.h>

#include "base/sentence.h"

/*
 * Have a ticket for a server in the account's cache, so that a bind there finds
 * it and asks no KDC: libkrb5 waits half a minute for one that does not answer,
 * and cannot be told not to. What is not there by the deadline is not waited
 * for; it is still fetched, once for all who need it, for those who come later.
 *
 * libldap has initialized libsasl, as it does for the first connection.
 *
 * @param host      as in the server's principal, ldap/host
 * @param deadline  of ldap_clock()
 * @param why       libsasl's and Kerberos' words on failure
 * @return LDAP_SUCCESS, or another code of libldap's
 */
int ldap_ticket_fetch(const char *host, uint64_t deadline,
                      struct sentence *why);

#endif
