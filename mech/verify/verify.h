/*
 * The server's two questions: what to answer to a client's first message, and
 * whether its last one is right. Who asks knows no store and no verifier, and
 * keeps nothing secret between the two: the verifier is looked up for each, so
 * that a password that was changed meanwhile refuses the login.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/sentence.h"
#include "scram/acceptor.h"

/* What applies to an account that accepts: from its configuration, or from a
 * credential that was exported. */
struct accept_policy {
    char *store;                /* a location; see store/store.h */
    char *broker;               /* the path of gss-scramd's socket, which knows
                                   the store; NULL: there is none */
    uint32_t broker_timeout;    /* milliseconds for one of its answers */
    uid_t account;              /* whose policy this is */
    uint32_t handshake_timeout; /* milliseconds */
    uint32_t max_half_open;     /* contexts in the process */
    bool require_channel_bindings; /* of initiators */
    bool audit;                    /* how contexts end goes to syslog */
};

struct store;
struct store_ops;
struct verify_service; /* who answers; any number of threads ask it at once */

#define VERIFY_SEAL_MAX 64       /* bytes of a seal */
#define VERIFY_ID_LEN 8          /* bytes of an id */
#define VERIFY_LOCATION_MAX 4104 /* a path, and the scheme before it */

/* What comes of a client's first message. The service may ask the keeper of the
 * two first messages to keep a seal with them, of bytes that are its own
 * business, and have an id for the login, which its log has too. */
struct verify_challenge {
    struct buffer user;         /* who it claims to be, SASLprep'd: set once
                                   that is known, also where it is refused;
                                   SCRAM_USER_MAX free bytes */
    struct buffer server_first; /* SCRAM_SERVER_FIRST_MAX free bytes */
    uint32_t left;              /* milliseconds that the client has */
    struct buffer seal;         /* VERIFY_SEAL_MAX free bytes */
    uint8_t id[VERIFY_ID_LEN];  /* zeros: there is none */
    bool logged; /* the outcome is in the service's own log, if it is in any */
};

/* What was kept of a login that has begun. */
struct verify_begun {
    struct slice user; /* whom the client claims to be */
    struct slice seal;
};

/* What comes of a client's last message. */
struct verify_answer {
    struct buffer user;         /* who it is, as above */
    struct buffer server_final; /* SCRAM_SERVER_FINAL_MAX free bytes */
    bool bound;                 /* see scram_acceptor_final */
    bool earlier; /* SCRAM_BAD_PROOF is that of the password before this one;
                     for the server's own eyes */
    bool expired; /* SCRAM_BAD_PROOF is that of a user who has expired, be the
                     proof right or wrong; for the log alone */
    uint8_t session_key[SCRAM_SESSION_KEY_LEN]; /* to be wiped */
    struct buffer location; /* of the store that has the user;
                               VERIFY_LOCATION_MAX free bytes */
    struct buffer groups;   /* the user's: base/groups.h's text; empty unless it
                               is SCRAM_OK; GROUPS_TEXT_MAX free bytes */
    bool logged;            /* as above */
};

/* What a kind of service provides, a function for each of those below. */
struct verify_ops {
    enum scram_status (*challenge)(struct verify_service *service,
                                   enum scram_mechanism mechanism,
                                   struct slice client_first,
                                   struct verify_challenge *challenge,
                                   struct sentence *why);
    enum scram_status (*answer)(struct verify_service *service,
                                const struct scram_exchange *exchange,
                                const struct verify_begun *begun,
                                const struct scram_bindings *bindings,
                                struct verify_answer *answer,
                                struct sentence *why);
    enum scram_status (*check)(struct verify_service *service,
                               struct sentence *why);
    void (*close)(struct verify_service *service);
};

struct verify_service { /* begins every kind's own struct */
    const struct verify_ops *ops;
    atomic_uint references;
    struct accept_policy policy;
};

/* A source of nonces: append one of SCRAM_NONCE_LEN characters, which nobody
 * can foresee and which does not come again. */
typedef enum scram_status verify_nonce(struct buffer *nonce,
                                       struct sentence *why);

/* What a log says of a user who has expired. */
#define VERIFY_EXPIRED_TEXT "the user has expired"

/* The kinds of store that the module has: see store/store.h. */
extern const struct store_ops *const verify_kinds[];

/*
 * Have a store in this process answer.
 *
 * @param kinds    of store, those that the program has
 * @param policy   taken over, whatever comes of it
 * @param service  set on SCRAM_OK alone; release it with verify_release
 * @return as store_open
 */
enum scram_status verify_local_open(const struct store_ops *const *kinds,
                                    struct accept_policy *policy,
                                    verify_nonce *nonce,
                                    struct verify_service **service,
                                    struct sentence *why);

/*
 * The same with a store that is open for reading.
 *
 * @param store   taken over, as the policy is, whatever comes of it
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status verify_local_with(struct store *store,
                                    struct accept_policy *policy,
                                    verify_nonce *nonce,
                                    struct verify_service **service);

/*
 * Have gss-scramd answer, at the policy's broker.
 *
 * @param policy   taken over, whatever comes of it
 * @param service  as above
 * @return SCRAM_OK, or why gss-scramd does not welcome the account (ask_check)
 */
enum scram_status verify_broker_open(struct accept_policy *policy,
                                     struct verify_service **service,
                                     struct sentence *why);

/* The same service with one more reference. */
struct verify_service *verify_again(struct verify_service *service);

/* Give up a reference; NULL is none. The last one closes it. */
void verify_release(struct verify_service *service);

/* Release what a policy has. */
void accept_policy_clear(struct accept_policy *policy);

/*
 * Answer client-first-message-bare with server-first-message.
 *
 * @param why  a sentence on failure, where there is more to say than the status
 * @return SCRAM_OK, also for a user who is not there; SCRAM_BAD_ENCODING,
 *         SCRAM_UNSUPPORTED_EXTENSION, SCRAM_BAD_USERNAME, or why the store
 *         cannot be used (store_look_up) or gss-scramd be asked (ask_call)
 */
static inline enum scram_status
verify_challenge(struct verify_service *service, enum scram_mechanism mechanism,
                 struct slice client_first, struct verify_challenge *challenge,
                 struct sentence *why)
{
    return service->ops->challenge(service, mechanism, client_first, challenge,
                                   why);
}

/*
 * Check client-final-message, and answer it with server-final-message.
 *
 * @param exchange  all three messages
 * @param begun     what came of the first; a store in this process needs none
 * of it, and takes NULL
 * @param bindings  what the program supplied; whether they are required is for
 *                  the service to know
 * @return as scram_acceptor_final, or why the store cannot be used; from
 *         gss-scramd also SCRAM_BROKER_ANEW, SCRAM_TOO_LATE, SCRAM_THROTTLED
 */
static inline enum scram_status
verify_answer(struct verify_service *service,
              const struct scram_exchange *exchange,
              const struct verify_begun *begun,
              const struct scram_bindings *bindings,
              struct verify_answer *answer, struct sentence *why)
{
    return service->ops->answer(service, exchange, begun, bindings, answer,
                                why);
}

/* Whether the service can be asked, as far as that can be told without taking
 * anybody's time; as verify_challenge. */
static inline enum scram_status
verify_check(struct verify_service *service, struct sentence *why)
{
    return service->ops->check(service, why);
}

#endif
