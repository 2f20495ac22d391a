/*
 * What gss-scramd counts, for a monitor: numbers alone, no names of
 * users. The serving thread counts, and writes them down when it is asked.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/status.h"
#include "daemon/connection.h"

#define METRICS_ACCOUNTS 256 /* that are counted apart; the others together */

/* What became of a login. */
enum metrics_outcome {
    METRICS_ESTABLISHED,
    METRICS_WRONG,     /* the proof, or no user who may log in */
    METRICS_EARLIER,   /* the same, by the password before this one */
    METRICS_MALFORMED, /* a message of the client's */
    METRICS_BINDINGS,  /* of another channel, or missing */
    METRICS_LATE,      /* past its time */
    METRICS_UNKNOWN,   /* not begun here, or forgotten */
    METRICS_THROTTLED, /* too many wrong passwords */
    METRICS_FAILED,    /* the store, the machine or a quota */
    METRICS_OUTCOMES
};

enum metrics_outcome metrics_outcome_of(enum scram_status status);

struct metrics_account {
    bool others; /* those that have no place of their own */
    uid_t uid;
    uint64_t logins[METRICS_OUTCOMES];
};

struct metrics {
    struct connection_counts sockets;
    uint64_t begun;    /* logins, by their first message */
    uint64_t log_lost; /* lines that nobody took */
    uint64_t reloads, reloads_failed;
    struct metrics_account accounts[METRICS_ACCOUNTS + 1];
    unsigned account_count;
};

/* Count a login's outcome. */
void metrics_login(struct metrics *metrics, uid_t uid,
                   enum metrics_outcome outcome);

/* Write all of it in OpenMetrics' text format. */
void metrics_write(const struct metrics *metrics, FILE *stream);

#endif
