/*
 * Deriving keys from kept passwords, which takes long: one after the other, in
 * a thread of its own, while the serving thread serves. Who waits for keys is
 * told that they are worked at, and is forgotten once it waits no more.
 *
 * How much is derived is bounded: for each entry (entry_keys.h), and for all of
 * them, as a program may also keep passwords that it makes up.
 */
#ifndef AGENT_DERIVE_H
#define AGENT_DERIVE_H

#include "daemon/agent/check.h"
#include "daemon/loop.h"

#define DERIVE_JOBS 64        /* that wait at once */
#define DERIVE_AT_ONCE 256    /* derivations of all entries without delay, */
#define DERIVE_EACH_MS 10000  /* and ms for each one after those */
#define DERIVE_WORKING_MS 200 /* between two words that they are worked at */

_Static_assert(DERIVE_WORKING_MS <= WIRE_WORKING_EVERY,
               "who waits is told in time");

struct derive;

/* A program that waits for keys; begins its owner's own struct. */
struct derive_job {
    uint64_t entry; /* whose keys */
    struct agent_asked asked;
    struct entry_salt salt;  /* of those */
    struct derive_job *next; /* the queue's */
};

/* What is done about a job; called by the serving thread. */
struct derive_ops {
    /* Say that it is worked at; false where nobody waits any more. */
    bool (*working)(struct derive_job *job);
    /*
     * It has come to its end, and is the function's to release.
     *
     * @param entry  NULL where it has gone
     * @param keys   likewise unless the status is SCRAM_OK
     * @param wait   ms until it may be tried again, with SCRAM_NO_RESOURCES
     */
    void (*done)(void *data, struct derive_job *job, enum scram_status status,
                 struct agent_entry *entry, const struct scram_keys *keys,
                 uint64_t wait);
    /* Nobody waits for it any more; likewise. */
    void (*drop)(struct derive_job *job);
};

/*
 * Start the thread.
 *
 * @param locked  as vault_new's
 * @return NULL with errno set on failure; end it with derive_stop
 */
struct derive *derive_start(struct loop *loop, struct agent_entries *entries,
                            const struct derive_ops *ops, void *data,
                            bool *locked);

/* Have derive_tick derive keys for a job; false where there are too many. */
bool derive_add(struct derive *derive, struct derive_job *job);

/* How many keys were derived. */
uint64_t derive_count(const struct derive *derive);

/*
 * Begin with the next job, and tell those who wait.
 *
 * @return ms until it wants to be called again; -1: not before another job
 */
int derive_tick(struct derive *derive);

/* Drop all jobs and end the thread; false where it derives still, and then
 * nothing that it has may be released. What it has of a password is wiped. */
bool derive_stop(struct derive *derive);

#endif
