/*
 * The audit trail: a line in the system's log for each login that gss-scramd
 * decides. An account that has more than AUDIT_LINES of one kind in a second,
 * those that got in and those that did not, gets the rest of them as one sum,
 * so that a flood of one kind, or of one account's, hides no other.
 *
 * And a line for a server that gss-scramd refuses to answer at all: what the
 * server is told often ends with its library, as SPNEGO says of every mechanism
 * without a credential that there is none.
 */
#ifndef DAEMON_AUDIT_H
#define DAEMON_AUDIT_H

#include "daemon/metrics.h"
#include "daemon/peer.h"
#include "daemon/system_log.h"
#include "scram/verifier.h"

#define AUDIT_LINES 100   /* of an account and a kind in a second */
#define AUDIT_ACCOUNTS 64 /* that are counted at once */

#define AUDIT_REFUSED_ACCOUNTS 16 /* that are refused, and have a line each */
#define AUDIT_REFUSED_AGAIN 60000 /* ms until an account has another one */

struct audit_login {
    const struct peer *peer;
    const char *account; /* the peer's name */
    enum scram_mechanism mechanism;
    struct slice user; /* who it claims to be; empty where that is not known */
    enum metrics_outcome outcome;
    const char *why;   /* a sentence; or empty */
    const uint8_t *id; /* WIRE_ID_LEN bytes */
};

/* How much an account has had of a second. */
struct audit_budget {
    uid_t uid;
    uint64_t second;
    unsigned lines, left_out;
    char account[33];
};

/* An account that had a line as it is refused. */
struct audit_refused {
    uid_t uid;
    uint64_t until; /* when it may have the next one */
};

struct audit {
    struct system_log *log;
    struct audit_budget budgets[AUDIT_ACCOUNTS][2]; /* [1]: got in */
    struct audit_refused refused[AUDIT_REFUSED_ACCOUNTS];
    bool waits; /* there may be a sum to write */
};

/* Write a login down. @p now: ms of a clock that never goes back. */
void audit_login(struct audit *audit, const struct audit_login *login,
                 uint64_t now);

/*
 * Write down that a server is refused before it has asked for a login.
 *
 * @param why  the sentence that it is told
 * @param now  as above
 */
void audit_refused(struct audit *audit, const struct peer *peer,
                   const char *why, uint64_t now);

/*
 * Write down the sums of seconds that are over.
 *
 * @return ms until it is to be called again, or -1 where nothing waits
 */
int audit_tick(struct audit *audit, uint64_t now);

#endif
