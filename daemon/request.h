/*
 * What is asked over a daemon's socket, and who answers: each socket has a
 * table of its requests, by the first byte of a message. The sockets' common
 * rules are connection.h's: a table's functions get whole messages of peers
 * whose accounts are known and entitled, in the serving thread, and never wait.
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"
#include "daemon/peer.h"

struct connection;

struct request {
    struct connection *connection;
    const struct peer *peer;
    struct slice message;  /* valid until the function returns */
    struct buffer *answer; /* empty; what is in it is sent, and then wiped */
};

enum request_end {
    REQUEST_ANSWERED,
    REQUEST_ANSWERED_LAST, /* and nothing more is taken of this peer */
    REQUEST_LATER,         /* connection_answer will be called */
    REQUEST_WORKING,  /* likewise, and the answer that there is now says so;
                         connection_working may be called in between */
    REQUEST_MALFORMED /* the connection ends without an answer */
};

struct request_op {
    uint8_t op;
    bool greets; /* it may come first, and others only after it was answered
                    with true in *greeted */
    /* @param data  the table's */
    enum request_end (*take)(void *data, struct request *request,
                             bool *greeted);
    /* Write an answer that refuses without having looked at the message. */
    void (*refuse)(enum scram_status status, const char *sentence,
                   struct buffer *answer);
    /* Write down a message, for who debugs: without secrets, one line, behind
     * what is there. */
    void (*show)(struct slice message, bool is_answer, struct buffer *text);
};

struct request_table {
    const struct request_op *ops; /* up to one whose take is NULL */
    void *data;
};

#endif
