/*
 * A user's password, as a person or a program gives it.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "line.h"
#include "options.h"

/*
 * Read it from standard input, or ask for it on the terminal. What is
 * wrong with it is said on standard error.
 *
 * @param user      as it is shown in the prompt
 * @param twice     a new one, which is asked for again
 * @param password  set on EXIT_DONE alone; wipe it in any case
 * @return EXIT_DONE; EXIT_REFUSED, or EXIT_USAGE where there is no terminal
 */
int password_get(const struct options *options, const char *user, bool twice,
                 struct line *password);

#endif
