/*
 * The messages of exchange.h for who debugs. Seals, proofs, signatures and
 * session keys are left out.
 */
#include "daemon/debug.h"
#include "daemon/exchange.h"
#include "wire/message.h"

static void
exchange_show_put_scram(struct buffer *text, const char *name,
                        struct slice message)
{
    buffer_put(text, SLICE(" "));
    buffer_put(text, slice_of(name));
    buffer_put(text, SLICE(" "));
    debug_quote_scram(message, text);
}

static void
exchange_show_request(struct slice message, struct buffer *text)
{
    struct wire_hello hello;
    struct wire_first first;
    struct wire_final final;

    if (wire_parse_hello(message, &hello)) {
        buffer_put(text, SLICE("HELLO"));
        debug_put_number(text, "versions from", hello.lowest);
        debug_put_number(text, "to", hello.highest);
    } else if (wire_parse_first(message, &first)) {
        buffer_put(text, SLICE("FIRST"));
        debug_put_number(text, "mechanism", first.mechanism);
        exchange_show_put_scram(text, "client-first", first.client_first);
    } else if (wire_parse_final(message, &final)) {
        buffer_put(text, SLICE("FINAL"));
        debug_put_number(text, "mechanism", final.mechanism);
        debug_put_number(text, "bytes of seal", final.seal.len);
        debug_put_number(text, "bindings given", final.binding_given);
        debug_put_number(text, "bytes of bindings", final.binding.len);
        exchange_show_put_scram(text, "client-first", final.client_first);
        exchange_show_put_scram(text, "server-first", final.server_first);
        exchange_show_put_scram(text, "client-final", final.client_final);
    } else {
        buffer_put(text, SLICE("a message that is none"));
        debug_put_number(text, "bytes", message.len);
    }
}

static void
show_challenge(const struct wire_challenge *c, struct buffer *text)
{
    buffer_put(text, SLICE("answer to FIRST:"));
    debug_put_number(text, "status", c->status);
    debug_put_number(text, "ms left", c->left);
    exchange_show_put_scram(text, "server-first", c->server_first);
    debug_put_quoted(text, "user", c->user);
    debug_put_quoted(text, "sentence", c->sentence);
}

static void
exchange_show_answer(struct slice message, struct buffer *text)
{
    struct wire_welcome welcome;
    struct wire_challenge challenge;
    struct wire_verdict verdict;

    if (wire_parse_welcome(message, &welcome)) {
        buffer_put(text, SLICE("answer to HELLO:"));
        debug_put_number(text, "status", welcome.status);
        debug_put_number(text, "version", welcome.version);
        debug_put_number(text, "ms for a client", welcome.handshake_timeout);
        debug_put_quoted(text, "sentence", welcome.sentence);
    } else if (wire_parse_challenge(message, &challenge)) {
        show_challenge(&challenge, text);
    } else if (wire_parse_verdict(message, &verdict)) {
        buffer_put(text, SLICE("answer to FINAL:"));
        debug_put_number(text, "status", verdict.status);
        debug_put_number(text, "bound", verdict.bound);
        debug_put_quoted(text, "user", verdict.user);
        debug_put_quoted(text, "store", verdict.location);
        debug_put_quoted(text, "sentence", verdict.sentence);
    }
}

void
exchange_show(struct slice message, bool is_answer, struct buffer *text)
{
    if (is_answer)
        exchange_show_answer(message, text);
    else
        exchange_show_request(message, text);
}
