/* Another side's words in a line of a log. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include "base/slice.h"

#define QUOTE_MAX(len) (4 * (len) + 2) /* bytes that so many become at most */

/*
 * Append bytes in quotation marks, with everything escaped that could be taken
 * for something else in a log or on a terminal: \x and two digits.
 */
void quote_put(struct slice bytes, struct buffer *out);

#endif
