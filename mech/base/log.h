/*
 * The system's log: a line at a time to the socket of whichever daemon keeps
 * it (syslog(3)'s /dev/log, RFC 3164).
 *
 * It is not libc's syslog(3), which keeps a socket of its own: a program that
 * has closed all that it does not know (closefrom(3)) and opened a connection
 * gets the line into that; and it waits for as long as the log's daemon does
 * not read.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO };

/*
 * Write a line, for the facility authpriv. It waits a tenth of a second at most
 * for a daemon that does not read. A line that cannot be written is lost; how
 * many were is in the next that can.
 *
 * @param text  one line, without secrets, NUL-terminated
 */
void log_line(enum log_level level, const char *text);

#endif
