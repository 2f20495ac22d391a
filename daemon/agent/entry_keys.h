/*
 * The keys that were derived from an entry's password, one for each salt that
 * servers have asked for, and how often more are derived: a program cannot have
 * the agent compute without end by salts that it makes up.
 */
#ifndef AGENT_ENTRY_KEYS_H
#define AGENT_ENTRY_KEYS_H

#include "scram/keys.h"

#define ENTRY_KEYS_MAX 16        /* salts that an entry has keys for, */
#define ENTRY_KEYS_AT_ONCE 16    /* that it derives without delay, */
#define ENTRY_KEYS_EACH_MS 60000 /* and ms until one of those is back */

/* A salt and a count, by their hash: it has room for any salt. */
struct entry_salt {
    struct secret_key hash;
};

struct entry_keys {
    struct {
        struct entry_salt salt;
        struct scram_keys keys;
        uint64_t used; /* when it was last of use, by the clock; 0: free */
    } list[ENTRY_KEYS_MAX];
    uint64_t clock;
    uint64_t budget_end; /* ms of CLOCK_BOOTTIME, when all of them are back */
};

/*
 * Name a salt and a count.
 *
 * @param salt  set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status entry_salt_of(struct slice bytes, uint32_t iterations,
                                struct entry_salt *salt);

/* The keys for a salt; NULL: they are to be derived. Valid until the next call
 * that changes something. */
const struct scram_keys *entry_keys_find(struct entry_keys *keys,
                                         const struct entry_salt *salt);

/*
 * Ask whether keys for one more salt may be derived now, and count it if so. An
 * agent lives for months, and derives the same few keys each time that its user
 * gives the password anew: what was spent long ago does not count.
 *
 * @param now  ms of CLOCK_BOOTTIME
 * @return 0, or the ms until they may
 */
uint64_t entry_keys_take_turn(struct entry_keys *keys, uint64_t now);

/* Keep what was derived, in the place of what was of no use for longest. */
void entry_keys_put(struct entry_keys *keys, const struct entry_salt *salt,
                    const struct scram_keys *derived);

/* Wipe all keys; how many were derived is not forgotten. */
void entry_keys_forget(struct entry_keys *keys);

#endif
