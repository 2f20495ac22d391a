/*
 * Threads for what takes long, as directories and PBKDF2 do, so that the
 * serving thread never does. Jobs are taken first in, first out, and there may
 * be as many as a bound says, those that threads work at included. Each has a
 * deadline, by which the serving thread is told what became of it, wherever the
 * job is then: a thread that a library holds for longer has its result thrown
 * away.
 */
#ifndef DAEMON_WORKERS_H
#define DAEMON_WORKERS_H

#include "daemon/loop.h"

#define WORKERS_THREADS 8 /* at most */
#define WORKERS_JOBS 1024 /* at once, of all accounts */

struct workers;
struct workers_job;

/* What is done with a job; all but work is called by the serving thread. */
struct workers_ops {
    void (*work)(struct workers_job *job); /* by one of the threads */
    void (*done)(struct workers_job *job); /* it was worked at, and in time */
    /* Its deadline has passed, or the workers stop. A thread may be working at
     * it: only what work never changes may be looked at. */
    void (*late)(struct workers_job *job, bool stopped);
    void (*release)(struct workers_job *job); /* last, after either */
};

/* Begins its owner's own struct. */
struct workers_job {
    struct loop_task task; /* first; the rest is the workers' */
    struct workers *workers;
    const struct workers_ops *ops;
    uint64_t deadline;                 /* of workers_now */
    struct workers_job *older, *newer; /* of all that are not done */
    struct workers_job *next;          /* in the queue */
    enum { WORKERS_HELD, WORKERS_QUEUED, WORKERS_TAKEN } state;
    bool given_up;
};

/* Milliseconds of a clock that never goes back. */
uint64_t workers_now(void);

/* Start so many threads; NULL with errno set on failure. End them with
 * workers_stop. */
struct workers *workers_start(struct loop *loop, unsigned threads);

/*
 * Take a job on, which waits until workers_queue is called for it.
 *
 * @param ops   stay where they are
 * @param wait  milliseconds until its deadline
 * @return false where there are too many; the job is the caller's then
 */
bool workers_add(struct workers *workers, struct workers_job *job,
                 const struct workers_ops *ops, uint32_t wait);

/* Have the next free thread work at a job. */
void workers_queue(struct workers_job *job);

/*
 * Tell of those whose deadline has passed, by the serving thread.
 *
 * @return ms until it wants to be called again; -1: not before another job
 */
int workers_tick(struct workers *workers);

/* End the threads; false where a library holds one, and then nothing that they
 * have may be released. All jobs are late. */
bool workers_stop(struct workers *workers);

#endif
