/*
 * Well-formed UTF-8 (RFC 3629, section 4).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/slice.h"

/* How many bytes the character takes that a slice, which is not empty, begins
 * with; 0 where there is none, and for NUL. */
size_t utf8_char_len(struct slice s);

#endif
