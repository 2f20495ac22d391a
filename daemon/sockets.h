/*
 * The sockets that a daemon listens at: handed over by who started it
 * (LISTEN_FDS, as systemd does it), or made by itself; and the word to that one
 * that it serves now (NOTIFY_SOCKET). Both are sd_listen_fds(3)'s and
 * sd_notify(3)'s protocols, without their library.
 */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/sentence.h"
#include "base/status.h"

#define SOCKETS_MAX 16
#define SOCKETS_BACKLOG 1024

struct socket_listening {
    int fd;
    bool admin; /* for root; the others are for servers */
};

struct sockets {
    struct socket_listening list[SOCKETS_MAX];
    size_t count;
};

/*
 * Take the sockets that were handed over: at the path @p admin is that for
 * root, all others are for servers, one in a chroot for example.
 *
 * @param sockets  gets them; none where none were handed over
 * @return SCRAM_OK, SCRAM_BAD_ARGUMENT for something else than a socket of type
 *         SOCK_SEQPACKET that listens
 */
enum scram_status sockets_inherit(struct sockets *sockets, const char *admin,
                                  struct sentence *why);

/*
 * Make a socket, and the folder that it is in where that is missing. What is
 * left at its path of a process that is gone is removed.
 *
 * @param mode    0666 for all, 0600 for the owner
 * @param folder  the mode that a missing one gets
 * @return SCRAM_OK, SCRAM_NO_RESOURCES
 */
enum scram_status sockets_make(struct sockets *sockets, const char *path,
                               mode_t mode, mode_t folder, bool admin,
                               struct sentence *why);

void sockets_close(struct sockets *sockets);

/* Tell who started this: "READY=1". Nobody is told where nobody wants it. */
void sockets_notify(const char *state);

#endif
