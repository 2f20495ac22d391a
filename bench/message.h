/*
 * Protecting messages.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "mech.h"

/*
 * Measure them, and report them as they are measured.
 *
 * @param ends  each mechanism's context; without a client: it is left out
 */
void message_measure(const struct ends ends[MECHS]);

#endif
