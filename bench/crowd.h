/*
 * The acceptor's side alone: random users of a store log in, the clients being
 * played without the library, and the processor's time of each of the
 * server's calls is taken, in one thread or in several at once.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stdint.h>
#include <sys/types.h>

#include "figures.h"
#include "visit.h"

enum crowd_call {
    CROWD_FIRST, /* gss_accept_sec_context, first leg */
    CROWD_LAST,  /* second leg */
    CROWD_DELETE,
    CROWD_BOTH,   /* legs */
    CROWD_BROKER, /* of that, gss-scramd's */
    CROWD_CALLS
};

/* What is measured. */
struct crowd {
    enum visit_way way;
    const char *location; /* as visit_server_open takes them: a store's that */
    const char *config;   /* users_make made, or a configuration's */
    pid_t broker;         /* of gss-scramd, which answers; 0: none */
    unsigned users;       /* that there are */
    uint64_t seed;        /* another one has other users log in */
    int threads;          /* 1, beside gss-scramd */
    struct figure ns[CROWD_CALLS]; /* set: nanoseconds for one context */
};

/*
 * Measure each of several crowds. They take turns, so that all see the same
 * machine.
 *
 * @param module  of dlopen, for CROWD_MODULE
 */
void crowd_measure(struct crowd *crowds, size_t count, int turns, void *module);

/* Contexts per second of one processor's time, deletion included. */
double crowd_per_second(const struct crowd *crowd);

#endif
