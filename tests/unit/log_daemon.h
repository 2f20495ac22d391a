/*
 * A daemon of a test's own that keeps the system's log: what this process
 * sends to /dev/log comes here.
 */
#ifndef LOG_DAEMON_H
#define LOG_DAEMON_H

#include <stdbool.h>

/* Let /dev/log be a socket at this path, whoever listens there. */
void log_daemon_lead(const char *path);

/* Let whoever connects there find it gone before a line is sent, or not any
 * more. */
void log_daemon_hang_up(bool on_all);

/*
 * Begin to take lines, or begin anew; without it, nobody keeps the log.
 *
 * @param path  of its socket; what is there goes
 */
void log_daemon_start(const char *path);

/* Take none any more, and forget those that came. */
void log_daemon_stop(void);

/* The lines that have come, each with a LF behind it and without its priority;
 * valid until the next call of any of these. */
const char *log_daemon_text(void);

/* How many they are, and the priority of the last one. */
unsigned log_daemon_lines(void);
int log_daemon_priority(void);

/* Forget those that came. */
void log_daemon_forget(void);

#endif
