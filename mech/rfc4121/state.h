/*
 * What has to be known of a context to go on with it in another process: the
 * key, and where the messages of both directions stand.
 */
#ifndef RFC4121_STATE_H
#define RFC4121_STATE_H

#include "rfc4121/message.h"

struct rfc4121_state {
    uint8_t key[RFC4121_KEY_LEN];
    uint64_t next_seq; /* to send */
    uint64_t expected; /* one more than the highest number received */
    uint64_t received; /* bit i: expected - 1 - i was received */
};

/* Wipes all of it. */
void rfc4121_state_wipe(struct rfc4121_state *state);

#define CLEANUP_STATE __attribute__((cleanup(rfc4121_state_wipe)))

/*
 * End a context: it protects no message from now on, and what it knew is in
 * @p state. It is still to be released.
 *
 * @param context  one that reports duplicates and order
 * @param state    set on true alone
 * @return false, and the context is what it was, where a thread is in the
 *         middle of a message
 */
bool rfc4121_end(struct rfc4121_context *context, struct rfc4121_state *state);

/*
 * Make the context that goes on where another one ended. It reports duplicates
 * and order.
 *
 * @param random, context  as for rfc4121_new
 * @return SCRAM_OK, SCRAM_NO_MEMORY; SCRAM_BAD_ENCODING for a state that no
 *         context can be in
 */
enum scram_status rfc4121_go_on(const struct rfc4121_state *state,
                                enum rfc4121_role role, rfc4121_random *random,
                                struct rfc4121_context **context);

#endif
