/*
 * User names on their way to people and to programs. A name that comes out of
 * a store may hold anything: nothing of it is to reach a terminal as a control
 * sequence, or to end a JSON string.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdio.h>

#include "base/slice.h"

#define TEXT_SHOWN_MAX 1024 /* bytes: SCRAM_USER_MAX, all of them escaped */

/* What a person is shown, NUL-terminated; cut where it would not fit. */
struct shown {
    char text[TEXT_SHOWN_MAX + 3]; /* in quotation marks */
};

/*
 * A name as it is, but for control characters, those that change the
 * direction of what follows, and bytes that are not UTF-8: \x1b. It is in
 * quotation marks where it would be taken for another one without: it has a
 * blank at either end, or begins with a quotation mark.
 */
struct shown text_show(struct slice name);

/* The same, always in quotation marks. */
struct shown text_quote(struct slice name);

/* How many columns of a terminal a string takes that text_show made. */
size_t text_width(const char *shown);

/* Write a JSON string, with its quotation marks. Bytes that are not UTF-8
 * become U+FFFD. */
void text_write_json(struct slice name, FILE *stream);

#endif
