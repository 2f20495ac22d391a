/*
 * What happens to contexts, for the trace and the audit log: a line an event,
 * with the context's number, the user, the outcome and the reason, and never a
 * secret. What a peer chose is escaped.
 */
#ifndef GSS_EVENT_H
#define GSS_EVENT_H

#include <stdint.h>

#include "base/sentence.h"
#include "base/slice.h"
#include "scram/verifier.h"

enum event_kind {
    EVENT_BEGUN,    /* a first token was made, or taken and answered */
    EVENT_ANSWERED, /* an initiator has sent its proof */
    EVENT_EXPORTED, /* it goes on in another process */
    EVENT_KEPT,     /* it could not be exported */
    EVENT_IMPORTED, /* it came from another process */
    EVENT_ESTABLISHED,
    EVENT_REFUSED,
    EVENT_EXPIRED
};

struct event {
    enum event_kind kind;
    bool initiates;
    bool audit;      /* the audit log wants it, if it is the context's last */
    uint64_t number; /* the context's; 0 where it has none yet */
    enum scram_mechanism mechanism;
    struct slice user; /* who it claims to be; empty where that is not known */
    const char *why;   /* why not, in a sentence */
};

/* Write the event to the trace and the audit log, as far as they want it. */
void event_report(const struct event *event);

/*
 * The same for an event that happens while a lock is held: it is kept until
 * event_flush, which must be called without one, reports it.
 */
void event_defer(const struct event *event);
void event_flush(void);

#endif
