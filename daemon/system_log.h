/*
 * The daemon's lines in the system's log (syslog(3)'s /dev/log), or on standard
 * error in the foreground. It is for the serving thread and never waits: a line
 * that nobody takes is lost, and how many were is in the next one. base/log.h
 * waits a tenth of a second, which is for servers' processes.
 */
#ifndef DAEMON_SYSTEM_LOG_H
#define DAEMON_SYSTEM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

#define SYSTEM_LOG_LINE 4096 /* bytes of a line, with what stands before it */

struct system_log {
    bool foreground;       /* to standard error */
    int fd;                /* negative: nobody is connected */
    unsigned lost;         /* lines, since one was written */
    uint64_t *lost_in_all; /* is counted up */
};

/* Write a line. @p text is without secrets, and another side's words in it are
 * quoted. */
void system_log_line(struct system_log *log, enum log_level level,
                     const char *text);

void system_log_close(struct system_log *log);

#endif
