/*
 * Who is at the other end of a connection, by what the kernel says: the account
 * that connected (SO_PEERCRED), and the one that stands with every message
 * (SCM_CREDENTIALS), which has to be the same. A process that changes its
 * account, or hands its connection to one of another's, is not listened to.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"

struct peer {
    uid_t uid;
    gid_t gid;
    pid_t pid;
};

/*
 * Say who has connected, and have the kernel say so with every message.
 *
 * @param peer  set on true alone
 * @return false with errno set on failure
 */
bool peer_begin(int fd, struct peer *peer);

/* Whether one of the groups of the process that connected, its first one among
 * them, is @p group. */
bool peer_has_group(int fd, const struct peer *peer, gid_t group);

/* The uid and the gid that stand for those that have no number here, as in a
 * container; asked of the kernel once. */
uid_t peer_overflow_uid(void);
gid_t peer_overflow_gid(void);

enum peer_received {
    PEER_MESSAGE, /* a whole one, of the peer's account */
    PEER_NOTHING, /* there is none now */
    PEER_ENDED,   /* the other side has, or an empty message came */
    PEER_CUT,     /* a message was longer than the buffer */
    PEER_PASSES,  /* something came with it that is not taken: descriptors */
    PEER_CHANGED  /* it is another account's, or nobody's */
};

/*
 * Take the next message, without waiting.
 *
 * @param buffer   of @p size bytes
 * @param message  set on PEER_MESSAGE alone; points into @p buffer
 */
enum peer_received peer_receive(int fd, const struct peer *peer,
                                uint8_t *buffer, size_t size,
                                struct slice *message);

#endif
