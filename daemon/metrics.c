#include "daemon/metrics.h"

static const char *const outcomes[METRICS_OUTCOMES] = {
    [METRICS_ESTABLISHED] = "established",
    [METRICS_WRONG] = "wrong_proof",
    [METRICS_EARLIER] = "earlier_password",
    [METRICS_MALFORMED] = "malformed",
    [METRICS_BINDINGS] = "bindings",
    [METRICS_LATE] = "late",
    [METRICS_UNKNOWN] = "unknown",
    [METRICS_THROTTLED] = "throttled",
    [METRICS_FAILED] = "failed",
};

enum metrics_outcome
metrics_outcome_of(enum scram_status status)
{
    switch (status) {
    case SCRAM_OK:
        return METRICS_ESTABLISHED;
    case SCRAM_BAD_PROOF:
        return METRICS_WRONG;
    case SCRAM_BAD_ENCODING:
    case SCRAM_UNSUPPORTED_EXTENSION:
    case SCRAM_BAD_USERNAME:
    case SCRAM_BAD_NONCE:
        return METRICS_MALFORMED;
    case SCRAM_BAD_BINDINGS:
        return METRICS_BINDINGS;
    case SCRAM_TOO_LATE:
        return METRICS_LATE;
    case SCRAM_BROKER_ANEW:
        return METRICS_UNKNOWN;
    case SCRAM_THROTTLED:
        return METRICS_THROTTLED;
    default:
        return METRICS_FAILED;
    }
}

/* The place of an account, which the others share once all are taken. */
static struct metrics_account *
metrics_place_of(struct metrics *m, uid_t uid)
{
    unsigned i;

    for (i = 0; i < m->account_count; i++) {
        if (m->accounts[i].uid == uid)
            return &m->accounts[i];
    }
    if (m->account_count == METRICS_ACCOUNTS) {
        m->accounts[METRICS_ACCOUNTS].others = true;
        return &m->accounts[METRICS_ACCOUNTS];
    }
    m->accounts[m->account_count].uid = uid;
    return &m->accounts[m->account_count++];
}

void
metrics_login(struct metrics *metrics, uid_t uid, enum metrics_outcome outcome)
{
    metrics_place_of(metrics, uid)->logins[outcome]++;
}

static void
write_account(const struct metrics_account *a, FILE *stream)
{
    char uid[24] = "others";
    unsigned i;

    if (!a->others)
        snprintf(uid, sizeof(uid), "%lu", (unsigned long)a->uid);
    for (i = 0; i < METRICS_OUTCOMES; i++) {
        if (a->logins[i] != 0)
            fprintf(stream,
                    "gss_scram_logins_total{uid=\"%s\",outcome=\"%s\"} %llu\n",
                    uid, outcomes[i], (unsigned long long)a->logins[i]);
    }
}

static void
write_one(FILE *stream, const char *type, const char *name, const char *help,
          uint64_t value)
{
    fprintf(stream, "# TYPE gss_scram_%s %s\n# HELP gss_scram_%s %s\n", name,
            type, name, help);
    fprintf(stream, "gss_scram_%s%s %llu\n", name,
            type[0] == 'c' ? "_total" : "", (unsigned long long)value);
}

void
metrics_write(const struct metrics *m, FILE *stream)
{
    unsigned i;

    fputs("# TYPE gss_scram_logins counter\n"
          "# HELP gss_scram_logins Logins by the account of the server and by "
          "what became of them.\n",
          stream);
    for (i = 0; i <= METRICS_ACCOUNTS; i++) {
        if (i < m->account_count || m->accounts[i].others)
            write_account(&m->accounts[i], stream);
    }
    write_one(stream, "counter", "logins_begun",
              "Logins whose first message was answered.", m->begun);
    write_one(stream, "gauge", "connections", "Connections of servers.",
              m->sockets.connections);
    write_one(stream, "counter", "connections_accepted",
              "Connections that were made.", m->sockets.accepted);
    write_one(stream, "counter", "connections_not_entitled",
              "Connections of accounts that may not ask.",
              m->sockets.strangers);
    write_one(stream, "counter", "connections_given_way",
              "Idle connections that were closed for others.",
              m->sockets.given_way);
    write_one(stream, "counter", "connections_ended",
              "Connections that ended for what came over them.",
              m->sockets.ended);
    write_one(stream, "gauge", "requests", "Requests that are under way.",
              m->sockets.requests);
    write_one(stream, "counter", "requests_refused",
              "Requests over the quota of their account.",
              m->sockets.requests_refused);
    write_one(stream, "counter", "log_lines_lost",
              "Lines that the system's log did not take.", m->log_lost);
    write_one(stream, "counter", "reloads",
              "Times that the configuration was read again.", m->reloads);
    write_one(stream, "counter", "reloads_failed",
              "Times that it was not, as something in it is wrong.",
              m->reloads_failed);
    fputs("# EOF\n", stream);
}
