/* getaddrinfo(3), but for a point in time past which it is not waited for. */
#ifndef STORE_LDAP_RESOLVE_H
#define STORE_LDAP_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

/*
 * Find the addresses of a host.
 *
 * @param deadline   of ldap_clock()
 * @param addresses  set on 0 alone; release them with freeaddrinfo
 * @return 0, or what getaddrinfo returns; EAI_SYSTEM with the errno ETIMEDOUT
 *         past the deadline
 */
int ldap_resolve(const char *host, const char *port, uint64_t deadline,
                 struct addrinfo **addresses);

#endif
