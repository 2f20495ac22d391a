/*
 * gss-scram-agent as a whole: what serves, made of its parts. main.c starts it.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <limits.h>

#include "daemon/agent/derive.h"
#include "daemon/agent/seals.h"
#include "daemon/connection.h"
#include "daemon/sockets.h"

struct agent {
    struct loop *loop;
    struct connections *connections;
    struct agent_entries *entries; /* in a vault */
    struct agent_seals seals;
    struct derive *derive;
    struct loop_source signals;
    struct loop_source timer; /* for the end of passwords' time */
    struct connection_counts counts;
    struct debug debug;
    struct request_table table;
    char account[LOGIN_NAME_MAX]; /* whose configuration counts */
    bool locked;                  /* nothing secret is swapped out */
};

/*
 * Begin to serve.
 *
 * @param agent    all zero but for its debug; stays where it is
 * @param sockets  are the agent's from now on
 * @return SCRAM_OK, SCRAM_NO_RESOURCES, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED;
 *         agent_end releases it, whatever comes of this
 */
enum scram_status agent_begin(struct agent *agent, struct sockets *sockets,
                              struct sentence *why);

/* Serve until SIGTERM, SIGINT or SIGHUP comes. */
void agent_run(struct agent *agent);

/* Wipe all secrets, and release all; false where the thread derives keys still,
 * so that the process ends as it is. */
bool agent_end(struct agent *agent);

/* Milliseconds of the clock that lifetimes are by, which goes on while the
 * machine sleeps. */
uint64_t agent_now(void);

/* Wipe those entries whose time is over; and set the timer for the next. */
void agent_expire(struct agent *agent);

/*
 * The entry whose number a seal has.
 *
 * @param why  a sentence on failure
 * @return SCRAM_OK, SCRAM_EXPIRED
 */
enum scram_status agent_find_entry(struct agent *agent, uint64_t number,
                                   struct agent_entry **entry,
                                   struct sentence *why);

#endif
