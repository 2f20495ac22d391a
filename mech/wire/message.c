#include "wire/message.h"

#include "wire/parts.h"

_Static_assert(64 + WIRE_SEAL_MAX + WIRE_BINDING_MAX + 2 * WIRE_FIRST_MAX +
                       WIRE_TOKEN_MAX <=
                   WIRE_MESSAGE_MAX,
               "a final with every field at its limit is a message");
_Static_assert(64 + WIRE_SESSION_KEY_LEN + WIRE_FIRST_MAX + WIRE_USER_MAX +
                       WIRE_LOCATION_MAX +
                       WIRE_ATTRIBUTES_MAX *
                           (8 + WIRE_KEY_MAX + WIRE_VALUE_MAX) +
                       WIRE_SENTENCE_MAX <=
                   WIRE_ANSWER_MAX,
               "and so a verdict an answer");

uint8_t
wire_op(struct slice message)
{
    return message.len == 0 ? 0 : message.data[0];
}

bool
wire_parse_hello(struct slice message, struct wire_hello *hello)
{
    struct unpack u = unpack_begin(message, WIRE_HELLO);
    struct wire_hello parsed;

    parsed.lowest = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.highest = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    if (!unpack_complete(&u) || parsed.lowest > parsed.highest)
        return false;
    *hello = parsed;
    return true;
}

void
wire_put_hello(const struct wire_hello *hello, struct buffer *out)
{
    pack_head(out, WIRE_HELLO, hello->lowest);
    pack_number(out, 1, hello->highest);
}

bool
wire_parse_welcome(struct slice message, struct wire_welcome *welcome)
{
    struct unpack u = unpack_begin(message, WIRE_HELLO);
    struct wire_welcome parsed;

    parsed.status = unpack_status(&u);
    parsed.version = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.mechanisms = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.handshake_timeout = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *welcome = parsed;
    return true;
}

void
wire_put_welcome(const struct wire_welcome *welcome, struct buffer *out)
{
    pack_head(out, WIRE_HELLO, welcome->status);
    pack_number(out, 1, welcome->version);
    pack_number(out, 1, welcome->mechanisms);
    pack_number(out, 4, welcome->handshake_timeout);
    pack_sentence(out, welcome->sentence);
}

bool
wire_parse_first(struct slice message, struct wire_first *first)
{
    struct unpack u = unpack_begin(message, WIRE_FIRST);
    struct wire_first parsed;

    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.client_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    if (!unpack_complete(&u))
        return false;
    *first = parsed;
    return true;
}

void
wire_put_first(const struct wire_first *first, struct buffer *out)
{
    pack_head(out, WIRE_FIRST, first->mechanism);
    pack_bytes(out, first->client_first);
}

bool
wire_parse_challenge(struct slice message, struct wire_challenge *challenge)
{
    struct unpack u = unpack_begin(message, WIRE_FIRST);
    struct wire_challenge parsed;

    parsed.status = unpack_status(&u);
    parsed.left = (uint32_t)unpack_number(&u, 4, UINT32_MAX);
    parsed.seal = unpack_bytes(&u, WIRE_SEAL_MAX);
    parsed.server_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    parsed.id = unpack_raw(&u, WIRE_ID_LEN);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *challenge = parsed;
    return true;
}

void
wire_put_challenge(const struct wire_challenge *challenge, struct buffer *out)
{
    pack_head(out, WIRE_FIRST, challenge->status);
    pack_number(out, 4, challenge->left);
    pack_bytes(out, challenge->seal);
    pack_bytes(out, challenge->server_first);
    pack_bytes(out, challenge->user);
    buffer_put(out, challenge->id);
    pack_sentence(out, challenge->sentence);
}

bool
wire_parse_final(struct slice message, struct wire_final *final)
{
    struct unpack u = unpack_begin(message, WIRE_FINAL);
    struct wire_final parsed;

    parsed.mechanism = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    parsed.seal = unpack_bytes(&u, WIRE_SEAL_MAX);
    parsed.binding_given = unpack_bool(&u);
    parsed.binding = unpack_bytes(&u, WIRE_BINDING_MAX);
    parsed.client_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.server_first = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.client_final = unpack_bytes(&u, WIRE_TOKEN_MAX);
    if (!unpack_complete(&u) ||
        (parsed.binding.len != 0 && !parsed.binding_given))
        return false;
    *final = parsed;
    return true;
}

void
wire_put_final(const struct wire_final *final, struct buffer *out)
{
    pack_head(out, WIRE_FINAL, final->mechanism);
    pack_bytes(out, final->seal);
    pack_number(out, 1, final->binding_given);
    pack_bytes(out, final->binding);
    pack_bytes(out, final->client_first);
    pack_bytes(out, final->server_first);
    pack_bytes(out, final->client_final);
}

/* A key is not empty; a value may be. */
static void
unpack_attribute(struct unpack *u, struct slice *key, struct slice *value)
{
    *key = unpack_bytes(u, WIRE_KEY_MAX);
    *value = unpack_bytes(u, WIRE_VALUE_MAX);
    if (key->len == 0)
        u->failed = true;
}

static struct wire_attributes
unpack_attributes(struct unpack *u)
{
    struct wire_attributes parsed;
    struct slice before, key, value;
    unsigned i;

    parsed.count = (uint8_t)unpack_number(u, 1, WIRE_ATTRIBUTES_MAX);
    before = u->rest;
    for (i = 0; i < parsed.count && !u->failed; i++)
        unpack_attribute(u, &key, &value);
    parsed.packed = slice_before(before, u->rest);
    return parsed;
}

void
wire_add_attribute(struct wire_attributes *attributes, struct buffer *out,
                   struct slice key, struct slice value)
{
    pack_bytes(out, key);
    pack_bytes(out, value);
    attributes->packed = buffer_slice(out);
    attributes->count++;
}

bool
wire_next_attribute(struct wire_attributes *attributes, struct slice *key,
                    struct slice *value)
{
    struct unpack u = {attributes->packed, attributes->count == 0};

    unpack_attribute(&u, key, value);
    if (u.failed)
        return false;
    attributes->packed = u.rest;
    attributes->count--;
    return true;
}

bool
wire_parse_verdict(struct slice message, struct wire_verdict *verdict)
{
    struct unpack u = unpack_begin(message, WIRE_FINAL);
    struct wire_verdict parsed;

    parsed.status = unpack_status(&u);
    parsed.bound = unpack_bool(&u);
    parsed.session_key = unpack_raw(&u, WIRE_SESSION_KEY_LEN);
    parsed.server_final = unpack_bytes(&u, WIRE_FIRST_MAX);
    parsed.user = unpack_bytes(&u, WIRE_USER_MAX);
    parsed.location = unpack_bytes(&u, WIRE_LOCATION_MAX);
    parsed.attributes = unpack_attributes(&u);
    parsed.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *verdict = parsed;
    return true;
}

void
wire_put_verdict(const struct wire_verdict *verdict, struct buffer *out)
{
    pack_head(out, WIRE_FINAL, verdict->status);
    pack_number(out, 1, verdict->bound);
    buffer_put(out, verdict->session_key);
    pack_bytes(out, verdict->server_final);
    pack_bytes(out, verdict->user);
    pack_bytes(out, verdict->location);
    pack_number(out, 1, verdict->attributes.count);
    buffer_put(out, verdict->attributes.packed);
    pack_sentence(out, verdict->sentence);
}
