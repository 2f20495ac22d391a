/*
 * Handshakes between two ends in this process, of any mechanism, through
 * libgssapi: what either end takes of the processor's time, and what a context
 * takes of memory.
 */
#ifndef PAIR_H
#define PAIR_H

#include "figures.h"
#include "mech.h"

struct pair_cost {
    struct figure init_ns;   /* all of the initiator's legs */
    struct figure accept_ns; /* all of the acceptor's */
};

/* Measure mechanisms, which take turns; the costs of one that has no
 * credentials are left as they are. */
void pair_measure(const struct creds creds[MECHS],
                  struct pair_cost costs[MECHS], int turns);

/* Bytes that one of many acceptor's contexts takes. */
struct pair_memory {
    double heap;     /* of malloc's, what it keeps for itself included */
    double resident; /* of the process' memory */
};

/*
 * @param established  0: those that wait for the client's second token
 * @return whether there are such contexts
 */
int pair_memory(const struct mech *mech, const struct creds *creds,
                int established, struct pair_memory *memory);

#endif
