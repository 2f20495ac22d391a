/*
 * The serving thread's loop: descriptors that are watched with epoll, and tasks
 * that other threads hand over. Nothing that it calls may wait.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* A descriptor that is watched; begins its owner's own struct. */
struct loop_source {
    int fd;
    void (*ready)(struct loop_source *source); /* there is something to read, or
                                                  the other side has ended */
};

/* What another thread has the serving thread do; begins its owner's own struct,
 * which is the task's to release. */
struct loop_task {
    void (*run)(struct loop_task *task);
    struct loop_task *next; /* the loop's */
};

/* Called again and again; returns the ms until it wants to be called next, or
 * -1 for: not before something else happens. */
typedef int loop_tick(void *data);

/* Make a loop; NULL with errno set on failure. Release it with loop_free. */
struct loop *loop_new(void);

/* The tasks that nobody has run yet are run. */
void loop_free(struct loop *loop);

/* Watch a descriptor, until loop_remove; false with errno set on failure. The
 * source stays where it is meanwhile. */
bool loop_add(struct loop *loop, struct loop_source *source);

/* Watch no more. The source may be released at once, also while the loop calls
 * those that are ready; the descriptor is the caller's to close. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Hand a task over, from any thread; those of one thread are run in order. */
void loop_post(struct loop *loop, struct loop_task *task);

/* Run those that were handed over by now; by the serving thread. */
void loop_run_tasks(struct loop *loop);

/* Serve until loop_stop is called, by the serving thread. */
void loop_run(struct loop *loop, loop_tick *tick, void *data);
void loop_stop(struct loop *loop);

#endif
