/*
 * What the agent makes sure of before it signs: it takes the messages apart
 * itself, and believes nothing of what the program that asks says they are.
 */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include "daemon/agent/entries.h"
#include "scram/initiator.h"

/* The messages of a login that the proof is over. */
struct agent_messages {
    struct slice client_first;
    struct slice server_first;
    struct slice without_proof; /* of client-final */
};

/* What the server asks for. */
struct agent_asked {
    uint32_t iterations;
    size_t salt_len;
    uint8_t salt[SCRAM_SERVER_SALT_MAX];
};

/*
 * Check that the messages belong together, and that what the server asks for is
 * what the entry and the account allow. That client-first is the agent's own
 * the seal has said.
 *
 * @param limits  the account's; the entry's least count is beside that
 * @param asked   of use on SCRAM_OK alone
 * @param why     a sentence on failure
 * @return SCRAM_OK, SCRAM_BAD_ENCODING, SCRAM_UNSUPPORTED_EXTENSION,
 *         SCRAM_BAD_NONCE, SCRAM_TOO_FEW_ITERATIONS, SCRAM_TOO_MANY_ITERATIONS;
 *         SCRAM_BAD_BINDINGS for an entry that signs with a channel's alone
 */
enum scram_status agent_check(const struct agent_entry *entry,
                              const struct agent_messages *messages,
                              struct scram_limits limits,
                              struct agent_asked *asked, struct sentence *why);

/* What the server asks for, in messages that were checked before. */
enum scram_status agent_check_asked(struct slice server_first,
                                    struct agent_asked *asked);

/* The room for both first messages and their commas. */
#define AGENT_FIRSTS_MAX (2 * WIRE_FIRST_MAX + 2)

/*
 * What the proof is over.
 *
 * @param firsts  AGENT_FIRSTS_MAX free bytes, which the result points into
 */
struct scram_unproved agent_unproved(enum scram_mechanism mechanism,
                                     const struct agent_messages *messages,
                                     struct buffer *firsts);

#endif
