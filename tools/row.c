#include "row.h"

#include <stdio.h>

#include "base/date.h"
#include "text.h"

void
row_wipe(struct row *row)
{
    OPENSSL_cleanse(row, sizeof(*row));
}

void
row_begin(struct row *row, struct slice user)
{
    struct buffer b = BUFFER_ARRAY(row->user_bytes);

    *row = (struct row){0};
    buffer_put(&b, user);
    row->user_len = b.len;
}

void
row_take(struct row *row, const struct scram_verifier *verifier, uint64_t now)
{
    row->of[verifier->mechanism].there = true;
    row->of[verifier->mechanism].enabled = verifier->enabled;
    row->of[verifier->mechanism].iterations = verifier->iterations;
    row->of[verifier->mechanism].salt_len = verifier->salt_len;
    row->of[verifier->mechanism].changed = verifier->changed;
    row->of[verifier->mechanism].expires = verifier->expires;
    row->of[verifier->mechanism].groups = verifier->groups;
    row->of[verifier->mechanism].expired =
        scram_verifier_is_expired(verifier, now);
}

uint64_t
row_expires(const struct row *row)
{
    uint64_t first = 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (row->of[m].there && row->of[m].expires != 0 &&
            (first == 0 || row->of[m].expires < first))
            first = row->of[m].expires;
    return first;
}

uint64_t
row_changed(const struct row *row)
{
    uint64_t last = 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (row->of[m].there && row->of[m].changed > last)
            last = row->of[m].changed;
    return last;
}

struct slice
row_groups(const struct row *row)
{
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (row->of[m].there && row->of[m].groups.len > 0)
            return groups_slice(&row->of[m].groups);
    return SLICE("");
}

/* Write groups for programs; nothing where there are none. */
static void
write_json_groups(const struct groups *groups)
{
    struct slice rest = groups_slice(groups), name;
    const char *before = ", \"groups\": [";

    while (groups_next(&rest, &name)) {
        fputs(before, stdout);
        text_write_json(name, stdout);
        before = ", ";
    }
    if (groups->len > 0)
        fputc(']', stdout);
}

void
row_take_keys(struct row *row, const struct scram_verifier *verifier)
{
    struct buffer text = BUFFER_ARRAY(row->of[verifier->mechanism].text);

    scram_verifier_format(verifier, &text);
    row->of[verifier->mechanism].text_len = text.len;
}

/* Whether a user is let in with a mechanism. Who is disabled and has expired is
 * disabled: to change the day alone would not help. */
const char *
row_state_of(const struct row *row, int m)
{
    return !row->of[m].enabled  ? "disabled"
           : row->of[m].expired ? "expired"
                                : "enabled";
}

const char *
row_state(const struct row *row)
{
    bool in = false, out = false, expired = false;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        bool lets = row->of[m].enabled && !row->of[m].expired;

        in = in || (row->of[m].there && lets);
        out = out || (row->of[m].there && !lets);
        expired = expired || (row->of[m].there && row->of[m].enabled && !lets);
    }
    return !out      ? "enabled"
           : in      ? "partly enabled"
           : expired ? "expired"
                     : "disabled";
}

void
row_write_json(const struct row *row)
{
    const char *before = "";
    int m;

    fputs("{\"user\": ", stdout);
    text_write_json(row_user(row), stdout);
    fputs(", \"verifiers\": [", stdout);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (!row->of[m].there)
            continue;
        printf("%s{\"mechanism\": \"%s\", \"iterations\": %u, "
               "\"salt_length\": %u, \"enabled\": %s",
               before, scram_mechanism_name((enum scram_mechanism)m),
               (unsigned)row->of[m].iterations, (unsigned)row->of[m].salt_len,
               row->of[m].enabled ? "true" : "false");
        if (row->of[m].changed != 0)
            printf(", \"changed\": \"%s\"",
                   date_write(row->of[m].changed).text);
        if (row->of[m].expires != 0)
            printf(", \"expires\": \"%s\", \"expired\": %s",
                   date_write_last(row->of[m].expires).text,
                   row->of[m].expired ? "true" : "false");
        write_json_groups(&row->of[m].groups);
        if (row->of[m].text_len > 0) {
            fputs(", \"verifier\": ", stdout);
            text_write_json(
                (struct slice){row->of[m].text, row->of[m].text_len}, stdout);
        }
        fputc('}', stdout);
        before = ", ";
    }
    fputs("]}", stdout);
}
