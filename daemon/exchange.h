/*
 * The requests of servers: HELLO, FIRST and FINAL (wire/message.h), answered
 * from the store that the policy of the peer's account names. Nothing is kept
 * between them but what the seal says.
 */
#ifndef DAEMON_EXCHANGE_H
#define DAEMON_EXCHANGE_H

#include "daemon/accounts.h"
#include "daemon/audit.h"
#include "daemon/metrics.h"
#include "daemon/request.h"
#include "daemon/seal.h"
#include "daemon/throttle.h"
#include "daemon/throttle_recent.h"

struct login;
struct workers;

struct exchange {
    const struct accounts *accounts;
    struct sealer sealer;
    struct throttle *throttle;
    struct throttle_recent recent;
    struct workers *workers; /* who ask directories */
    struct login *waiting;   /* for a token that another login has */
    struct metrics *metrics;
    struct audit *audit;
};

/* What entitled peers may ask, by a struct exchange; and what others get, who
 * are told so in answer to their HELLO. */
extern const struct request_op exchange_ops[], exchange_strangers_ops[];

/* Write down one of these messages (request_op). */
void exchange_show(struct slice message, bool is_answer, struct buffer *text);

#endif
