/*
 * The agent's seals. It keeps nothing of a login that has begun: what it would
 * have to remember goes out with an answer and comes back with the next
 * request, and the seal says that it was so.
 *
 *     seal = serial (8) expiry (8) entry (8) mac
 *     mac  = HMAC-SHA-256(key, label serial expiry entry mechanism (1)
 *                         *(length (4) part))
 *
 * The key is of this process, the expiry in ms of CLOCK_BOOTTIME and the entry
 * the number of a password, which no later one has again (entries.h). A seal of
 * a choice has as its parts the target and the whole client-first-message that
 * its nonce and its user make; that of a signature the three messages that were
 * signed. So a login is for one target, with one nonce, and is opened by the
 * server's answer to what was signed, and to nothing else.
 *
 * Each is good once. The serials of those that were used are remembered until
 * they expire, and where there are too many of them the one that was given
 * first is forgotten, from which on all that are older are invalid, used or
 * not.
 */
#ifndef AGENT_SEALS_H
#define AGENT_SEALS_H

#include "base/sentence.h"
#include "scram/keys.h"

#define AGENT_SEAL_LEN 56
#define AGENT_SEAL_MS 300000 /* for which one is good */
#define AGENT_SEAL_PARTS 3   /* at most */
#define AGENT_SEALS_USED 1024

struct agent_seals {
    struct scram_mac mac;
    uint64_t last;  /* serial that was given */
    uint64_t floor; /* serials below it are invalid */
    struct {
        uint64_t serial, expiry;
    } used[AGENT_SEALS_USED]; /* in the order of their serials */
    size_t used_count;
};

enum agent_seal_kind {
    AGENT_SEAL_CHOICE,   /* parts: target, client-first */
    AGENT_SEAL_SIGNATURE /* parts: client-first, server-first, without-proof */
};

/* What a seal is of. */
struct agent_seal_scope {
    enum agent_seal_kind kind;
    enum scram_mechanism mechanism;
    struct slice parts[AGENT_SEAL_PARTS]; /* those that it has no use for are
                                             empty */
};

/*
 * Make a key.
 *
 * @param seals  all zero; release it with agent_seals_end
 * @param why    a sentence on failure
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status agent_seals_begin(struct agent_seals *seals,
                                    struct sentence *why);

void agent_seals_end(struct agent_seals *seals);

/*
 * Append a seal.
 *
 * @param entry  the number of the password
 * @param now    ms of CLOCK_BOOTTIME
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status agent_seal_make(struct agent_seals *seals,
                                  const struct agent_seal_scope *scope,
                                  uint64_t entry, uint64_t now,
                                  struct buffer *seal);

/*
 * Check one, in a time that does not depend on how much of it is right, and
 * remember that it is used.
 *
 * @param entry  the number of the password; set on SCRAM_OK alone
 * @param why    a sentence on failure
 * @return SCRAM_OK; SCRAM_AGENT_ANEW for one that is not of this process, not
 * of this scope, used or too old; SCRAM_CRYPTO_FAILED
 */
enum scram_status agent_seal_use(struct agent_seals *seals,
                                 const struct agent_seal_scope *scope,
                                 struct slice seal, uint64_t now,
                                 uint64_t *entry, struct sentence *why);

#endif
