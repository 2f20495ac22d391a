/*
 * Servers to which a user logs in all the time, through libgssapi and the
 * module that was built: a process with CROWD_THREADS threads, and
 * CROWD_CHILDREN processes that it forked, all with the credentials that the
 * test had acquired before. What becomes of their logins is counted in memory
 * that they share with the test. A test can have each of these processes do
 * something to itself, between two calls of a login.
 *
 * Nothing that the processes do speaks to Check, as they may close its
 * descriptors.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "../gss/world.h"

enum {
    CROWD_THREADS = 12,
    CROWD_CHILDREN = 20,
    CROWD_MEMBERS = CROWD_THREADS + CROWD_CHILDREN,
    CROWD_PROCESSES = 1 + CROWD_CHILDREN
};

/* What becomes of a login: major code, minor code and token together. */
enum crowd_outcome {
    CROWD_IN,
    CROWD_GONE,         /* gss-scramd cannot be reached */
    CROWD_SLOW,         /* broker_timeout passed */
    CROWD_NO_RESOURCES, /* no descriptor, or the queue is full */
    CROWD_ANEW,         /* begun by another account */
    CROWD_OTHER,
    CROWD_OUTCOMES
};

/* What a process does to itself: what went wrong, or NULL. */
typedef const char *crowd_act(void);

/* One that logs users in. */
struct crowd_member {
    atomic_uint ended[CROWD_OUTCOMES];
    char said[CROWD_OUTCOMES][256]; /* by the last that ended so */
    atomic_uint slowest;            /* of the server's calls, milliseconds */
};

struct crowd {
    pid_t pid;         /* of the process with threads */
    atomic_uint pause; /* milliseconds between two logins of a member */
    atomic_uint order; /* the last that was given */
    crowd_act *act;    /* what it is; NULL: end */
    atomic_uint done[CROWD_PROCESSES]; /* the last that each has obeyed */
    char wrong[CROWD_PROCESSES][256];
    struct crowd_member members[CROWD_MEMBERS];
};

/* Begin, with users' and servers' credentials for the configuration that there
 * is; and wait until each member has logged somebody in. */
struct crowd *crowd_start(void);

/* Have each process do something between two calls, with none of its threads
 * in one; and wait until all have. */
void crowd_do(struct crowd *crowd, crowd_act *act);

/* Wait until of each member's logins @p count more have ended so. */
void crowd_wait(const struct crowd *crowd, enum crowd_outcome outcome,
                unsigned count);

/* How many logins have ended so. */
unsigned crowd_count(const struct crowd *crowd, enum crowd_outcome outcome);

/*
 * Fail the test where logins have ended otherwise than by success, or where a
 * call has taken longer than it may and a busy machine may add.
 *
 * @param allowed       how they may have ended beside it: CROWD_BIT of each, or
 *                      0
 * @param milliseconds  of a call
 */
void crowd_check(const struct crowd *crowd, unsigned allowed,
                 unsigned milliseconds);
#define CROWD_BIT(outcome) (1u << (outcome))

/* What the last login that ended so said, of any member whose does not have
 * @p text in it; NULL where all have. */
const char *crowd_says_not(const struct crowd *crowd,
                           enum crowd_outcome outcome, const char *text);

/* Have all end, and print what became of the logins. */
void crowd_stop(struct crowd *crowd, const char *during);

#endif
