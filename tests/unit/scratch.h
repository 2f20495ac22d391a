/*
 * A folder for a test program's files, under TMPDIR. It goes away with all
 * that is in it, also when a test fails.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <check.h>

/* Have a folder for as long as a case's tests run. */
void scratch_add_fixture(TCase *tests);

/* The path of a file in it, valid until the next is asked for. */
const char *scratch_path(const char *name);

/* The same for a file that holds the text. */
const char *scratch_file(const char *name, const char *text);

/* Become an account that may do nothing in particular, if this is root. */
void scratch_become_nobody(void);

/* And root again. */
void scratch_become_self(void);

#endif
