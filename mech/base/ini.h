/*
 * The lines of krb5.conf's format, in which the configuration and the
 * credentials file are written.
 */
#ifndef BASE_INI_H
#define BASE_INI_H

#include "base/slice.h"

#define INI_LINE_MAX 2046 /* bytes of a line, without its end */

/* The C locale's white space. */
bool ini_is_blank(uint8_t c);

/* Without the white space at either end. */
struct slice ini_trim(struct slice s);

/*
 * Take the next line off a text.
 *
 * @param line  without its end; set on true alone
 * @return false at the end of the text
 */
bool ini_next_line(struct slice *rest, struct slice *line);

/*
 * Take a value out of its quotes.
 *
 * @param value  begins with one; set on true alone, to what is at @p to
 * @param to     room for as many bytes, which may be the value's own
 * @return false where the quotes do not end at its end
 */
bool ini_unquote(struct slice *value, uint8_t *to);

#endif
