/*
 * The acceptor's side alone: random users of a store log in, the clients being
 * played without the library, and the processor's time of each of the
 * server's calls is taken, in one thread or in several at once.
 */
#ifndef CROWD_H
#define CROWD_H

#include "figures.h"

enum crowd_call {
    CROWD_FIRST, /* gss_accept_sec_context, first leg */
    CROWD_LAST,  /* second leg */
    CROWD_DELETE,
    CROWD_BOTH, /* legs */
    CROWD_CALLS
};

enum crowd_way {
    CROWD_LIBRARY,   /* through libgssapi */
    CROWD_MODULE,    /* the module's functions themselves */
    CROWD_ARITHMETIC /* mech/scram alone: no library, no store, no lock */
};

/* What is measured. */
struct crowd {
    enum crowd_way way;
    const char *location; /* a store's that users_make made; NULL: the server
                             names no credential, and that store is the
                             configuration's */
    unsigned users;       /* that it has */
    int threads;
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
