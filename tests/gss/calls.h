/*
 * The system calls that a piece of work makes, whoever in the process makes
 * them: libc for itself too, when it asks who somebody is. The piece runs in a
 * child that is traced (ptrace(2)).
 */
#ifndef CALLS_H
#define CALLS_H

#include "world.h"

struct calls {
    unsigned all, random;  /* all of them, and getrandom(2) among them */
    unsigned maps;         /* mmap(2) of a file */
    unsigned opens, looks; /* open(2) or stat(2), by path, and their likes */
    char opened[4096];     /* the paths of the first, each with a blank */
};

/*
 * Run @p prepare and then @p work in a child, and count the calls of @p work.
 *
 * @param calls  set where this returns true
 * @return false where processes cannot be traced; otherwise both pieces have to
 *         return NULL, or the test fails with what they return
 */
bool calls_count(const char *(*prepare)(void), const char *(*work)(void),
                 struct calls *calls);

#endif
