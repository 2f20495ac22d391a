#include "daemon/agent/check.h"

#include "base/base64.h"
#include "scram/gs2.h"

enum scram_status
agent_check_asked(struct slice server_first, struct agent_asked *asked)
{
    struct buffer salt = BUFFER_ARRAY(asked->salt);
    struct scram_server_first message;
    enum scram_status status = scram_server_first_parse(server_first, &message);

    if (status != SCRAM_OK)
        return status;
    if (!base64_decode(message.salt, &salt))
        return SCRAM_BAD_ENCODING;
    asked->iterations = message.iterations;
    asked->salt_len = salt.len;
    return SCRAM_OK;
}

struct scram_unproved
agent_unproved(enum scram_mechanism mechanism,
               const struct agent_messages *messages, struct buffer *firsts)
{
    struct scram_unproved unproved = {.mechanism = mechanism,
                                      .client_first = messages->client_first,
                                      .server_first = messages->server_first,
                                      .without_proof = messages->without_proof};

    buffer_put(firsts, messages->client_first);
    buffer_put(firsts, SLICE(","));
    buffer_put(firsts, messages->server_first);
    buffer_put(firsts, SLICE(","));
    unproved.message = (struct scram_auth_message){buffer_slice(firsts),
                                                   messages->without_proof};
    return unproved;
}

/* Say why a count is not within what the entry and the account allow. */
static void
blame_count(const struct agent_entry *e, uint32_t count,
            struct scram_limits limits, struct sentence *why)
{
    const unsigned long asked = count;

    if (count > limits.max)
        sentence_write(why,
                       "the server asks for %lu iterations, and "
                       "client_max_iterations in [scram] allows %lu",
                       asked, (unsigned long)limits.max);
    else if (count < SCRAM_ITERATIONS_MIN || count < limits.min)
        sentence_write(why,
                       "the server asks for %lu iterations, with which the "
                       "password is cheap to guess: "
                       "client_min_iterations in [scram] demands %lu",
                       asked, (unsigned long)limits.min);
    else
        sentence_write(
            why,
            "the server asks for %lu iterations, and this password is kept for "
            "%lu at least, so that nobody gets a proof that is cheap to guess "
            "from: set the password anew on the server, or, where it is known "
            "to have fewer, \"gss-scram login --min-iterations %lu\"",
            asked, (unsigned long)e->min_iterations, asked);
}

/* client-final-message-without-proof is read as the message that it becomes. */
static enum scram_status
parse_without_proof(struct slice without_proof,
                    struct scram_client_final *message, struct buffer *text)
{
    enum scram_status status;

    buffer_put(text, without_proof);
    buffer_put(text, SLICE(",p=AA=="));
    if (text->overflow)
        return SCRAM_BAD_ENCODING;
    status = scram_client_final_parse(buffer_slice(text), message);
    if (status == SCRAM_OK && message->without_proof.len != without_proof.len)
        status = SCRAM_BAD_ENCODING;
    return status;
}

/* Whether there are channel bindings of a channel. */
static enum scram_status
check_bound(struct slice channel_binding, struct sentence *why)
{
    uint8_t memory[SCRAM_BINDINGS_MAX];
    struct buffer data = BUFFER_ARRAY(memory);

    if (!base64_decode(channel_binding, &data))
        return SCRAM_BAD_ENCODING;
    if (data.len != 0 &&
        scram_gs2_kind(buffer_slice(&data)) != SCRAM_GS2_UNBOUND)
        return SCRAM_OK;
    sentence_write(why, "this password is kept for bound logins alone "
                        "(gss-scram login --bound), and the program has bound "
                        "this one to no channel, as TLS is one");
    return SCRAM_BAD_BINDINGS;
}

static enum scram_status
agent_check_messages(const struct agent_entry *e,
                     const struct agent_messages *messages,
                     struct scram_limits limits, struct agent_asked *asked,
                     struct sentence *why)
{
    const struct scram_limits both = {
        e->min_iterations > limits.min ? e->min_iterations : limits.min,
        limits.max};
    uint8_t memory[SCRAM_TOKEN_MAX];
    struct buffer text = BUFFER_ARRAY(memory);
    struct buffer salt = BUFFER_ARRAY(asked->salt);
    struct scram_client_first first;
    struct scram_server_first server = {.iterations = 0};
    struct scram_client_final final;
    enum scram_status status =
        scram_client_first_parse(messages->client_first, &first);

    if (status == SCRAM_OK)
        status = scram_server_first_parse(messages->server_first, &server);
    if (status == SCRAM_OK)
        status = parse_without_proof(messages->without_proof, &final, &text);
    if (status == SCRAM_OK && !slice_equal(server.nonce, final.nonce))
        status = SCRAM_BAD_NONCE;
    if (status == SCRAM_OK)
        status = scram_check_server_first(first.nonce, &server, both, &salt);
    if (status == SCRAM_TOO_FEW_ITERATIONS ||
        status == SCRAM_TOO_MANY_ITERATIONS)
        blame_count(e, server.iterations, limits, why);
    if (status == SCRAM_OK && e->bound)
        status = check_bound(final.channel_binding, why);
    asked->iterations = server.iterations;
    asked->salt_len = salt.len;
    return status;
}

enum scram_status
agent_check(const struct agent_entry *entry,
            const struct agent_messages *messages, struct scram_limits limits,
            struct agent_asked *asked, struct sentence *why)
{
    enum scram_status status =
        agent_check_messages(entry, messages, limits, asked, why);

    if (status == SCRAM_BAD_NONCE)
        sentence_write(why, "the messages are of different logins: their "
                            "nonces differ");
    else if (status == SCRAM_BAD_ENCODING ||
             status == SCRAM_UNSUPPORTED_EXTENSION)
        sentence_write(why, "a message of the login is malformed");
    return status;
}
