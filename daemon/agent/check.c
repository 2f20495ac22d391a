#include "daemon/agent/check.h"

#include "base/base64.h"
#include "scram/gs2.h"
#include "scram/message.h"

static enum scram_status
decode_salt(const struct scram_server_first *message, struct agent_asked *asked)
{
    struct buffer salt = BUFFER_ARRAY(asked->salt);

    if (!base64_decode(message->salt, &salt))
        return SCRAM_BAD_ENCODING;
    asked->iterations = message->iterations;
    asked->salt_len = salt.len;
    return SCRAM_OK;
}

enum scram_status
agent_check_asked(struct slice server_first, struct agent_asked *asked)
{
    struct scram_server_first message;
    enum scram_status status = scram_server_first_parse(server_first, &message);

    return status == SCRAM_OK ? decode_salt(&message, asked) : status;
}

/* Whether the count is within what the entry and the account allow. */
static enum scram_status
check_count(const struct agent_entry *e, uint32_t count,
            const struct agent_limits *limits, struct sentence *why)
{
    if (count < SCRAM_ITERATIONS_MIN || count < limits->min) {
        sentence_write(why,
                       "the server asks for %lu iterations, which makes the "
                       "password cheap to guess: min_iterations in [scram] "
                       "demands %lu",
                       (unsigned long)count,
                       (unsigned long)(limits->min > SCRAM_ITERATIONS_MIN
                                           ? limits->min
                                           : SCRAM_ITERATIONS_MIN));
        return SCRAM_TOO_FEW_ITERATIONS;
    }
    if (count < e->min_iterations) {
        sentence_write(
            why,
            "the server asks for %lu iterations, and this password is kept for "
            "%lu at least, so that nobody gets a proof that is cheap to guess "
            "from: set the password anew on the server, or, where it is known "
            "to have fewer, \"gss-scram login --min-iterations %lu\"",
            (unsigned long)count, (unsigned long)e->min_iterations,
            (unsigned long)count);
        return SCRAM_TOO_FEW_ITERATIONS;
    }
    if (count > limits->max) {
        sentence_write(why,
                       "the server asks for %lu iterations, and max_iterations "
                       "in [scram] allows %lu",
                       (unsigned long)count, (unsigned long)limits->max);
        return SCRAM_TOO_MANY_ITERATIONS;
    }
    return SCRAM_OK;
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

enum scram_status
agent_check(const struct agent_entry *e, const struct agent_messages *messages,
            const struct agent_limits *limits, struct agent_asked *asked,
            struct sentence *why)
{
    uint8_t memory[SCRAM_TOKEN_MAX];
    struct buffer text = BUFFER_ARRAY(memory);
    struct scram_client_first first;
    struct scram_server_first server = {.iterations = 0};
    struct scram_client_final final;
    enum scram_status status =
        scram_client_first_parse(messages->client_first, &first);

    if (status == SCRAM_OK)
        status = scram_server_first_parse(messages->server_first, &server);
    if (status == SCRAM_OK)
        status = parse_without_proof(messages->without_proof, &final, &text);
    if (status == SCRAM_OK && server.nonce.len > SCRAM_NONCE_MAX)
        status = SCRAM_BAD_ENCODING;
    if (status != SCRAM_OK) {
        sentence_write(why, "a message of the login is malformed");
        return status;
    }
    if (server.nonce.len <= first.nonce.len ||
        !slice_starts_with(server.nonce, first.nonce) ||
        !slice_equal(server.nonce, final.nonce)) {
        sentence_write(why, "the messages are of different logins: their "
                            "nonces differ");
        return SCRAM_BAD_NONCE;
    }
    status = check_count(e, server.iterations, limits, why);
    if (status == SCRAM_OK && e->bound)
        status = check_bound(final.channel_binding, why);
    if (status == SCRAM_OK)
        status = decode_salt(&server, asked);
    if (status == SCRAM_BAD_ENCODING)
        sentence_write(why, "a message of the login is malformed");
    return status;
}
