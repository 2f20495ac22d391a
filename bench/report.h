/*
 * What was measured, as a table for people.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

#include "mech.h"

/* One line. Times are nanoseconds for one act; 0: not measured. */
struct row {
    const char *act;
    size_t len; /* bytes of the message */
    double mechs[MECHS];
    double libcrypto;
};

void report_head(void);
void report_row(const struct row *row);

#endif
