/*
 * One connection to a daemon: a SOCK_SEQPACKET socket whose calls block, each
 * for as long as there is time (SO_SNDTIMEO, SO_RCVTIMEO).
 *
 * Its descriptor has a number above 2 and is closed on exec. As a program may
 * close it and get the number again for something else, it is known by its
 * device and inode, and looked at before it is used again and before it is
 * closed. It belongs to the account that connected, which every message states
 * (SCM_CREDENTIALS): what the kernel would state by itself is the real uid.
 */
#ifndef ASK_CONNECTION_H
#define ASK_CONNECTION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"
#include "base/status.h"

#define ASK_PATH_MAX 107 /* bytes of a path: sockaddr_un's, without a NUL */

struct ask_connection {
    atomic_int fd; /* not above 2: there is none. Set when all else is, and
                      unset before it is closed: a thread may fork meanwhile */
    pid_t pid;     /* whose process connected, */
    uid_t uid;     /* and as whom */
    dev_t device;
    ino_t inode;
    uint32_t send_limit, receive_limit; /* milliseconds that are set; 0: none */
    char path[ASK_PATH_MAX + 1];
};

/* Milliseconds of the monotonic clock, and those that are left until then. */
uint64_t ask_clock(void);
uint32_t ask_clock_left(uint64_t deadline);

/*
 * Connect to a socket, without looking who listens.
 *
 * @param connection  one without a descriptor
 * @param path        of at most ASK_PATH_MAX bytes
 * @return 0; EAGAIN once the deadline has passed; another errno
 */
int ask_connection_open(struct ask_connection *connection, const char *path,
                        uid_t uid, uint64_t deadline);

/* Whether it is there, and is what was opened. */
bool ask_connection_is_ours(const struct ask_connection *connection);

/* Forget the descriptor, and close it if it is ours. */
void ask_connection_close(struct ask_connection *connection);

/*
 * Send a message.
 *
 * @return as ask_connection_open
 */
int ask_connection_send(struct ask_connection *connection, struct slice message,
                        uint64_t deadline);

/*
 * Receive a message.
 *
 * @param message  at most its capacity; appended to on 0 alone
 * @return 0; EAGAIN once the deadline has passed; ECONNRESET at the end of the
 *         connection, which an empty message is too; EMSGSIZE for one that is
 *         longer, or has a descriptor with it; another errno
 */
int ask_connection_receive(struct ask_connection *connection,
                           struct buffer *message, uint64_t deadline);

#endif
