/*
 * The connections that a process keeps: at most ASK_POOL_MAX, for any number of
 * threads, each taken with one compare-and-swap. No lock is held while anything
 * is sent or waited for.
 *
 * A child has its parent's connections closed when it is forked, as two
 * processes would get each other's answers; and so has what was in use in its
 * parent at that moment.
 */
#ifndef ASK_POOL_H
#define ASK_POOL_H

#include "ask/connection.h"

#define ASK_POOL_MAX 16

/*
 * Take a place: one with a connection to that socket and of that account, or
 * one without, in this order.
 *
 * @return a place, whose connection is ours or has no descriptor; NULL where
 *         all are taken, or forks cannot be watched
 */
struct ask_connection *ask_pool_take(const char *path, uid_t uid);

/* Give a place back, with its connection, which the next may use, or none. */
void ask_pool_leave(struct ask_connection *connection);

/* Remember that a daemon has welcomed an account just now; and whether one has,
 * in this process and within the last second. */
void ask_pool_welcomed(const char *path, uid_t uid);
bool ask_pool_is_welcome(const char *path, uid_t uid);

#endif
