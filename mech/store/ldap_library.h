/*
 * libldap's own beginning. The first call of a process looks up the machine's
 * name, for as long as the resolver likes, reads files, and is not made for
 * threads that make it together. So it is made in a thread by itself.
 */
#ifndef STORE_LDAP_LIBRARY_H
#define STORE_LDAP_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Have libldap begin, if it has not, and wait for that.
 *
 * @param deadline  of ldap_clock()
 * @return whether it has begun; if not, ask again later
 */
bool ldap_library_ready(uint64_t deadline);

#endif
