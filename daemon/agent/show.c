/*
 * The messages of requests.h for who debugs. Passwords, seals, proofs,
 * signatures and session keys are left out.
 */
#include "daemon/agent/requests.h"
#include "daemon/debug.h"

static void
agent_show_put(struct buffer *text, const char *words)
{
    buffer_put(text, slice_of(words));
}

static void
agent_show_put_scram(struct buffer *text, const char *name,
                     struct slice message)
{
    agent_show_put(text, " ");
    agent_show_put(text, name);
    agent_show_put(text, " ");
    debug_quote_scram(message, text);
}

static void
show_login(struct slice message, struct buffer *text)
{
    struct wire_choose choose;
    struct wire_sign sign;
    struct wire_verify verify;

    if (wire_parse_choose(message, &choose)) {
        agent_show_put(text, "CHOOSE");
        debug_put_number(text, "mechanism", choose.mechanism);
        debug_put_quoted(text, "target", choose.target);
        debug_put_quoted(text, "user", choose.user);
    } else if (wire_parse_sign(message, &sign)) {
        agent_show_put(text, "SIGN");
        debug_put_quoted(text, "target", sign.target);
        agent_show_put_scram(text, "client-first", sign.client_first);
        agent_show_put_scram(text, "server-first", sign.server_first);
        agent_show_put_scram(text, "client-final", sign.without_proof);
    } else if (wire_parse_verify(message, &verify)) {
        agent_show_put(text, "VERIFY");
        agent_show_put_scram(text, "client-first", verify.client_first);
        agent_show_put_scram(text, "server-first", verify.server_first);
        agent_show_put_scram(text, "client-final", verify.without_proof);
        agent_show_put_scram(text, "server-final", verify.server_final);
    }
}

static void
agent_show_request(struct slice message, struct buffer *text)
{
    size_t before = text->len;
    struct wire_hello hello;
    struct wire_keep keep;
    struct wire_list index;
    struct wire_forget forget;

    if (wire_parse_hello(message, &hello)) {
        agent_show_put(text, "HELLO");
        debug_put_number(text, "versions from", hello.lowest);
        debug_put_number(text, "to", hello.highest);
    } else if (wire_parse_keep(message, &keep)) {
        agent_show_put(text, "KEEP");
        debug_put_number(text, "mechanism", keep.mechanism);
        debug_put_quoted(text, "target", keep.target);
        debug_put_quoted(text, "user", keep.user);
        debug_put_number(text, "seconds", keep.lifetime);
        debug_put_number(text, "iterations from", keep.min_iterations);
        debug_put_number(text, "bound", keep.bound);
    } else if (wire_parse_list(message, &index)) {
        agent_show_put(text, "LIST");
        debug_put_number(text, "index", index.index);
    } else if (wire_parse_forget(message, &forget)) {
        agent_show_put(text, "FORGET");
        debug_put_quoted(text, "target", forget.target);
        debug_put_quoted(text, "user", forget.user);
    } else {
        show_login(message, text);
    }
    if (text->len == before) {
        agent_show_put(text, "a message that is none");
        debug_put_number(text, "bytes", message.len);
    }
}

/* What every answer has. */
static void
put_outcome(struct buffer *text, const char *name, enum scram_status status,
            struct slice sentence)
{
    agent_show_put(text, "answer to ");
    agent_show_put(text, name);
    agent_show_put(text, ":");
    debug_put_number(text, "status", status);
    if (sentence.len != 0)
        debug_put_quoted(text, "sentence", sentence);
}

static void
show_listed(const struct wire_listed *l, struct buffer *text)
{
    put_outcome(text, "LIST", l->status, l->sentence);
    debug_put_quoted(text, "target", l->target);
    debug_put_quoted(text, "user", l->user);
    debug_put_number(text, "seconds left", l->left);
    debug_put_number(text, "more", l->more);
}

static void
agent_show_answer(struct slice message, struct buffer *text)
{
    struct wire_welcome welcome;
    struct wire_choice choice;
    struct wire_signed sign;
    struct wire_verified verified;
    struct wire_kept kept;
    struct wire_listed listed;
    struct wire_forgotten forgotten;

    if (wire_parse_welcome(message, &welcome)) {
        put_outcome(text, "HELLO", welcome.status, welcome.sentence);
    } else if (wire_parse_choice(message, &choice)) {
        put_outcome(text, "CHOOSE", choice.status, choice.sentence);
        debug_put_quoted(text, "user", choice.user);
        debug_put_quoted(text, "nonce", choice.nonce);
        debug_put_number(text, "seconds left", choice.left);
        debug_put_number(text, "bound", choice.bound);
    } else if (wire_parse_signed(message, &sign)) {
        put_outcome(text, "SIGN", sign.status, sign.sentence);
    } else if (wire_parse_verified(message, &verified)) {
        put_outcome(text, "VERIFY", verified.status, verified.sentence);
        debug_put_quoted(text, "error", verified.error);
    } else if (wire_parse_kept(message, &kept)) {
        put_outcome(text, "KEEP", kept.status, kept.sentence);
    } else if (wire_parse_listed(message, &listed)) {
        show_listed(&listed, text);
    } else if (wire_parse_forgotten(message, &forgotten)) {
        put_outcome(text, "FORGET", forgotten.status, forgotten.sentence);
        debug_put_number(text, "count", forgotten.count);
    }
}

void
agent_show(struct slice message, bool is_answer, struct buffer *text)
{
    if (is_answer)
        agent_show_answer(message, text);
    else
        agent_show_request(message, text);
}
