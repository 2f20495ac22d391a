/*
 * What the module and gss-scramd send each other: what is read is within the
 * message, and is written as it was.
 */
#include "fuzz.h"

#include "wire/message.h"

const size_t fuzz_input_max = WIRE_MESSAGE_MAX + FUZZ_OVER;

static void
check_within(struct slice part, struct slice message)
{
    FUZZ_CHECK(part.len == 0 || fuzz_is_within(part, message));
}

static void
check_same(const struct buffer *written, struct slice message)
{
    FUZZ_CHECK(!written->overflow &&
               slice_equal(buffer_slice(written), message));
}

static void
read_greetings(struct slice message, struct buffer *out)
{
    struct wire_hello hello;
    struct wire_welcome welcome;

    if (wire_parse_hello(message, &hello)) {
        FUZZ_CHECK(hello.lowest <= hello.highest);
        wire_put_hello(&hello, out);
        check_same(out, message);
    }
    out->len = 0;
    if (wire_parse_welcome(message, &welcome)) {
        check_within(welcome.sentence, message);
        wire_put_welcome(&welcome, out);
        check_same(out, message);
    }
}

static void
read_first_leg(struct slice message, struct buffer *out)
{
    struct wire_first first;
    struct wire_challenge c;

    if (wire_parse_first(message, &first)) {
        check_within(first.client_first, message);
        wire_put_first(&first, out);
        check_same(out, message);
    }
    out->len = 0;
    if (wire_parse_challenge(message, &c)) {
        check_within(c.seal, message);
        check_within(c.server_first, message);
        check_within(c.user, message);
        check_within(c.id, message);
        check_within(c.sentence, message);
        FUZZ_CHECK(c.id.len == WIRE_ID_LEN && c.seal.len <= WIRE_SEAL_MAX);
        wire_put_challenge(&c, out);
        check_same(out, message);
    }
}

/* Take all attributes, and write them again. */
static struct wire_attributes
again(struct wire_attributes attributes, struct slice message,
      struct buffer *out)
{
    struct wire_attributes written = {.count = 0};
    struct slice key, value;
    unsigned left = attributes.count;

    FUZZ_CHECK(left <= WIRE_ATTRIBUTES_MAX);
    for (; left > 0; left--) {
        FUZZ_CHECK(wire_next_attribute(&attributes, &key, &value));
        check_within(key, message);
        check_within(value, message);
        wire_add_attribute(&written, out, key, value);
    }
    FUZZ_CHECK(!wire_next_attribute(&attributes, &key, &value));
    return written;
}

static void
read_second_leg(struct slice message, struct buffer *out)
{
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer packed = BUFFER_ARRAY(memory);
    struct wire_final final;
    struct wire_verdict v;

    if (wire_parse_final(message, &final)) {
        check_within(final.seal, message);
        check_within(final.binding, message);
        check_within(final.client_first, message);
        check_within(final.server_first, message);
        check_within(final.client_final, message);
        wire_put_final(&final, out);
        check_same(out, message);
    }
    out->len = 0;
    if (wire_parse_verdict(message, &v)) {
        check_within(v.session_key, message);
        check_within(v.server_final, message);
        check_within(v.user, message);
        check_within(v.location, message);
        check_within(v.sentence, message);
        FUZZ_CHECK(v.session_key.len == WIRE_SESSION_KEY_LEN);
        v.attributes = again(v.attributes, message, &packed);
        wire_put_verdict(&v, out);
        check_same(out, message);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct slice message = fuzz_copy((struct slice){data, size});
    struct buffer out = BUFFER_ARRAY(memory);

    read_greetings(message, &out);
    out.len = 0;
    read_first_leg(message, &out);
    out.len = 0;
    read_second_leg(message, &out);
    fuzz_free(message);
    return 0;
}
