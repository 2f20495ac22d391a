#include "wire/agent.h"

#include "wire/parts.h"

_Static_assert(64 + WIRE_SEAL_MAX + WIRE_TARGET_MAX + 3 * WIRE_FIRST_MAX +
                       WIRE_TOKEN_MAX <=
                   WIRE_MESSAGE_MAX,
               "a sign or a verify with every field at its limit is a message");
_Static_assert(64 + WIRE_TARGET_MAX + WIRE_USER_MAX + WIRE_NONCE_MAX +
                       WIRE_SEAL_MAX + WIRE_FIRST_MAX + WIRE_SENTENCE_MAX <=
                   WIRE_ANSWER_MAX,
               "and so any answer");

bool
wire_parse_choose(struct slice message, struct wire_choose *choose)
{
    struct unpack u = unpack_begin(message, WIRE_CHOOSE);
    struct wire_choose parsed;

    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.target = unpack_bytes(&u, WIRE_TARGET_MAX);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    if (!unpack_complete(&u))
        return false;
    *choose = parsed;
    return true;
}

void
wire_put_choose(const struct wire_choose *choose, struct buffer *out)
{
    pack_head(out, WIRE_CHOOSE, choose->mechanism);
    pack_bytes(out, choose->target);
    pack_bytes(out, choose->user);
}

bool
wire_parse_choice(struct slice message, struct wire_choice *choice)
{
    struct unpack u = unpack_begin(message, WIRE_CHOOSE);
    struct wire_choice parsed;

    parsed.status = unpack_status(&u);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    parsed.nonce = unpack_bytes(&u, WIRE_NONCE_MAX);
    parsed.left = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.bound = unpack_bool(&u);
    parsed.seal = unpack_bytes(&u, WIRE_SEAL_MAX);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *choice = parsed;
    return true;
}

void
wire_put_choice(const struct wire_choice *choice, struct buffer *out)
{
    pack_head(out, WIRE_CHOOSE, choice->status);
    pack_bytes(out, choice->user);
    pack_bytes(out, choice->nonce);
    pack_number(out, 4, choice->left);
    pack_number(out, 1, choice->bound);
    pack_bytes(out, choice->seal);
    pack_sentence(out, choice->sentence);
}

bool
wire_parse_sign(struct slice message, struct wire_sign *sign)
{
    struct unpack u = unpack_begin(message, WIRE_SIGN);
    struct wire_sign parsed;

    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.target = unpack_bytes(&u, WIRE_TARGET_MAX);
    parsed.seal = unpack_bytes(&u, WIRE_SEAL_MAX);
    parsed.client_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.server_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.without_proof = unpack_bytes(&u, WIRE_TOKEN_MAX);
    if (!unpack_complete(&u))
        return false;
    *sign = parsed;
    return true;
}

void
wire_put_sign(const struct wire_sign *sign, struct buffer *out)
{
    pack_head(out, WIRE_SIGN, sign->mechanism);
    pack_bytes(out, sign->target);
    pack_bytes(out, sign->seal);
    pack_bytes(out, sign->client_first);
    pack_bytes(out, sign->server_first);
    pack_bytes(out, sign->without_proof);
}

/* The status of a signed, which may be one that no other answer has. */
static enum scram_status
unpack_signed_status(struct unpack *u)
{
    uint64_t status = unpack_number(u, 1, SCRAM_WORKING);

    if (status > SCRAM_STATUS_LAST && status != SCRAM_WORKING)
        u->failed = true;
    return (enum scram_status)status;
}

bool
wire_parse_signed(struct slice message, struct wire_signed *answer)
{
    struct unpack u = unpack_begin(message, WIRE_SIGN);
    struct wire_signed parsed;

    parsed.status = unpack_signed_status(&u);
    parsed.proof = unpack_bytes(&u, WIRE_PROOF_MAX);
    parsed.seal = unpack_bytes(&u, WIRE_SEAL_MAX);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *answer = parsed;
    return true;
}

void
wire_put_signed(const struct wire_signed *answer, struct buffer *out)
{
    pack_head(out, WIRE_SIGN, answer->status);
    pack_bytes(out, answer->proof);
    pack_bytes(out, answer->seal);
    pack_sentence(out, answer->sentence);
}

bool
wire_parse_verify(struct slice message, struct wire_verify *verify)
{
    struct unpack u = unpack_begin(message, WIRE_VERIFY);
    struct wire_verify parsed;

    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.seal = unpack_bytes(&u, WIRE_SEAL_MAX);
    parsed.client_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.server_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.without_proof = unpack_bytes(&u, WIRE_TOKEN_MAX);
    parsed.server_final = unpack_bytes(&u, WIRE_FIRST_MAX);
    if (!unpack_complete(&u))
        return false;
    *verify = parsed;
    return true;
}

void
wire_put_verify(const struct wire_verify *verify, struct buffer *out)
{
    pack_head(out, WIRE_VERIFY, verify->mechanism);
    pack_bytes(out, verify->seal);
    pack_bytes(out, verify->client_first);
    pack_bytes(out, verify->server_first);
    pack_bytes(out, verify->without_proof);
    pack_bytes(out, verify->server_final);
}

