#include "gss/event.h"

#include <stdio.h>
#include <unistd.h>

#include "base/big_endian.h"
#include "base/log.h"
#include "base/quote.h"
#include "base/trace.h"
#include "gss/register.h"

static bool
is_last(const struct event *event)
{
    return event->kind >= EVENT_ESTABLISHED;
}

/* "context 7, " and, where there is an id, "id 0123456789abcdef, " */
static void
write_head(const struct event *event, struct buffer *out)
{
    uint64_t id = big_endian_read(event->id, sizeof(event->id));
    char head[80];

    if (event->number != 0)
        snprintf(head, sizeof(head), "context %llu",
                 (unsigned long long)event->number);
    else
        snprintf(head, sizeof(head), "no context");
    buffer_put(out, slice_of(head));
    if (id == 0)
        return;
    snprintf(head, sizeof(head), ", id %016llx", (unsigned long long)id);
    buffer_put(out, slice_of(head));
}

/* "context 7: accept SCRAM-SHA-256: user "alice" refused: ..." */
static void
event_write_line(const struct event *event, struct buffer *out)
{
    static const char *const outcomes[] = {
        [EVENT_BEGUN] = "begun",       [EVENT_ANSWERED] = "answered",
        [EVENT_EXPORTED] = "exported", [EVENT_NOT_EXPORTED] = "not exported",
        [EVENT_IMPORTED] = "imported", [EVENT_ESTABLISHED] = "established",
        [EVENT_REFUSED] = "refused",
    };

    write_head(event, out);
    buffer_put(out, SLICE(": "));
    buffer_put(out, slice_of(event->initiates ? "initiate " : "accept "));
    buffer_put(out, slice_of(scram_mechanism_name(event->mechanism)));
    buffer_put(out, SLICE(": "));
    if (event->user.len != 0) {
        buffer_put(out, SLICE("user "));
        quote_put(event->user, out);
        buffer_put(out, SLICE(" "));
    }
    buffer_put(out, slice_of(outcomes[event->kind]));
    if (event->why != NULL) {
        buffer_put(out, SLICE(": "));
        buffer_put(out, slice_of(event->why));
    }
}

/* Room for a user name of which every byte is escaped, twice over. */
#define LINE_MAX_BYTES (8 * SCRAM_USER_MAX + sizeof(struct sentence) + 128)

static bool
is_wanted(const struct event *event)
{
    return trace_is_on() || (event->audit && is_last(event));
}

void
event_report(const struct event *event)
{
    uint8_t memory[LINE_MAX_BYTES];
    struct buffer line = {memory, 0, sizeof(memory) - 1, false};

    if (!is_wanted(event))
        return;
    event_write_line(event, &line);
    memory[line.len] = '\0';
    trace_line((char *)memory);
    if (event->audit && is_last(event))
        log_line(event->kind == EVENT_ESTABLISHED ? LOG_LEVEL_INFO
                                                  : LOG_LEVEL_NOTICE,
                 (char *)memory);
}

void
event_report_late(bool audit)
{
    struct register_sum sum;
    char line[200];

    if (!register_take_sum(&sum))
        return;
    snprintf(line, sizeof(line),
             "accept: clients that did not answer within handshake_timeout: "
             "%llu; that gave way to newer ones at max_half_open: %llu",
             (unsigned long long)sum.late, (unsigned long long)sum.gave_way);
    trace_line(line);
    if (audit)
        log_line(LOG_LEVEL_NOTICE, line);
}
