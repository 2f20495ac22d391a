/*
 * Root's messages for who debugs, without verifiers.
 */
#include "daemon/admin.h"
#include "daemon/debug.h"
#include "daemon/exchange.h"
#include "wire/admin.h"

static const char *const names[] = {
    [WIRE_ADMIN_PUT] = "PUT",
    [WIRE_ADMIN_SET] = "SET",
    [WIRE_ADMIN_REMOVE] = "REMOVE",
    [WIRE_ADMIN_EDIT] = "EDIT",
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

void
admin_show(struct slice message, bool is_answer, struct buffer *text)
{
    struct wire_admin_request request;
    struct wire_admin_answer answer;

    if (wire_op(message) == WIRE_HELLO) {
        exchange_show(message, is_answer, text);
    } else if (is_answer && wire_parse_admin_answer(message, &answer)) {
        buffer_put(text, slice_of(names[answer.op]));
        debug_put_number(text, "status", answer.status);
        debug_put_number(text, "entries", answer.entries.count);
        debug_put_number(text, "more", (answer.flags & WIRE_MORE) != 0);
        debug_put_number(text, "bytes of text", answer.text.len);
        debug_put_quoted(text, "sentence", answer.sentence);
    } else if (!is_answer && wire_parse_admin_request(message, &request)) {
        buffer_put(text, slice_of(names[request.op]));
        debug_put_quoted(text, "store", request.location);
        debug_put_quoted(text, "user", request.user);
        debug_put_number(text, "how", request.how);
        debug_put_number(text, "flags", request.flags);
        debug_put_number(text, "number", request.number);
        debug_put_number(text, "entries", request.entries.count);
    } else {
        debug_put_number(text, "a malformed message of op", wire_op(message));
    }
}
