/*
 * The requests of a user's programs, over the agent's socket (wire/agent.h).
 * Their table's data is the struct agent.
 */
#ifndef AGENT_REQUESTS_H
#define AGENT_REQUESTS_H

#include "daemon/agent/derive.h"
#include "daemon/request.h"

extern const struct request_op agent_ops[];

/* What is done with those who wait for keys. */
extern const struct derive_ops agent_sign_ops;

/* request_op: take a request, and refuse it. */
#define AGENT_REQUEST(name)                                                    \
    enum request_end agent_take_##name(void *data, struct request *request,    \
                                       bool *greeted);                         \
    void agent_refuse_##name(enum scram_status status, const char *sentence,   \
                             struct buffer *answer);
AGENT_REQUEST(choose)
AGENT_REQUEST(sign)
AGENT_REQUEST(verify)
AGENT_REQUEST(keep)
AGENT_REQUEST(list)
AGENT_REQUEST(forget)

/* Write down one of these messages (request_op): no password, no proof, no key
 * and no seal. */
void agent_show(struct slice message, bool is_answer, struct buffer *text);

#endif
