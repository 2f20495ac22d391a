/*
 * The daemon's lines in the system's log (syslog(3)'s /dev/log), or on standard
 * error in the foreground. It is for the serving thread and never waits. Lines
 * that the log's daemon has no room for are kept until it has, as a kernel may
 * hold no more than ten for it; those that there is no room for here, and those
 * that come while there is no such daemon, are lost, and how many were is in
 * the next one. base/log.h waits a tenth of a second, which is for servers'
 * processes.
 */
#ifndef DAEMON_SYSTEM_LOG_H
#define DAEMON_SYSTEM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

#define SYSTEM_LOG_LINE 4096 /* bytes of a line, with what stands before it */
#define SYSTEM_LOG_KEPT (256 * SYSTEM_LOG_LINE) /* bytes of lines that wait */
#define SYSTEM_LOG_AGAIN 5 /* ms until they are tried again */

struct system_log {
    bool foreground;       /* to standard error */
    int fd;                /* negative: nobody is connected */
    unsigned lost;         /* lines, since one was written */
    uint64_t *lost_in_all; /* is counted up */
    size_t first, end;     /* of those that wait, each behind its length */
    char kept[SYSTEM_LOG_KEPT];
};

/* Write a line. @p text is without secrets, and another side's words in it are
 * quoted. */
void system_log_line(struct system_log *log, enum log_level level,
                     const char *text);

/* Write what waits, as far as there is room for it now; returns the ms until it
 * is to be tried again, or -1 where nothing waits. */
int system_log_tick(struct system_log *log);

void system_log_close(struct system_log *log);

#endif
