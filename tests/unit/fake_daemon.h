/*
 * A daemon for those who ask one: a process of its own with a socket in the
 * test's folder, that answers by a function of the test's, or badly. The socket
 * stays when the process is killed, as one that systemd has made does.
 */
#ifndef FAKE_DAEMON_H
#define FAKE_DAEMON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/slice.h"

/* How it answers, once it has answered a connection's first message. */
enum fake_manner {
    FAKE_GOOD,
    FAKE_WORKING,    /* with FAKE_WORKING_TIMES times fake_working before it, a
                        tenth of a second each */
    FAKE_ENDLESS,    /* the same, more often than anybody waits for, at once */
    FAKE_HASTY,      /* and closes the connection after each answer */
    FAKE_DROPS,      /* closes it in the place of an answer */
    FAKE_EMPTY,      /* with an empty message */
    FAKE_LONG,       /* with a message of FAKE_LONG_LEN bytes */
    FAKE_DESCRIPTOR, /* and passes a descriptor along */
    FAKE_SILENT,     /* not at all */
    FAKE_LATE,       /* after half a second */
    FAKE_DEAF        /* nor does it take a connection */
};

#define FAKE_LONG_LEN 20481 /* a byte more than WIRE_ANSWER_MAX */

/* Append the answer to a message; nothing: the connection ends. */
typedef void fake_answer(struct slice message, struct buffer *answer);

/* What the daemon has seen, in memory that both share. */
struct fake_seen {
    atomic_uint connections, messages;
    atomic_uint uid, gid, pid; /* that came with the last message */
};

struct fake_daemon {
    const char *path;
    enum fake_manner manner;
    fake_answer *answer;
    int listener;
    pid_t pid;
    struct fake_seen *seen;
};

#define FAKE_WORKING_TIMES 8
#define FAKE_ENDLESS_TIMES 5000 /* more than ASK_ANSWERS_MAX */

/* What FAKE_WORKING says; "working" unless it is set before the start. */
extern struct slice fake_working;

/* Make the socket and start it, by the first three fields. */
void fake_daemon_start(struct fake_daemon *fake);

/* Kill it, and start it once more; the socket stays. */
void fake_daemon_kill(struct fake_daemon *fake);
void fake_daemon_go_on(struct fake_daemon *fake);

/* Stop it (SIGSTOP), until it is sent SIGCONT. */
void fake_daemon_suspend(struct fake_daemon *fake);

/* Kill it, and remove the socket. */
void fake_daemon_stop(struct fake_daemon *fake);

#endif
