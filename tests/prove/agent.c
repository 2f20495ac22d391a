/*
 * What programs and gss-scram-agent say to each other, as any process may send
 * it: each field stands behind its length, and follows the one before it up to
 * the last byte.
 */
#include "../../mech/wire/agent.c"

#include "pack.h"

/* That a field follows another, with a length and so many bytes between. */
static void
must_follow(struct slice field, struct slice before, size_t between, size_t max)
{
    must(follows(field, before, between + 4), "a field follows the one before");
    must(field.len <= max, "it is not too long");
}

static struct slice
head(size_t len)
{
    return (struct slice){message.data, len};
}

void
prove_choose(void)
{
    struct wire_choose m;

    if (!wire_parse_choose(any_message(), &m))
        return;
    must_follow(m.target, head(2), 0, WIRE_TARGET_MAX);
    must_follow(m.user, m.target, 0, WIRE_USER_MAX);
    must(ends_message(m.user), "to the end");
}

void
prove_choice(void)
{
    struct wire_choice m;

    if (!wire_parse_choice(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must_follow(m.user, head(2), 0, WIRE_USER_MAX);
    must_follow(m.nonce, m.user, 0, WIRE_NONCE_MAX);
    must_follow(m.seal, m.nonce, 5, WIRE_SEAL_MAX);
    must_follow(m.sentence, m.seal, 0, WIRE_SENTENCE_MAX);
    must(ends_message(m.sentence), "to the end");
}

void
prove_sign(void)
{
    struct wire_sign m;

    if (!wire_parse_sign(any_message(), &m))
        return;
    must_follow(m.target, head(2), 0, WIRE_TARGET_MAX);
    must_follow(m.seal, m.target, 0, WIRE_SEAL_MAX);
    must_follow(m.client_first, m.seal, 0, WIRE_FIRST_MAX);
    must_follow(m.server_first, m.client_first, 0, WIRE_FIRST_MAX);
    must_follow(m.without_proof, m.server_first, 0, WIRE_TOKEN_MAX);
    must(ends_message(m.without_proof), "to the end");
}

void
prove_signed(void)
{
    struct wire_signed m;

    if (!wire_parse_signed(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST || m.status == SCRAM_WORKING,
         "a status");
    must_follow(m.proof, head(2), 0, WIRE_PROOF_MAX);
    must_follow(m.seal, m.proof, 0, WIRE_SEAL_MAX);
    must_follow(m.sentence, m.seal, 0, WIRE_SENTENCE_MAX);
    must(ends_message(m.sentence), "to the end");
}

void
prove_verify(void)
{
    struct wire_verify m;

    if (!wire_parse_verify(any_message(), &m))
        return;
    must_follow(m.seal, head(2), 0, WIRE_SEAL_MAX);
    must_follow(m.client_first, m.seal, 0, WIRE_FIRST_MAX);
    must_follow(m.server_first, m.client_first, 0, WIRE_FIRST_MAX);
    must_follow(m.without_proof, m.server_first, 0, WIRE_TOKEN_MAX);
    must_follow(m.server_final, m.without_proof, 0, WIRE_FIRST_MAX);
    must(ends_message(m.server_final), "to the end");
}

void
prove_verified(void)
{
    struct wire_verified m;

    if (!wire_parse_verified(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must(place(m.session_key) == place(message) + 2 &&
             m.session_key.len == WIRE_SESSION_KEY_LEN,
         "a key");
    must_follow(m.error, m.session_key, 0, WIRE_FIRST_MAX);
    must_follow(m.sentence, m.error, 0, WIRE_SENTENCE_MAX);
    must(ends_message(m.sentence), "to the end");
}

void
prove_keep(void)
{
    struct wire_keep m;

    if (!wire_parse_keep(any_message(), &m))
        return;
    must_follow(m.target, head(2), 0, WIRE_TARGET_MAX);
    must_follow(m.user, m.target, 0, WIRE_USER_MAX);
    must_follow(m.password, m.user, 0, WIRE_PASSWORD_MAX);
    must(place(m.password) + m.password.len + 9 == LENGTH, "to the end");
    must(m.min_iterations <= INT32_MAX, "a count");
}

void
prove_kept(void)
{
    struct wire_kept m;

    if (!wire_parse_kept(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must_follow(m.sentence, head(2), 0, WIRE_SENTENCE_MAX);
    must(ends_message(m.sentence), "to the end");
}

void
prove_list(void)
{
    struct wire_list m;

    if (wire_parse_list(any_message(), &m))
        must(message.len == 5, "a number");
}

void
prove_listed(void)
{
    struct wire_listed m;

    if (!wire_parse_listed(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must_follow(m.target, head(4), 0, WIRE_TARGET_MAX);
    must_follow(m.user, m.target, 0, WIRE_USER_MAX);
    must_follow(m.sentence, m.user, 14, WIRE_SENTENCE_MAX);
    must(m.min_iterations <= INT32_MAX, "a count");
    must(ends_message(m.sentence), "to the end");
}

void
prove_forget(void)
{
    struct wire_forget m;

    if (!wire_parse_forget(any_message(), &m))
        return;
    must_follow(m.target, head(1), 0, WIRE_TARGET_MAX);
    must_follow(m.user, m.target, 0, WIRE_USER_MAX);
    must(ends_message(m.user), "to the end");
}

void
prove_forgotten(void)
{
    struct wire_forgotten m;

    if (!wire_parse_forgotten(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must_follow(m.sentence, head(6), 0, WIRE_SENTENCE_MAX);
    must(ends_message(m.sentence), "to the end");
}
