/*
 * Root's questions about the throttle, as lines of text: who is held up, what a
 * user has left at each account's servers; and filling that up.
 */
#ifndef DAEMON_ADMIN_THROTTLE_H
#define DAEMON_ADMIN_THROTTLE_H

#include <stdio.h>

#include "daemon/exchange.h"

/* Write down who was refused lately and is held up now. False when libcrypto
 * failed; likewise below. */
bool admin_throttle_list(const struct exchange *exchange, FILE *stream);

/* Write down what is missing of a user's guesses, at which account's servers.
 *
 * @param user  SASLprep'd */
bool admin_throttle_show(const struct exchange *exchange, struct slice user,
                         FILE *stream);

/* Give a user all guesses back, at all accounts' servers, and write down at
 * which some were missing. */
bool admin_throttle_clear(struct exchange *exchange, struct slice user,
                          FILE *stream);

#endif
