/*
 * The seal of a login that is half done. gss-scramd keeps nothing of it: what
 * it would have to remember goes out with server-first-message and comes back
 * with the client's answer, and the seal says that it was so:
 *
 *     seal = epoch (8) expiry (8) mac
 *     mac  = HMAC-SHA-256(key, "gss-scram seal 1" epoch expiry uid (4)
 *                mechanism (1) location client-first server-first)
 *
 * Numbers have their most significant byte first, and the last three their
 * length (4) before them. The epoch is when the key was made and the expiry
 * when the client's time is over, in ms of CLOCK_BOOTTIME. Only the account
 * that an exchange was begun for, with the store that it was begun in, can have
 * it finished: who has taken over one server gains nothing by another one's
 * recorded exchanges.
 *
 * A key is used for an hour, and is good for another: for longer than a client
 * may take.
 */
#ifndef DAEMON_SEAL_H
#define DAEMON_SEAL_H

#include "base/secret.h"
#include "scram/keys.h"

#define SEAL_LEN 48
#define SEAL_KEY_MS 3600000 /* for which a key is used */
#define SEAL_KEYS 2         /* that are valid */

struct seal_key {
    uint64_t epoch;
    struct secret_key key;
};

/* The keys that are valid, the newest first. */
struct seal_keys {
    struct seal_key keys[SEAL_KEYS];
    size_t count;
};

void seal_keys_wipe(struct seal_keys *keys);

/*
 * Read keys as they are written down, the newest first: each behind its epoch.
 *
 * @param now   ms of CLOCK_BOOTTIME; keys that are too old to be valid are left
 *              out
 * @param keys  set on true alone
 * @return false for anything else than one or two keys, and for one that is of
 *         a time to come
 */
bool seal_keys_parse(struct slice bytes, uint64_t now, struct seal_keys *keys);

/* What seals with them, for one thread. */
struct sealer {
    struct seal_keys keys;
    struct scram_mac macs[SEAL_KEYS];
};

/*
 * Seal with these keys from now on.
 *
 * @param sealer  all zero the first time; as it was on failure; release it with
 *                sealer_end
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status sealer_set(struct sealer *sealer,
                             const struct seal_keys *keys);

void sealer_end(struct sealer *sealer);

/* What a seal is for. */
struct seal_scope {
    uid_t uid;
    enum scram_mechanism mechanism;
    struct slice location;
    struct slice client_first;
    struct slice server_first;
};

/*
 * Append a seal.
 *
 * @param expiry  ms of CLOCK_BOOTTIME
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status seal_make(struct sealer *sealer,
                            const struct seal_scope *scope, uint64_t expiry,
                            struct buffer *seal);

/*
 * Check one, in a time that does not depend on how much of it is right.
 *
 * @param now  ms of CLOCK_BOOTTIME
 * @return SCRAM_OK, SCRAM_BROKER_ANEW for one that is none of these keys' for
 *         this scope, SCRAM_TOO_LATE, SCRAM_CRYPTO_FAILED
 */
enum scram_status seal_check(struct sealer *sealer,
                             const struct seal_scope *scope, struct slice seal,
                             uint64_t now);

#endif
