/*
 * The throttle: how many wrong passwords of a user are looked at, from however
 * many clients at once.
 *
 * Each pair of a service's account and a user has a bucket of guess_burst
 * tokens, of which one comes back each guess_refill. A token is taken before a
 * proof is looked at. It is handed back for everything but a wrong proof, so a
 * right password costs nothing, and brings nothing back: what an attacker has
 * used up stays used up, however often the user logs in. Users who are not
 * there have buckets like any other.
 *
 * As the account is a part of it, guessing at a web site does not keep the user
 * from mail.
 *
 * Nothing here waits, and one thread does all of it. The time is the caller's,
 * in ms of a clock that never goes back.
 */
#ifndef DAEMON_THROTTLE_H
#define DAEMON_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

struct throttle_limits {
    uint32_t guess_burst; /* tokens of a full bucket; 0: nothing is throttled */
    uint32_t guess_refill; /* ms that one takes to come back */
};

struct throttle;

/* A token that was taken, in memory of the caller's: it stays where it is until
 * the token is spent or given back. */
struct throttle_token {
    uint64_t id;
    struct throttle_token *next;
};

enum throttle_verdict {
    THROTTLE_TAKEN,     /* look at the proof */
    THROTTLE_UNDER_WAY, /* ask again when one of this user's proofs that are
                           looked at now has its result */
    THROTTLE_EMPTY,     /* refuse: too many were wrong */
    THROTTLE_BROKEN     /* refuse: libcrypto failed */
};

/* What is left of a bucket; nothing is, and nothing is waited for, where
 * guess_burst is 0. */
struct throttle_state {
    uint32_t left;      /* tokens that can be taken now */
    uint32_t under_way; /* tokens that are taken, and neither spent nor given
                           back */
    uint32_t wait;      /* seconds until one can be taken; 0: now */
    uint32_t full;      /* seconds until nothing is missing */
};

/*
 * Open the throttle with the table that a folder has, in the file "throttle".
 *
 * @param folder    this account's own
 * @param throttle  set on SCRAM_OK alone; release it with throttle_close
 * @param why       on failure a sentence; on SCRAM_OK empty, or why the table
 *                  that was there is not used, which belongs into the log
 * @return SCRAM_OK, SCRAM_NO_RESOURCES, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status throttle_open(const char *folder,
                                const struct throttle_limits *limits,
                                uint64_t now, struct throttle **throttle,
                                struct sentence *why);

/* Have other limits from now on. What is missing of a bucket stays missing for
 * as long as it did, or for as long as an empty one takes to fill up. */
void throttle_limit(struct throttle *throttle,
                    const struct throttle_limits *limits);

/*
 * Take a token, before a proof is looked at.
 *
 * @param account  the service's, as the kernel says
 * @param user     SASLprep'd
 * @param token    on THROTTLE_TAKEN to be given to one of the next two
 * functions
 * @param wait     on THROTTLE_EMPTY the seconds until there is a token, at
 * least 1; otherwise 0
 */
enum throttle_verdict throttle_take(struct throttle *throttle, uint64_t now,
                                    uid_t account, struct slice user,
                                    struct throttle_token *token,
                                    uint32_t *wait);

/* The proof was wrong: the token is gone. */
void throttle_spend(struct throttle *throttle, uint64_t now,
                    struct throttle_token *token);

/* It was right, or an earlier password's, or was not looked at: malformed,
 * bindings that differ, a store that cannot be used. */
void throttle_give_back(struct throttle *throttle,
                        struct throttle_token *token);

/* What a user has left at an account's service. False when libcrypto failed. */
bool throttle_look(struct throttle *throttle, uint64_t now, uid_t account,
                   struct slice user, struct throttle_state *state);

/* Fill a user's bucket up. False when libcrypto failed. */
bool throttle_clear(struct throttle *throttle, uid_t account,
                    struct slice user);

/* Close it; the table's file stays, for the next. NULL is none. All tokens are
 * spent or given back. */
void throttle_close(struct throttle *throttle);

#endif
