/*
 * What the agent makes sure of before it signs: it takes the messages apart
 * itself, and believes nothing of what the program that asks says they are.
 */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include "daemon/agent/entries.h"

#define AGENT_SALT_MAX 1024 /* bytes, which no server needs */

/* The messages of a login that the proof is over. */
struct agent_messages {
    struct slice client_first;
    struct slice server_first;
    struct slice without_proof; /* of client-final */
};

/* How many iterations the account's configuration allows. */
struct agent_limits {
    uint32_t min, max;
};

/* What the server asks for. */
struct agent_asked {
    uint32_t iterations;
    size_t salt_len;
    uint8_t salt[AGENT_SALT_MAX];
};

/*
 * Check that the messages belong together, and that what the server asks for is
 * what the entry and the account allow. That client-first is the agent's own
 * the seal has said.
 *
 * @param asked  set on SCRAM_OK alone
 * @param why    a sentence on failure
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_TOO_FEW_ITERATIONS, SCRAM_TOO_MANY_ITERATIONS;
 *         SCRAM_BAD_BINDINGS for an entry that signs with a channel's alone
 */
enum scram_status agent_check(const struct agent_entry *entry,
                              const struct agent_messages *messages,
                              const struct agent_limits *limits,
                              struct agent_asked *asked, struct sentence *why);

/* What the server asks for, in messages that were checked before. */
enum scram_status agent_check_asked(struct slice server_first,
                                    struct agent_asked *asked);

#endif
