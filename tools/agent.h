/*
 * The command's side of gss-scram-agent's socket (wire/agent.h). Each function
 * writes a sentence with what to do where it fails, and returns SCRAM_OK;
 * SCRAM_AGENT_GONE where no agent listens; what the agent answered; or what
 * ask/ask.h has.
 */
#ifndef AGENT_H
#define AGENT_H

#include "base/sentence.h"
#include "wire/agent.h"

/* Whether an agent answers this account. */
enum scram_status agent_check(struct sentence *why);

/* Hand it a password, in place of the one that it has for that pattern and
 * user. */
enum scram_status agent_keep(const struct wire_keep *keep,
                             struct sentence *why);

/* Called for each login; what it points to is valid until it returns. */
typedef enum scram_status agent_visit(void *data,
                                      const struct wire_listed *login);

/* Call @p visit for each login that it has, until that returns another status
 * than SCRAM_OK, which is returned then. */
enum scram_status agent_list(agent_visit *visit, void *data,
                             struct sentence *why);

/*
 * Have it forget those of a pattern, as it was written, and a user. Empty is
 * any.
 *
 * @param count  how many it had; set on SCRAM_OK alone
 */
enum scram_status agent_forget(struct slice target, struct slice user,
                               uint32_t *count, struct sentence *why);

#endif
