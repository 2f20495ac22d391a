/*
 * Security contexts. One is half-open from its first token until the exchange
 * completes, which makes it established, or fails, which makes it inert: what
 * it knew is wiped then, and every call but deletion is refused. An acceptor's
 * that waits for its client keeps the two first messages, and no secret; once
 * its deadline has passed, or it has given way to a newer one, the client's
 * answer is refused.
 */
#ifndef GSS_CONTEXT_H
#define GSS_CONTEXT_H

#include <gssapi/gssapi.h>
#include <stdatomic.h>

#include "gss/cred.h"
#include "gss/event.h"
#include "gss/name.h"
#include "gss/register.h"
#include "rfc4121/message.h"
#include "verify/verify.h"

enum context_state {
    CONTEXT_HALF_OPEN,
    CONTEXT_PROVED, /* an initiator's that waits for the server's own proof */
    CONTEXT_ESTABLISHED,
    CONTEXT_INERT
};

/* What an acceptor's context keeps between its two legs. */
struct first_messages {
    size_t client_len, server_len, seal_len;
    uint8_t bytes[]; /* client-first-message-bare, server-first-message, and the
                        service's seal, one behind the other */
};

struct context {
    struct register_entry entry; /* an acceptor's, while it is half-open */
    _Atomic(enum context_state) state;
    atomic_flag busy;          /* a thread is in the middle of a step */
    uint64_t number;           /* of this process' contexts, for the trace */
    uint8_t id[VERIFY_ID_LEN]; /* the service's, for both logs; may be zeros */
    bool initiates;
    bool audit; /* the audit log wants to know how it ends */
    enum scram_mechanism mechanism;

    /* while it is half-open */
    struct prove_login *login; /* an initiator's */
    struct scram_initiator *initiator;
    struct verify_service *service; /* an acceptor's */
    struct first_messages *firsts;

    struct name *source; /* the user; until it is established, a claim */
    struct name *target; /* the service; NULL: an acceptor under any name */
    OM_uint32 flags;     /* GSS_C_*_FLAG; what is to be, while half-open */
    struct rfc4121_context *messages; /* once there is a session key */
};

/* What every context of this mechanism has, once established. */
#define CONTEXT_FLAGS                                                          \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |             \
     GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG | GSS_C_PROT_READY_FLAG |              \
     GSS_C_TRANS_FLAG)

/* A new half-open context; NULL without memory. */
struct context *context_new(bool initiates, enum scram_mechanism mechanism);

/* What happens to a context, for event_report; valid for as long as it. */
struct event context_event(const struct context *context, enum event_kind kind);

/* Wipe and release what is of use only while a context is half-open. */
void context_end_exchange(struct context *context);

/*
 * Make a context inert. What an established one knows is released when it is
 * deleted, as another thread may be in the middle of a message.
 */
void context_refuse(struct context *context);

/* Release a context, whatever its state; NULL is none. */
void context_free(struct context *context);

/*
 * Begin a step of the exchange, which context_step_end ends. False where
 * another thread is in the middle of one: nothing of the context may be touched
 * then.
 */
static inline bool
context_step_begin(struct context *context)
{
    return !atomic_flag_test_and_set(&context->busy);
}

static inline void
context_step_end(struct context *context)
{
    atomic_flag_clear(&context->busy);
}

/* How long an acceptor's half-open context still has; 0 once it is too late. */
uint32_t context_milliseconds_left(struct context *context);

/* The seconds that a context is good for: GSS_C_INDEFINITE once it is
 * established, what is left until its deadline while it waits for the client, 0
 * once that has passed. */
OM_uint32 context_seconds_left(struct context *context);

/* Whether messages may be protected. */
static inline bool
context_is_ready(struct context *context)
{
    return context != NULL && context->state == CONTEXT_ESTABLISHED;
}

#endif
