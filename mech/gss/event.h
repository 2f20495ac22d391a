/*
 * What happens to contexts, for the trace and the audit log: a line an event,
 * with the context's number, the id that gss-scramd's log has for the login,
 * the user, the outcome and the reason, and never a secret. What a peer chose
 * is escaped. Clients that are not in time are as many as somebody wants: the
 * log has a sum of them, once a minute at most.
 */
#ifndef GSS_EVENT_H
#define GSS_EVENT_H

#include <stdint.h>

#include "base/sentence.h"
#include "base/slice.h"
#include "scram/verifier.h"
#include "verify/verify.h"

enum event_kind {
    EVENT_BEGUN,        /* a first token was made, or taken and answered */
    EVENT_ANSWERED,     /* an initiator has sent its proof */
    EVENT_EXPORTED,     /* it goes on in another process */
    EVENT_NOT_EXPORTED, /* it could not be exported */
    EVENT_IMPORTED,     /* it came from another process */
    EVENT_ESTABLISHED,
    EVENT_REFUSED
};

struct event {
    enum event_kind kind;
    bool initiates;
    bool audit;      /* the audit log wants it, if it is the context's last */
    uint64_t number; /* the context's; 0 where it has none yet */
    uint8_t id[VERIFY_ID_LEN]; /* gss-scramd's for the login; may be zeros */
    enum scram_mechanism mechanism;
    struct slice user; /* who it claims to be; empty where that is not known */
    const char *why;   /* why not, in a sentence */
};

/* Write the event to the trace and the audit log, as far as they want it. */
void event_report(const struct event *event);

/*
 * Write down how many clients were not in time (register_take_sum), if a minute
 * has passed since that was done last.
 *
 * @param audit  whether the audit log wants it
 */
void event_report_late(bool audit);

#endif
