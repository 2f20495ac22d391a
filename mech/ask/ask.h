/*
 * The one client of the daemons on this machine: gss-scramd, which verifies
 * logins for servers. It asks over a local socket, one message for a question
 * and one for the answer, in other people's processes: it starts no thread,
 * raises no signal, takes no lock while it waits and never waits longer than it
 * is told to. Connections are kept in a pool of the process (pool.h).
 *
 * What it does about a program that forks, closes descriptors or changes its
 * account in between is said in connection.h and pool.h.
 */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

/* Takes an answer; false for one that the daemon would not have given. */
typedef bool ask_take(void *data, struct slice answer);

/* A daemon, and how it is greeted. */
struct ask_daemon {
    const char *path; /* of its socket */
    uint32_t timeout; /* milliseconds for a call, with all that it takes, and
                         for each further answer */
    bool once; /* where it is not there it is not tried again; only a connection
                  that was kept is made anew */
    const char *name;   /* for a person: "gss-scramd", */
    const char *unit;   /* what to start, */
    const char *limit;  /* and the key that timeout comes from */
    struct slice hello; /* what each connection begins with, */
    enum scram_status (*welcome)(struct slice answer, struct sentence *why);
    /* and whether its answer lets us go on: SCRAM_OK, SCRAM_BAD_ENCODING for
     * one that makes no sense, or why not */
};

/* A question. */
struct ask_question {
    struct slice bytes;
    struct buffer *answer; /* which take looks at; to be wiped where it holds a
                              secret */
    ask_take *take;
    void *data;
};

/*
 * Ask, as the account with the effective uid. A connection that is lost, and a
 * daemon that is not there, are tried again five times, for as long as there is
 * time (unless it is asked once).
 *
 * @param why  a sentence with what to do on failure, and empty on success; may
 *             be NULL
 * @return SCRAM_OK; SCRAM_BROKER_GONE; SCRAM_BROKER_SLOW once the time is up;
 *         SCRAM_NO_RESOURCES without a free descriptor; SCRAM_STORE_FORBIDDEN
 *         for a daemon that is not trusted, and in a daemon's own process; what
 *         the daemon's welcome returned
 */
enum scram_status ask_call(const struct ask_daemon *daemon,
                           const struct ask_question *question,
                           struct sentence *why);

/*
 * The same with a question that has several answers: each has the daemon's
 * timeout for itself, and there are ASK_ANSWERS_MAX at most, as a daemon that
 * says for ever that it works is one that does not answer. Nor is one asked
 * anew that has gone after its first answer.
 *
 * @param more  false; what take sets where another answer follows
 */
enum scram_status ask_call_until(const struct ask_daemon *daemon,
                                 const struct ask_question *question,
                                 const bool *more, struct sentence *why);

#define ASK_ANSWERS_MAX 4096

/*
 * Whether a daemon welcomes this account: asked anew, unless it did within the
 * last second. Failures are not remembered.
 *
 * @return as ask_call
 */
enum scram_status ask_check(const struct ask_daemon *daemon,
                            struct sentence *why);

#endif
