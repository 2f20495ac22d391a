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

/* In users: the state was taken away, and there are no more messages. */
#define RFC4121_ENDED (1u << 31)

#define RFC4121_IDLE 4 /* threads that do not wait for, or make, new state */

struct rfc4121_context {
    uint8_t key[RFC4121_KEY_LEN];
    enum rfc4121_role role;
    bool replay, sequence;
    rfc4121_random *random;
    atomic_uint users;         /* who is in the middle of a message, and: */
    _Atomic uint64_t next_seq; /* to send */
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
 * Begin a message: take the state of ciphers and MACs for it; the first of its
 * purpose derives its keys. Between this and rfc4121_give_back nobody takes the
 * context's own state away (rfc4121_end), so numbers are drawn and noted there,
 * and libcrypto may be called (libcrypto_enter).
 *
 * @param crypto  set on SCRAM_OK alone; give it back
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED; SCRAM_BAD_ARGUMENT
 *         once the context has ended
 */
enum scram_status rfc4121_take(struct rfc4121_context *context, bool sends,
                               enum rfc4121_purpose purpose,
                               struct rfc4121_crypto **crypto);

/* End the message. */
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
