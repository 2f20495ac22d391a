/*
 * Work that a library may take longer over than anybody here can wait: a name
 * to look up, a ticket to get. A thread does it, and if it is not done in time,
 * nobody waits for it.
 */
#ifndef STORE_LDAP_ASIDE_H
#define STORE_LDAP_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

struct ldap_aside {
    void (*work)(void *data);
    void (*release)(void *data); /* called when the work is over */
};

/*
 * Have work done.
 *
 * @param data      belongs to the thread from now on: it is released on false,
 *                  at once or when the thread has come to its end
 * @param deadline  of ldap_clock()
 * @return true when the work is done: @p data is the caller's again. False with
 *         errno ETIMEDOUT past the deadline; without memory or a thread, or
 *         while too many threads are at work that nobody waits for any more,
 *         with another, at once
 */
bool ldap_aside(const struct ldap_aside *aside, void *data, uint64_t deadline);

#endif
