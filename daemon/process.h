/*
 * What a daemon does about itself as a process: the descriptors that it begins
 * with, the signals that it is told by, and that nobody looks into it.
 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/loop.h"

/* Open the three descriptors that every program has, where they are not: then
 * nothing else gets their numbers. */
void process_open_standard(void);

/*
 * Keep others out of this process' memory, by a debugger or a core file, and
 * rights from coming back to it, in whatever it executes.
 *
 * @return false with errno set on failure
 */
bool process_close_memory(void);

/* Have as many descriptors as there may be; how many connections that makes. */
unsigned process_connections(void);

/*
 * Have signals read like anything else; the loop watches them. Threads that are
 * started later do not get them, and SIGPIPE is nobody's.
 *
 * @param source   whose descriptor, a signalfd(2), is to be closed at the end
 * @param signals  up to a 0
 * @return false with errno set on failure
 */
bool process_watch_signals(struct loop *loop, struct loop_source *source,
                           void (*ready)(struct loop_source *source),
                           const int *signals);

#endif
