/*
 * A directory in memory, in the place of the client of one
 * (directory/client.h), whose functions are wrapped in a program that is linked
 * with this.
 */
#ifndef FAKE_DIRECTORY_H
#define FAKE_DIRECTORY_H

#include <stdbool.h>

#include "directory/client.h"

#define FAKE_VALUES 4

struct fake_entry {
    const char *uid;               /* also the end of its dn */
    char values[FAKE_VALUES][400]; /* of authPassword; "" is none */
    bool has_class;                /* that allows authPassword */
    const char *expires[2];        /* of shadowExpire; NULL is none */
    const char *groups[3];         /* of memberOf; likewise */
};

/* Zeroed: nobody is there. */
extern struct fake {
    enum scram_status fails; /* what searches fail with; SCRAM_OK: they work */
    bool meddled; /* somebody changes the entry before the next change */
    struct fake_entry entries[4];
    char filter[300];                    /* of the last search */
    unsigned clients, searches, changes; /* so far */
} fake;

/* The text form of a verifier with that count, the same for all. */
const char *fake_verifier(const char *scheme, unsigned iterations);

/* Write a configuration with these lines, for what is opened from now on. */
void fake_configure(const char *lines);

#endif
