/*
 * What a context is made of, for this room alone. No lock is taken: numbers to
 * send with are drawn from an atomic counter, the window of those received is
 * made for threads, and the state of ciphers and MACs is owned by one thread
 * at a time, which takes it out of the context and puts it back.
 */
#ifndef RFC4121_CONTEXT_H
#define RFC4121_CONTEXT_H

#include <stdatomic.h>

#include "rfc4121/crypto.h"
#include "rfc4121/message.h"
#include "rfc4121/window.h"

enum rfc4121_purpose {
    RFC4121_SEAL,     /* Wrap with confidentiality */
    RFC4121_CHECKSUM, /* Wrap without */
    RFC4121_SIGN,     /* MIC */
    RFC4121_PURPOSES  /* how many there are */
};

#define RFC4121_IDLE 4 /* threads that do not wait for, or make, new state */

struct rfc4121_context {
    uint8_t key[RFC4121_KEY_LEN];
    enum rfc4121_role role;
    bool replay, sequence;
    rfc4121_random *random;
    _Atomic uint64_t next_seq;               /* to send */
    _Atomic(struct rfc4121_window *) window; /* made for the first message */
    /* What is not in use, for what we send (1) and receive (0). */
    _Atomic(struct rfc4121_crypto *) idle[2][RFC4121_PURPOSES][RFC4121_IDLE];
};

/* Who sends what we receive. */
static inline enum rfc4121_role
rfc4121_peer(const struct rfc4121_context *context)
{
    return context->role == RFC4121_ACCEPTOR ? RFC4121_INITIATOR
                                             : RFC4121_ACCEPTOR;
}

/*
 * Take the state for one message; the first of its purpose derives its keys.
 *
 * @param crypto  set on SCRAM_OK alone; give it back
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_take(struct rfc4121_context *context, bool sends,
                               enum rfc4121_purpose purpose,
                               struct rfc4121_crypto **crypto);

void rfc4121_give_back(struct rfc4121_context *context, bool sends,
                       enum rfc4121_purpose purpose,
                       struct rfc4121_crypto *crypto);

/*
 * The context's window; it stays the context's.
 *
 * @param window  set on SCRAM_OK alone: NULL if nothing is to be reported
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status rfc4121_window_of(struct rfc4121_context *context,
                                    struct rfc4121_window **window);

#endif
