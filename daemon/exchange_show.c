/*
 * The messages of exchange.h for who debugs. Seals, proofs, signatures and
 * session keys are left out.
 */
#include <stdio.h>

#include "base/quote.h"
#include "daemon/debug.h"
#include "daemon/exchange.h"
#include "wire/message.h"

static void
put_number(struct buffer *text, const char *name, unsigned long number)
{
    char part[64];

    snprintf(part, sizeof(part), " %s %lu", name, number);
    buffer_put(text, slice_of(part));
}

static void
put_bytes(struct buffer *text, const char *name, struct slice bytes)
{
    buffer_put(text, SLICE(" "));
    buffer_put(text, slice_of(name));
    buffer_put(text, SLICE(" "));
    quote_put(bytes, text);
}

static void
put_scram(struct buffer *text, const char *name, struct slice message)
{
    buffer_put(text, SLICE(" "));
    buffer_put(text, slice_of(name));
    buffer_put(text, SLICE(" "));
    debug_quote_scram(message, text);
}

static void
show_request(struct slice message, struct buffer *text)
{
    struct wire_hello hello;
    struct wire_first first;
    struct wire_final final;

    if (wire_parse_hello(message, &hello)) {
        buffer_put(text, SLICE("HELLO"));
        put_number(text, "versions from", hello.lowest);
        put_number(text, "to", hello.highest);
    } else if (wire_parse_first(message, &first)) {
        buffer_put(text, SLICE("FIRST"));
        put_number(text, "mechanism", first.mechanism);
        put_scram(text, "client-first", first.client_first);
    } else if (wire_parse_final(message, &final)) {
        buffer_put(text, SLICE("FINAL"));
        put_number(text, "mechanism", final.mechanism);
        put_number(text, "bytes of seal", final.seal.len);
        put_number(text, "bindings given", final.binding_given);
        put_number(text, "bytes of bindings", final.binding.len);
        put_scram(text, "client-first", final.client_first);
        put_scram(text, "server-first", final.server_first);
        put_scram(text, "client-final", final.client_final);
    } else {
        buffer_put(text, SLICE("a message that is none"));
        put_number(text, "bytes", message.len);
    }
}

static void
show_challenge(const struct wire_challenge *c, struct buffer *text)
{
    buffer_put(text, SLICE("answer to FIRST:"));
    put_number(text, "status", c->status);
    put_number(text, "ms left", c->left);
    put_scram(text, "server-first", c->server_first);
    put_bytes(text, "user", c->user);
    put_bytes(text, "sentence", c->sentence);
}

static void
show_answer(struct slice message, struct buffer *text)
{
    struct wire_welcome welcome;
    struct wire_challenge challenge;
    struct wire_verdict verdict;

    if (wire_parse_welcome(message, &welcome)) {
        buffer_put(text, SLICE("answer to HELLO:"));
        put_number(text, "status", welcome.status);
        put_number(text, "version", welcome.version);
        put_number(text, "ms for a client", welcome.handshake_timeout);
        put_bytes(text, "sentence", welcome.sentence);
    } else if (wire_parse_challenge(message, &challenge)) {
        show_challenge(&challenge, text);
    } else if (wire_parse_verdict(message, &verdict)) {
        buffer_put(text, SLICE("answer to FINAL:"));
        put_number(text, "status", verdict.status);
        put_number(text, "bound", verdict.bound);
        put_bytes(text, "user", verdict.user);
        put_bytes(text, "store", verdict.location);
        put_bytes(text, "sentence", verdict.sentence);
    }
}

void
exchange_show(struct slice message, bool is_answer, struct buffer *text)
{
    if (is_answer)
        show_answer(message, text);
    else
        show_request(message, text);
}
