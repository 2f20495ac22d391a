/*
 * The audit trail: a line in the system's log for each login that gss-scramd
 * decides. An account that has more than AUDIT_LINES of one kind in a second,
 * those that got in and those that did not, gets the rest of them as one sum,
 * so that a flood of one kind, or of one account's, hides no other.
 */
#ifndef DAEMON_AUDIT_H
#define DAEMON_AUDIT_H

#include "daemon/metrics.h"
#include "daemon/peer.h"
#include "daemon/system_log.h"
#include "scram/verifier.h"

#define AUDIT_LINES 100   /* of an account and a kind in a second */
#define AUDIT_ACCOUNTS 64 /* that are counted at once */

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

struct audit {
    struct system_log *log;
    struct audit_budget budgets[AUDIT_ACCOUNTS][2]; /* [1]: got in */
    bool waits; /* there may be a sum to write */
};

/* Write a login down. @p now: ms of a clock that never goes back. */
void audit_login(struct audit *audit, const struct audit_login *login,
                 uint64_t now);

/*
 * Write down the sums of seconds that are over.
 *
 * @return ms until it is to be called again, or -1 where nothing waits
 */
int audit_tick(struct audit *audit, uint64_t now);

#endif
