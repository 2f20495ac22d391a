/*
 * What a store costs a server that forks: the first login in a child, many
 * children after a change, and the disk that idle ones keep from being freed.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include "figures.h"

/*
 * The acceptor's processor time for both legs of the first login in a child of
 * a server that has had logins, and of the second: nanoseconds. The store is
 * the configuration's.
 */
void children_log_in(int children, struct figure *first, struct figure *second);

/* What children spend on one look-up each after the store was changed. */
struct children_cost {
    double first_ms, all_ms; /* by the clock, from the change */
    double cpu_ms;           /* of all of them together */
    double memory;           /* bytes that each has for itself (Private) */
};

/* @param location  a store's that users_make made */
struct children_cost children_look_up(const char *location, int children);

/*
 * The bytes of deleted files that idle processes hold, each of which had the
 * store open before it was changed several times.
 */
double children_hold(const char *location, int children, int changes);

#endif
