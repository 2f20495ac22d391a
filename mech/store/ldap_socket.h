/*
 * A socket that is connected to a server of a directory, and on which nobody
 * waits past a point in time, whatever the other side does.
 */
#ifndef STORE_LDAP_SOCKET_H
#define STORE_LDAP_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sentence.h"
#include "store/ldap_location.h"

struct ldap_socket {
    int fd;       /* -1: none */
    dev_t device; /* what tells it from others of the same number */
    ino_t inode;
    uint64_t deadline; /* of ldap_clock(); for all that is done with it */
    bool late;         /* it has passed while somebody waited */
};

/*
 * Connect. A name is looked up by the system's resolver, whose own limits may
 * be longer: it is not waited for beyond the deadline.
 *
 * @param socket  its deadline is set; its fd is on true alone
 * @param why     the system's words on failure, without the server
 */
bool ldap_socket_connect(struct ldap_socket *socket,
                         const struct ldap_server *server,
                         struct sentence *why);

/* read(2) and write(2), but for the deadline, past which errno is ETIMEDOUT,
 * and without SIGPIPE. */
ssize_t ldap_socket_read(struct ldap_socket *socket, void *bytes, size_t len);
ssize_t ldap_socket_write(struct ldap_socket *socket, const void *bytes,
                          size_t len);

/* Whether it is still open: a program may close all that it did not open
 * itself, and open something else of the same number. */
bool ldap_socket_is_ours(const struct ldap_socket *socket);

void ldap_socket_close(struct ldap_socket *socket);

#endif
