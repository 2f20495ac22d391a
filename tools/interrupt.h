/*
 * What would end a command in the middle of its work ends it after what was
 * begun: SIGINT, SIGTERM and SIGHUP, unless they were ignored before. A second
 * one ends it at once.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

/* From now on. A call that waits, as for input, fails with EINTR. */
void interrupt_expect(void);

/* Whether one came; for any thread. */
bool interrupt_came(void);

/* End as the signal would have ended it, if one came. */
void interrupt_obey(void);

#endif