bool
wire_parse_verified(struct slice message, struct wire_verified *verified)
{
    struct unpack u = unpack_begin(message, WIRE_VERIFY);
    struct wire_verified parsed;

    parsed.status = unpack_status(&u);
    parsed.session_key = unpack_raw(&u, WIRE_SESSION_KEY_LEN);
    parsed.error = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *verified = parsed;
    return true;
}

void
wire_put_verified(const struct wire_verified *verified, struct buffer *out)
{
    pack_head(out, WIRE_VERIFY, verified->status);
    buffer_put(out, verified->session_key);
    pack_bytes(out, verified->error);
    pack_sentence(out, verified->sentence);
}

bool
wire_parse_keep(struct slice message, struct wire_keep *keep)
{
    struct unpack u = unpack_begin(message, WIRE_KEEP);
    struct wire_keep parsed;

    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.target = unpack_bytes(&u, WIRE_TARGET_MAX);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    parsed.password = unpack_bytes(&u, WIRE_PASSWORD_MAX);
    parsed.lifetime = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.min_iterations = (uint32_t)unpack_number(&u, 4, INT32_MAX);
    parsed.bound = unpack_bool(&u);
    if (!unpack_complete(&u))
        return false;
    *keep = parsed;
    return true;
}

void
wire_put_keep(const struct wire_keep *keep, struct buffer *out)
{
    pack_head(out, WIRE_KEEP, keep->mechanism);
    pack_bytes(out, keep->target);
    pack_bytes(out, keep->user);
    pack_bytes(out, keep->password);
    pack_number(out, 4, keep->lifetime);
    pack_number(out, 4, keep->min_iterations);
    pack_number(out, 1, keep->bound);
}

bool
wire_parse_kept(struct slice message, struct wire_kept *kept)
{
    struct unpack u = unpack_begin(message, WIRE_KEEP);
    struct wire_kept parsed;

    parsed.status = unpack_status(&u);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *kept = parsed;
    return true;
}

void
wire_put_kept(const struct wire_kept *kept, struct buffer *out)
{
    pack_head(out, WIRE_KEEP, kept->status);
    pack_sentence(out, kept->sentence);
}

bool
wire_parse_list(struct slice message, struct wire_list *list)
{
    struct unpack u = unpack_begin(message, WIRE_LIST);
    uint32_t index = (uint32_t)unpack_number(&u, 4, UINT32_MAX);

    if (!unpack_complete(&u))
        return false;
    list->index = index;
    return true;
}

void
wire_put_list(const struct wire_list *list, struct buffer *out)
{
    pack_number(out, 1, WIRE_LIST);
    pack_number(out, 4, list->index);
}

bool
wire_parse_listed(struct slice message, struct wire_listed *listed)
{
    struct unpack u = unpack_begin(message, WIRE_LIST);
    struct wire_listed parsed;

    parsed.status = unpack_status(&u);
    parsed.more = unpack_bool(&u);
    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.target = unpack_bytes(&u, WIRE_TARGET_MAX);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    parsed.left = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.min_iterations = (uint32_t)unpack_number(&u, 4, INT32_MAX);
    parsed.bound = unpack_bool(&u);
    parsed.used = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.refused = unpack_bool(&u);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *listed = parsed;
    return true;
}

void
wire_put_listed(const struct wire_listed *listed, struct buffer *out)
{
    pack_head(out, WIRE_LIST, listed->status);
    pack_number(out, 1, listed->more);
    pack_number(out, 1, listed->mechanism);
    pack_bytes(out, listed->target);
    pack_bytes(out, listed->user);
    pack_number(out, 4, listed->left);
    pack_number(out, 4, listed->min_iterations);
    pack_number(out, 1, listed->bound);
    pack_number(out, 4, listed->used);
    pack_number(out, 1, listed->refused);
    pack_sentence(out, listed->sentence);
}

bool
wire_parse_forget(struct slice message, struct wire_forget *forget)
{
    struct unpack u = unpack_begin(message, WIRE_FORGET);
    struct wire_forget parsed;

    parsed.target = unpack_bytes(&u, WIRE_TARGET_MAX);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    if (!unpack_complete(&u))
        return false;
    *forget = parsed;
    return true;
}

void
wire_put_forget(const struct wire_forget *forget, struct buffer *out)
{
    pack_number(out, 1, WIRE_FORGET);
    pack_bytes(out, forget->target);
    pack_bytes(out, forget->user);
}

bool
wire_parse_forgotten(struct slice message, struct wire_forgotten *forgotten)
{
    struct unpack u = unpack_begin(message, WIRE_FORGET);
    struct wire_forgotten parsed;

    parsed.status = unpack_status(&u);
    parsed.count = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *forgotten = parsed;
    return true;
}

void
wire_put_forgotten(const struct wire_forgotten *forgotten, struct buffer *out)
{
    pack_head(out, WIRE_FORGET, forgotten->status);
    pack_number(out, 4, forgotten->count);
    pack_sentence(out, forgotten->sentence);
}
