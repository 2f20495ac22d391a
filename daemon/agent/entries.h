/*
 * The passwords that the agent keeps: one for each pattern of targets and user,
 * until its time is over. They are in memory of their own (vault.h), and the
 * serving thread's alone.
 *
 * An entry whose time is over is wiped, and what is left of it, its pattern and
 * its user, tells a program that asks for it why it is not there, until its
 * place is wanted.
 */
#ifndef AGENT_ENTRIES_H
#define AGENT_ENTRIES_H

#include "base/credentials.h"
#include "daemon/agent/entry_keys.h"
#include "scram/saslprep.h"
#include "wire/agent.h"

#define ENTRIES_MAX 64
#define ENTRIES_NO_END UINT64_MAX

struct agent_entry {
    uint64_t number; /* of this password; none has it again */
    enum scram_mechanism mechanism;
    size_t target_len, user_len, password_len;
    uint64_t end; /* ms of CLOCK_BOOTTIME, or ENTRIES_NO_END */
    uint32_t min_iterations;
    uint32_t used; /* logins that were signed */
    bool bound;    /* it signs with channel bindings alone */
    bool refused;  /* by a server, the last time */
    bool expired;  /* it has no password any more */
    uint8_t target[CREDENTIALS_TARGET_MAX];
    uint8_t user[SCRAM_USER_MAX]; /* SASLprep'd */
    uint8_t password[SCRAM_PASSWORD_MAX];
    struct entry_keys keys;
};

struct agent_entries {
    struct agent_entry list[ENTRIES_MAX]; /* what was kept last is first */
    size_t count;
    uint64_t last; /* number that was given */
};

static inline struct slice
agent_entry_target(const struct agent_entry *entry)
{
    return (struct slice){entry->target, entry->target_len};
}

static inline struct slice
agent_entry_user(const struct agent_entry *entry)
{
    return (struct slice){entry->user, entry->user_len};
}

static inline struct slice
agent_entry_password(const struct agent_entry *entry)
{
    return (struct slice){entry->password, entry->password_len};
}

/* The seconds that an entry has left, rounded up; or WIRE_FOREVER. */
uint32_t agent_entry_left(const struct agent_entry *entry, uint64_t now);

/*
 * Keep a password, before all others and in the place of the one that there is
 * for this pattern and user. How many keys were derived for the pattern and the
 * user is not forgotten.
 *
 * @param now  ms of CLOCK_BOOTTIME
 * @param why  a sentence on failure
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT, SCRAM_BAD_USERNAME, SCRAM_BAD_PASSWORD;
 *         SCRAM_NO_RESOURCES for one too many; SCRAM_NO_MEMORY
 */
enum scram_status entries_keep(struct agent_entries *entries,
                               const struct wire_keep *keep, uint64_t now,
                               struct sentence *why);

/*
 * The entry for a target, by the rules of base/credentials.h. An empty target
 * is any, for which the first entry is taken, and an empty user likewise.
 *
 * @param user   SASLprep'd
 * @param entry  set on SCRAM_OK alone
 * @return SCRAM_OK; SCRAM_NO_USER; SCRAM_EXPIRED where there was one
 */
enum scram_status entries_choose(struct agent_entries *entries,
                                 enum scram_mechanism mechanism,
                                 struct slice target, struct slice user,
                                 struct agent_entry **entry);

/* The entry with a number; NULL where it is not there any more, or has expired.
 */
struct agent_entry *entries_find(struct agent_entries *entries,
                                 uint64_t number);

/* The entry with a place among those that have a password; NULL past the last.
 */
struct agent_entry *entries_at(struct agent_entries *entries, uint32_t place);

/* Wipe what fits, where empty is any; how many passwords that were. */
uint32_t entries_forget(struct agent_entries *entries, struct slice target,
                        struct slice user);

/*
 * Wipe those whose time is over.
 *
 * @return when the next one's is; ENTRIES_NO_END: none's
 */
uint64_t entries_expire(struct agent_entries *entries, uint64_t now);

#endif
