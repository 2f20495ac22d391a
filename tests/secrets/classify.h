/*
 * Secrets that valgrind's memcheck follows: memory that nobody has written, to
 * it, so that it reports where one decides about a jump or an address.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

void make_secret(const void *bytes, size_t len);

/* What is computed from a secret and may be known all the same; each caller
 * says why. */
void declassify(const void *bytes, size_t len);

/* Ends the program with a line where it is not so. */
void must(bool good, const char *what);

struct classified_case {
    const char *name;
    void (*run)(void);
};

/* Run the case that the program's argument names, under valgrind. */
int classified_main(const struct classified_case *cases, size_t count, int argc,
                    char **argv);

#endif
