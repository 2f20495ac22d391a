#include "daemon/audit.h"

#include <stdio.h>

#include "base/quote.h"
#include "base/sentence.h"
#include "wire/message.h"

static const char *const outcomes[METRICS_OUTCOMES] = {
    [METRICS_ESTABLISHED] = "established",
    [METRICS_WRONG] = "refused: wrong password, or an unknown or disabled user",
    [METRICS_EARLIER] = "refused: an earlier password",
    [METRICS_MALFORMED] = "refused: the client's message is malformed",
    [METRICS_BINDINGS] = "refused: the channel bindings are not the server's",
    [METRICS_LATE] = "refused: the client took too long",
    [METRICS_UNKNOWN] = "refused: not begun here for this account",
    [METRICS_THROTTLED] = "refused: too many wrong passwords",
    [METRICS_FAILED] = "failed",
};

/* Write down how many lines an account did not get. */
static void
write_sum(struct audit *audit, struct audit_budget *b, bool got_in)
{
    char line[160];

    if (b->left_out == 0)
        return;
    snprintf(line, sizeof(line), "account %s: %u more logins %s in a second",
             b->account, b->left_out,
             got_in ? "were established" : "were refused");
    b->left_out = 0;
    system_log_line(audit->log, LOG_LEVEL_NOTICE, line);
}

/* Whether an account may have a line now; otherwise it is counted. */
static bool
may_write(struct audit *audit, const struct audit_login *login, uint64_t now)
{
    bool got_in = login->outcome == METRICS_ESTABLISHED;
    struct audit_budget *b =
        &audit->budgets[login->peer->uid % AUDIT_ACCOUNTS][got_in];

    if (b->uid != login->peer->uid || b->second != now / 1000) {
        write_sum(audit, b, got_in);
        *b = (struct audit_budget){.uid = login->peer->uid,
                                   .second = now / 1000};
        snprintf(b->account, sizeof(b->account), "%s", login->account);
    }
    if (b->lines < AUDIT_LINES) {
        b->lines++;
        return true;
    }
    b->left_out++;
    audit->waits = true;
    return false;
}

static void
put_id(const uint8_t *id, struct buffer *out)
{
    char hex[3];
    size_t i;

    buffer_put(out, SLICE(", id "));
    for (i = 0; i < WIRE_ID_LEN; i++) {
        snprintf(hex, sizeof(hex), "%02x", id[i]);
        buffer_put(out, slice_of(hex));
    }
}

/* "account www-data, pid 7, SCRAM-SHA-256: user "alice" established, id 01..."
 */
static void
write_login(const struct audit_login *login, struct buffer *out)
{
    char head[128];

    snprintf(head, sizeof(head), "account %s, pid %ld, %s: ", login->account,
             (long)login->peer->pid, scram_mechanism_name(login->mechanism));
    buffer_put(out, slice_of(head));
    if (login->user.len != 0) {
        buffer_put(out, SLICE("user "));
        quote_put(login->user, out);
        buffer_put(out, SLICE(" "));
    }
    buffer_put(out, slice_of(outcomes[login->outcome]));
    put_id(login->id, out);
    if (login->why[0] != '\0') {
        buffer_put(out, SLICE(": "));
        buffer_put(out, slice_of(login->why));
    }
}

void
audit_login(struct audit *audit, const struct audit_login *login, uint64_t now)
{
    uint8_t memory[QUOTE_MAX(SCRAM_USER_MAX) + sizeof(struct sentence) + 512];
    struct buffer line = {memory, 0, sizeof(memory) - 1, false};

    if (!may_write(audit, login, now))
        return;
    write_login(login, &line);
    memory[line.len] = '\0';
    system_log_line(audit->log,
                    login->outcome == METRICS_ESTABLISHED ? LOG_LEVEL_INFO
                                                          : LOG_LEVEL_NOTICE,
                    (char *)memory);
}

/* The place of an account, or one that is free. */
static struct audit_refused *
refused_place(struct audit *audit, uid_t uid, uint64_t now)
{
    struct audit_refused *r = audit->refused, *place = NULL;

    for (; r < audit->refused + AUDIT_REFUSED_ACCOUNTS; r++) {
        if (r->uid == uid && r->until != 0)
            return r;
        if (place == NULL && r->until <= now)
            place = r;
    }
    return place;
}

void
audit_refused(struct audit *audit, const struct peer *peer, const char *why,
              uint64_t now)
{
    struct audit_refused *r = refused_place(audit, peer->uid, now);
    struct sentence line;

    if (r == NULL || r->until > now)
        return;
    *r = (struct audit_refused){peer->uid, now + AUDIT_REFUSED_AGAIN};
    sentence_write(&line, "pid %ld is refused: %s", (long)peer->pid, why);
    system_log_line(audit->log, LOG_LEVEL_WARNING, line.text);
}

int
audit_tick(struct audit *audit, uint64_t now)
{
    struct audit_budget *b;
    int wait = -1;
    unsigned i;

    for (i = 0; audit->waits && i < 2 * AUDIT_ACCOUNTS; i++) {
        b = &audit->budgets[i / 2][i % 2];
        if (b->left_out != 0 && b->second == now / 1000)
            wait = (int)(1000 - now % 1000);
        else
            write_sum(audit, b, i % 2);
    }
    audit->waits = wait >= 0;
    return wait;
}
