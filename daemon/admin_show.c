/*
 * Root's messages for who debugs, without verifiers.
 */
#include <stdio.h>

#include "base/quote.h"
#include "daemon/admin.h"
#include "daemon/exchange.h"
#include "wire/admin.h"

static const char *const names[] = {
    [WIRE_ADMIN_PUT] = "PUT",
    [WIRE_ADMIN_SET] = "SET",
    [WIRE_ADMIN_REMOVE] = "REMOVE",
    [WIRE_ADMIN_ENABLE] = "ENABLE",
    [WIRE_ADMIN_GET] = "GET",
    [WIRE_ADMIN_LIST] = "LIST",
    [WIRE_ADMIN_DECOYS] = "DECOYS",
    [WIRE_ADMIN_STATUS] = "STATUS",
    [WIRE_ADMIN_METRICS] = "METRICS",
    [WIRE_ADMIN_RELOAD] = "RELOAD",
    [WIRE_ADMIN_WHO] = "WHO",
    [WIRE_ADMIN_THROTTLE_LIST] = "THROTTLE LIST",
    [WIRE_ADMIN_THROTTLE_SHOW] = "THROTTLE SHOW",
    [WIRE_ADMIN_THROTTLE_CLEAR] = "THROTTLE CLEAR",
};

static void
put(struct buffer *text, const char *what, unsigned long long number)
{
    char part[64];

    snprintf(part, sizeof(part), " %s %llu", what, number);
    buffer_put(text, slice_of(part));
}

static void
put_quoted(struct buffer *text, const char *what, struct slice bytes)
{
    buffer_put(text, SLICE(" "));
    buffer_put(text, slice_of(what));
    buffer_put(text, SLICE(" "));
    quote_put(bytes, text);
}

void
admin_show(struct slice message, bool is_answer, struct buffer *text)
{
    struct wire_admin_request request;
    struct wire_admin_answer answer;

    if (wire_op(message) == WIRE_HELLO) {
        exchange_show(message, is_answer, text);
    } else if (is_answer && wire_parse_admin_answer(message, &answer)) {
        buffer_put(text, slice_of(names[answer.op]));
        put(text, "status", answer.status);
        put(text, "entries", answer.entries.count);
        put(text, "more", (answer.flags & WIRE_MORE) != 0);
        put(text, "bytes of text", answer.text.len);
        put_quoted(text, "sentence", answer.sentence);
    } else if (!is_answer && wire_parse_admin_request(message, &request)) {
        buffer_put(text, slice_of(names[request.op]));
        put_quoted(text, "store", request.location);
        put_quoted(text, "user", request.user);
        put(text, "how", request.how);
        put(text, "flags", request.flags);
        put(text, "number", request.number);
        put(text, "entries", request.entries.count);
    } else {
        put(text, "a malformed message of op", wire_op(message));
    }
}
