/*
 * What gss-scramd and the module say to each other, as whoever sits at the
 * other end may send it.
 */
#include "../../mech/wire/message.c"

#include "pack.h"

void
prove_hello(void)
{
    struct wire_hello m;

    if (wire_parse_hello(any_message(), &m))
        must(message.len == 3 && m.lowest <= m.highest, "a hello");
}

void
prove_welcome(void)
{
    struct wire_welcome m;

    if (!wire_parse_welcome(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must(place(m.sentence) == place(message) + 12 && ends_message(m.sentence),
         "a sentence, to the end");
    must(m.sentence.len <= WIRE_SENTENCE_MAX, "of its length");
}

void
prove_first(void)
{
    struct wire_first m;

    if (!wire_parse_first(any_message(), &m))
        return;
    must(place(m.client_first) == place(message) + 6 &&
             ends_message(m.client_first),
         "a token, to the end");
    must(m.client_first.len <= WIRE_FIRST_MAX, "of its length");
}

void
prove_challenge(void)
{
    struct wire_challenge m;

    if (!wire_parse_challenge(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must(place(m.seal) == place(message) + 10 && m.seal.len <= WIRE_SEAL_MAX,
         "a seal");
    must(follows(m.server_first, m.seal, 4) &&
             m.server_first.len <= WIRE_FIRST_MAX,
         "a token");
    must(follows(m.user, m.server_first, 4) && m.user.len <= WIRE_USER_MAX,
         "a user");
    must(follows(m.id, m.user, 0) && m.id.len == WIRE_ID_LEN, "an id");
    must(follows(m.sentence, m.id, 4) && ends_message(m.sentence) &&
             m.sentence.len <= WIRE_SENTENCE_MAX,
         "a sentence, to the end");
}

void
prove_final(void)
{
    struct wire_final m;

    if (!wire_parse_final(any_message(), &m))
        return;
    must(place(m.seal) == place(message) + 6 && m.seal.len <= WIRE_SEAL_MAX,
         "a seal");
    must(follows(m.binding, m.seal, 5) &&
             m.binding.len <= (m.binding_given ? WIRE_BINDING_MAX : 0),
         "channel bindings");
    must(follows(m.client_first, m.binding, 4) &&
             m.client_first.len <= WIRE_FIRST_MAX,
         "a token");
    must(follows(m.server_first, m.client_first, 4) &&
             m.server_first.len <= WIRE_FIRST_MAX,
         "the next");
    must(follows(m.client_final, m.server_first, 4) &&
             ends_message(m.client_final) &&
             m.client_final.len <= WIRE_TOKEN_MAX,
         "the last, to the end");
}

/* What unpack_attribute promises. */
static bool
attribute_is_taken(struct slice before, struct slice rest, struct slice key,
                   struct slice value)
{
    return key.len != 0 && key.len <= WIRE_KEY_MAX &&
           value.len <= WIRE_VALUE_MAX && place(key) == place(before) + 4 &&
           follows(value, key, 4) && follows(rest, value, 0);
}

void
prove_attribute(void)
{
    struct unpack u = any_unpack(), before = u;
    struct slice key, value;

    unpack_attribute(&u, &key, &value);
    must(is_end_of_message(u.rest) && u.rest.len <= before.rest.len &&
             (u.failed || !before.failed),
         "what is left is the end of the message");
    if (!u.failed)
        must(attribute_is_taken(before.rest, u.rest, key, value),
             "an attribute");
}

/* Stands for unpack_attribute. */
void promised_attribute(struct unpack *u, struct slice *key,
                        struct slice *value);

void
promised_attribute(struct unpack *u, struct slice *key, struct slice *value)
{
    (void)key;
    (void)value;
    take_some(u, 1);
}

/* Stands for unpack_attributes. */
struct wire_attributes promised_attributes(struct unpack *u);

struct wire_attributes
promised_attributes(struct unpack *u)
{
    struct slice before = u->rest;
    struct wire_attributes a = {.count = nondet_byte()};

    given(a.count <= WIRE_ATTRIBUTES_MAX);
    if (take_some(u, 1))
        a.packed =
            (struct slice){before.data + 1, before.len - u->rest.len - 1};
    return a;
}

void
prove_attributes(void)
{
    struct unpack u = any_unpack();
    struct slice before = u.rest;
    struct wire_attributes a = unpack_attributes(&u);

    must(is_end_of_message(u.rest) && u.rest.len <= before.len,
         "what is left is the end of the message");
    if (u.failed)
        return;
    must(a.count <= WIRE_ATTRIBUTES_MAX, "not too many");
    must(place(a.packed) == place(before) + 1 && follows(u.rest, a.packed, 0),
         "all that was taken");
}

void
prove_verdict(void)
{
    struct wire_verdict m;

    if (!wire_parse_verdict(any_message(), &m))
        return;
    must(m.status <= SCRAM_STATUS_LAST, "a status");
    must(place(m.session_key) == place(message) + 3 &&
             m.session_key.len == WIRE_SESSION_KEY_LEN,
         "a key");
    must(follows(m.server_final, m.session_key, 4) &&
             m.server_final.len <= WIRE_FIRST_MAX,
         "a token");
    must(follows(m.user, m.server_final, 4) && m.user.len <= WIRE_USER_MAX,
         "a user");
    must(follows(m.location, m.user, 4) && m.location.len <= WIRE_LOCATION_MAX,
         "a location");
    must(follows(m.attributes.packed, m.location, 1) &&
             m.attributes.count <= WIRE_ATTRIBUTES_MAX,
         "attributes");
    must(follows(m.sentence, m.attributes.packed, 4) &&
             ends_message(m.sentence) && m.sentence.len <= WIRE_SENTENCE_MAX,
         "a sentence, to the end");
}

void
prove_next_attribute(void)
{
    struct wire_attributes a = {any_message(), nondet_byte()}, before = a;
    struct slice key, value;

    if (!wire_next_attribute(&a, &key, &value)) {
        must(a.count == before.count && a.packed.len == before.packed.len,
             "nothing is taken");
        return;
    }
    must(attribute_is_taken(before.packed, a.packed, key, value) &&
             is_end_of_message(a.packed) && a.count + 1 == before.count,
         "the next attribute");
}
