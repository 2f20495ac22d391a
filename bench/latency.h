/*
 * How long a server waits for a login, by the clock: both of its calls of
 * gss_accept_sec_context, in one thread or in several at once, each of which
 * has one login after another.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>
#include <sys/types.h>

#include "visit.h"

enum { LATENCY_P50, LATENCY_P99, LATENCY_P999, LATENCY_RANKS };

struct latency {
    const struct visit_server *server;
    unsigned users;           /* of whom random ones log in */
    uint64_t seed;            /* another one has others log in */
    int threads;              /* each with a connection, beside gss-scramd */
    pid_t broker;             /* of gss-scramd, which answers; 0: none */
    double ns[LATENCY_RANKS]; /* set: half, 99 and 99.9 of a hundred logins
                                 take no longer */
    double broker_ns; /* set: of the processor, that gss-scramd takes for one */
};

/* Have 10,000 users log in. */
void latency_measure(struct latency *latency);

#endif
