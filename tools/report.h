/*
 * What the command says on standard error, and what it exits with then.
 */
#ifndef REPORT_H
#define REPORT_H

#include "base/sentence.h"
#include "base/status.h"

/* Write "gss-scram: ", a sentence, printf's way, and the end of the line. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Say why something failed.
 *
 * @param why  what is said if it is not empty
 * @return what the command exits with
 */
int report_failure(enum scram_status status, const struct sentence *why);

#endif
