/*
 * Connections, each of which has a deadline, in one thread that waits for all
 * of them with epoll. What their tokens mean is the server's: accept-loop.c.
 */
#ifndef EXAMPLES_LOOP_H
#define EXAMPLES_LOOP_H

#include <sys/queue.h>

#include "wire.h"

/* A connection, whose phases come in this order. */
enum phase {
    GREETING,    /* the client has yet to say that it will authenticate */
    HANDSHAKE,   /* the context is not established yet */
    ESTABLISHED, /* it is: messages come */
    REFUSED      /* the client is to take what was sent, and go */
};

/*
 * What a connection may be given time for. Connections that wait for the same
 * thing were as a rule given the same time, and are in a list by deadline.
 */
enum loop_wait { FIRST_TOKEN, NEXT_TOKEN, MESSAGE, FAREWELL, WAITS };
TAILQ_HEAD(loop_list, connection);

struct connection {
    TAILQ_ENTRY(connection) others;
    struct loop_list *list;
    uint64_t deadline; /* milliseconds of the monotonic clock */
    struct wire wire;
    enum phase phase;
    gss_ctx_id_t context;
};

/* What the server does; it ends with one of loop_send, loop_refuse and loop_end
 * unless it wants nothing but the next token. */
struct loop_server {
    void (*take_token)(struct connection *c, int flags, gss_buffer_t token);
    void (*time_is_up)(struct connection *c); /* just before it is ended */
    uint32_t first_limit; /* for all of a first token, in milliseconds */
    unsigned long once;   /* return after so many connections; 0: never */
};

/* Listen on an IPv4 address and a port, 0 being any that is free, and print
 * which. On failure end with a sentence. */
void loop_listen(const char *address, uint16_t port);

/* Serve until SIGINT or SIGTERM, or `once`; then end every connection. */
void loop_run(const struct loop_server *server);

/* End the connection unless its next token comes within so many milliseconds
 * from now. */
void loop_set_time(struct connection *c, enum loop_wait what,
                   uint32_t milliseconds);

/* Send what is queued. While a client does not take it, nothing more is read
 * from that client. The connection may be gone afterwards. */
void loop_send(struct connection *c);

/* Send what is queued, and give the client a second to read it. */
void loop_refuse(struct connection *c);

/* End a connection, with its context, whatever the state of that. */
void loop_end(struct connection *c);

#endif
