/*
 * Who may ask gss-scramd, and by what policy each is answered: the accounts of
 * the configuration and of the group, as they were at one moment. It is made
 * where waiting does no harm (background.h), never changes, and is then the
 * serving thread's.
 */
#ifndef DAEMON_ACCOUNTS_H
#define DAEMON_ACCOUNTS_H

#include <sys/types.h>

#include "base/config.h"
#include "base/config_broker.h"
#include "daemon/peer.h"
#include "daemon/throttle.h"
#include "verify/verify.h"

#define ACCOUNTS_NAME 33 /* bytes of a name that is shown, with a NUL */

/* What applies to an account: its section under [accounts], or [scram]. */
struct account_policy {
    char *section;              /* NULL: that of all who have none */
    bool has_store;             /* its own: it is entitled */
    uid_t uid;                  /* whose section it is */
    bool has_uid;               /* false: there is no such account now */
    char *location;             /* of the store */
    bool waits;                 /* it is a directory: workers ask it */
    struct config config;       /* by which, without its store */
    uint32_t handshake_timeout; /* ms */
    bool require_channel_bindings;
    struct verify_service *service; /* NULL: the store cannot be opened */
    enum scram_status status;       /* and this is why */
    struct sentence why;
};

/* An account that is in the group. */
struct account_member {
    uid_t uid;
    char name[ACCOUNTS_NAME];
};

struct accounts {
    struct account_policy *policies; /* the first is that of [scram] */
    size_t policy_count;
    char *group;
    gid_t gid;
    bool has_gid; /* false: there is no such group */
    struct account_member *members;
    size_t member_count;
    struct throttle_limits limits; /* that the configuration sets */
    struct sentence trouble; /* what could not be found out, and stays as it
                                was; or empty */
};

/*
 * Read the configuration, and who is who.
 *
 * @param broker    what [broker] of it says
 * @param before    what there was; or NULL. What the name services do not say
 *                  now stays as it was there
 * @param accounts  set on SCRAM_OK alone; release it with accounts_free
 * @param why       a sentence on failure
 * @return SCRAM_OK, also where a store cannot be opened, SCRAM_BAD_CONFIG,
 *         SCRAM_NO_MEMORY
 */
enum scram_status accounts_read(const struct config_broker *broker,
                                const struct accounts *before,
                                struct accounts **accounts,
                                struct sentence *why);

/*
 * Find out again who is who, and try stores again that could not be opened; the
 * configuration stays as it was read.
 */
enum scram_status accounts_refresh(const struct accounts *before,
                                   struct accounts **accounts,
                                   struct sentence *why);

/* Whether there is a store that could not be opened. */
bool accounts_have_failed(const struct accounts *accounts);

void accounts_free(struct accounts *accounts);

/* The policy of an account, which is there for everybody. */
const struct account_policy *accounts_policy(const struct accounts *accounts,
                                             uid_t uid);

/* Whether an account may ask, whatever groups its processes have beside. */
bool accounts_know(const struct accounts *accounts, uid_t uid);

/* Whether a peer may ask; @p fd is its connection. */
bool accounts_entitle(const struct accounts *accounts, int fd,
                      const struct peer *peer);

/*
 * An account's name where it is known without asking anybody, or its number.
 *
 * @param name  at least ACCOUNTS_NAME bytes
 */
void accounts_name(const struct accounts *accounts, uid_t uid, char *name);

#endif
