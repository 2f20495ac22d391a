/*
 * What the parts of an acceptor's work take by themselves, so that it can be
 * seen where its time goes.
 */
#ifndef PARTS_H
#define PARTS_H

#include "figures.h"

enum part {
    PART_PARSE,    /* both of the client's messages, the name prepared */
    PART_LOOK_UP,  /* one user, for both legs, the decoy included */
    PART_HMACS,    /* two under StoredKey, one under ServerKey, and a hash */
    PART_NONCE,    /* a nonce */
    PART_REGISTER, /* into the register of half-open contexts, and out */
    PARTS
};

/*
 * @param location  of a store that users_make made
 * @param ns        set: for one context
 */
void parts_measure(const char *location, unsigned users, int turns,
                   struct figure ns[PARTS]);

/* Look-ups alone: of users who are there and of users who are not. */
void parts_look_up(const char *location, unsigned users, int turns,
                   struct figure *there, struct figure *not_there);

#endif
