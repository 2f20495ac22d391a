/*
 * The connections of a daemon's socket: who may have one, how many, and
 * one message after another to the function of the socket's table that answers
 * it. All of it is the serving thread's.
 *
 * A peer is held to what it is: see peer.h. A message that is none of the
 * table's, or comes before the greeting, ends the connection. A connection has
 * one request under way at a time, and the next message is not read before that
 * is answered.
 *
 * Each account has as many connections as all of its processes may need, and
 * the one that was idle longest is closed for one more: a server that asks over
 * it makes another, and does not notice. Where the process has no descriptor
 * left, it is the longest idle one of the account that has the most.
 */
#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include "daemon/debug.h"
#include "daemon/loop.h"
#include "daemon/request.h"

/* An account's share. 400 children of a server that forks ask over one each;
 * and half of what waits for directories may be one account's. */
#define CONNECTIONS_EACH 1024
#define CONNECTIONS_REQUESTS 512
/* Peers that are not entitled are to be told so, all of them together over: */
#define CONNECTIONS_STRANGERS 64
#define CONNECTIONS_TURN 16 /* that are accepted before others' turn */

/* Which table's requests a peer may make; NULL refuses it without a word. */
typedef const struct request_table *connections_judge(void *data, int fd,
                                                      const struct peer *peer);

struct connections;

/* What is counted of them. */
struct connection_counts {
    uint64_t connections;      /* that there are */
    uint64_t accepted;         /* that there were */
    uint64_t strangers;        /* whose accounts are not entitled */
    uint64_t given_way;        /* closed for others */
    uint64_t ended;            /* for what the peer did, see peer_received */
    uint64_t requests;         /* that are under way */
    uint64_t requests_refused; /* over their account's quota */
};

/*
 * Make the connections of a daemon, of which there are none yet.
 *
 * @param most       connections at once, for the process' descriptors
 * @param strangers  the table of those who share CONNECTIONS_STRANGERS
 * @return NULL without memory; release them with connections_free
 */
struct connections *connections_new(struct loop *loop, unsigned most,
                                    const struct request_table *strangers,
                                    struct connection_counts *counts,
                                    struct debug *debug);

void connections_free(struct connections *connections);

/*
 * Take what connects to a socket.
 *
 * @param fd     listens, does not block; closed by connections_free
 * @param judge  asked for each peer, and by connections_judge_again
 * @return false with errno set on failure
 */
bool connections_listen(struct connections *connections, int fd,
                        connections_judge *judge, void *data);

/* Ask for every peer again, as the entitled accounts have changed: the
 * connections of those whose table is another one now end. */
void connections_judge_again(struct connections *connections);

/*
 * Say that a request is still under way whose function returned
 * REQUEST_WORKING.
 *
 * @return false where nobody waits for its answer any more; it has to be
 *         answered all the same
 */
bool connection_working(struct connection *connection, struct slice answer);

/*
 * Answer a request whose function returned one of these two. Its connection is
 * valid until this is called, and must not be used afterwards.
 *
 * @param answer  at most WIRE_MESSAGE_MAX bytes; empty: the connection ends
 */
void connection_answer(struct connection *connection, struct slice answer);

#endif
