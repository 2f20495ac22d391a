/*
 * What the files of this folder have for one another.
 */
#ifndef PROVE_KINDS_H
#define PROVE_KINDS_H

#include "base/credentials.h"
#include "prove/prove.h"

/*
 * A login of a kind, with a user and without a nonce.
 *
 * @param size  of the kind's own struct, which begins with it and is zero
 * @return NULL without memory; end it with prove_end
 */
struct prove_login *prove_login_new(struct prove_service *service,
                                    const struct prove_ops *ops, size_t size,
                                    struct slice user);

/*
 * A login that computes in this process.
 *
 * @param user      SASLprep'd
 * @param password  not prepared; its data is NULL for the service's
 * @param login     set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_NO_MEMORY, or as the service's nonce
 */
enum scram_status prove_local(struct prove_service *service, struct slice user,
                              struct slice password, struct prove_login **login,
                              struct sentence *why);

/* prove_look and prove_choose, for a service with a file. */
enum scram_status prove_file_look(struct prove_service *service,
                                  struct slice user, struct prove_owner *owner,
                                  struct sentence *why);
enum scram_status prove_file_choose(struct prove_service *service,
                                    struct slice target, struct slice user,
                                    struct prove_login **login,
                                    struct sentence *why);

/*
 * prove_look and prove_choose, of gss-scram-agent.
 *
 * @param timeout  milliseconds that it has to answer
 * @return also SCRAM_AGENT_GONE where nobody listens
 */
enum scram_status prove_agent_look(struct slice user, uint32_t timeout,
                                   struct prove_owner *owner,
                                   struct sentence *why);
enum scram_status prove_agent_choose(struct prove_service *service,
                                     enum scram_mechanism mechanism,
                                     struct slice target, struct slice user,
                                     uint32_t timeout,
                                     struct prove_login **login,
                                     struct sentence *why);

#endif
