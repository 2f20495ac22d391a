/*
 * The client's questions: who it is towards a target, which proof answers a
 * server, and whether the server's own is right. Who asks knows no password and
 * no key.
 *
 * A service is what an initiator's credential has in place of a password; a
 * login is one exchange that begins with it.
 */
#ifndef PROVE_PROVE_H
#define PROVE_PROVE_H

#include <stdatomic.h>

#include "base/sentence.h"
#include "scram/initiator.h"
#include "scram/message.h"

#define PROVE_FOREVER UINT32_MAX /* seconds */
#define PROVE_NONCE_MAX SCRAM_CLIENT_NONCE_MAX

/* A source of nonces: append one of SCRAM_NONCE_LEN characters, which nobody
 * can foresee and which does not come again. */
typedef enum scram_status prove_nonce(struct buffer *nonce,
                                      struct sentence *why);

/* Where proofs come from; any number of threads ask it at once. Its fields do
 * not change. */
struct prove_service {
    atomic_uint references;
    uint64_t number; /* whose keys are kept: see prove/keys.h */
    struct scram_limits iterations;
    prove_nonce *nonce;
    struct secret password; /* not prepared; its data is NULL where the rest
                               counts */
    bool agent; /* gss-scram-agent is asked before the file is read */
    char *path; /* of a credentials file, or NULL */
};

struct prove_login;

/* What a kind of login provides, a function for each of those below. */
struct prove_ops {
    enum scram_status (*sign)(struct prove_login *login,
                              const struct scram_unproved *unproved,
                              struct secret_key *proof, struct sentence *why);
    enum scram_status (*verify)(struct prove_login *login,
                                const struct scram_unproved *unproved,
                                struct slice server_final, uint8_t *session_key,
                                struct slice *error, struct sentence *why);
    void (*end)(struct prove_login *login);
    bool computes; /* with libcrypto, in this process */
};

struct prove_login { /* begins every kind's own struct */
    const struct prove_ops *ops;
    struct prove_service *service;
    struct buffer user;  /* SASLprep'd */
    struct buffer nonce; /* what client-first begins with */
    struct scram_limits iterations;
    char *min_from; /* where the least count is set; NULL: the configuration */
    uint8_t memory[SCRAM_USER_MAX + PROVE_NONCE_MAX]; /* of both buffers */
};

/* Whom a service is for in the first place. */
struct prove_owner {
    struct buffer user; /* SASLprep'd; SCRAM_USER_MAX free bytes */
    uint32_t left;      /* seconds, or PROVE_FOREVER */
};

/* What a service is opened with. */
struct prove_source {
    struct slice password; /* its data is NULL where the rest counts */
    bool agent;
    const char *path; /* a credentials file, or NULL */
    bool of_process;  /* what is derived is kept for as long as the process */
    struct scram_limits iterations;
    prove_nonce *nonce;
};

/*
 * Make a service; nothing is read or asked yet.
 *
 * @param service  set on SCRAM_OK alone; release it with prove_release
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status prove_open(const struct prove_source *source,
                             struct prove_service **service);

/* The same service with one more reference. */
struct prove_service *prove_again(struct prove_service *service);

/* Give up a reference; NULL is none. The last one wipes what it knows. */
void prove_release(struct prove_service *service);

/*
 * Find out whom a service is for: @p user, or the first one in it.
 *
 * @param user   SASLprep'd, or empty
 * @param owner  set on SCRAM_OK alone
 * @param why    a sentence on failure, where there is more to say than the
 *               status; the same below
 * @return SCRAM_OK; SCRAM_NO_USER where it has nothing for the user, and
 *         SCRAM_EXPIRED where gss-scram-agent had; SCRAM_AGENT_SLOW,
 *         SCRAM_STORE_FORBIDDEN for an agent that is not trusted,
 *         SCRAM_NO_RESOURCES; SCRAM_BAD_USERNAME, SCRAM_BAD_CONFIG,
 *         SCRAM_NO_MEMORY
 */
enum scram_status prove_look(struct prove_service *service, struct slice user,
                             struct prove_owner *owner, struct sentence *why);

/*
 * Begin a login.
 *
 * @param target  SERVICE@HOST, or a service alone
 * @param user    as above
 * @param login   set on SCRAM_OK alone; end it with prove_end
 * @return as prove_look; SCRAM_CRYPTO_FAILED without a nonce
 */
enum scram_status prove_choose(struct prove_service *service,
                               enum scram_mechanism mechanism,
                               struct slice target, struct slice user,
                               struct prove_login **login,
                               struct sentence *why);

/* End a login and wipe what it knows; NULL is none. */
void prove_end(struct prove_login *login);

/*
 * Compute ClientProof; once for a login.
 *
 * @param unproved  of this login
 * @param proof     set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_PASSWORD, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED;
 *         from gss-scram-agent, which waits in turn until the user's keys are
 *         derived, also SCRAM_AGENT_GONE, SCRAM_AGENT_SLOW, SCRAM_AGENT_ANEW,
 *         SCRAM_EXPIRED, SCRAM_TOO_FEW_ITERATIONS, SCRAM_BAD_BINDINGS and what
 *         else it refuses for
 */
static inline enum scram_status
prove_sign(struct prove_login *login, const struct scram_unproved *unproved,
           struct secret_key *proof, struct sentence *why)
{
    return login->ops->sign(login, unproved, proof, why);
}

/*
 * Take server-final-message; once, after prove_sign. The arguments and what
 * comes back are scram_accept_server's, and from gss-scram-agent also those of
 * prove_sign.
 */
static inline enum scram_status
prove_verify(struct prove_login *login, const struct scram_unproved *unproved,
             struct slice server_final, uint8_t *session_key,
             struct slice *error, struct sentence *why)
{
    return login->ops->verify(login, unproved, server_final, session_key, error,
                              why);
}

#endif
