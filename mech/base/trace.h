/*
 * The trace: lines for people who want to see what the module does, appended to
 * the file that GSS_SCRAM_TRACE names. The variable is looked at once, and not
 * at all in a set-uid program.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdbool.h>

/* Whether anybody wants to see. */
bool trace_is_on(void);

/*
 * Append one line, with the process id and the time before it and a newline
 * behind it. What cannot be written is lost: tracing fails nothing.
 *
 * @param line  without a newline, and without anything that a peer chose that
 *              is not escaped
 */
void trace_line(const char *line);

#endif
