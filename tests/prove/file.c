/*
 * A line of a file of users, whatever is in it: each step for lines of any
 * length that a line may have, or of as many bytes as its loop has turns, and
 * then all of it, with what the steps promise in their place.
 */
#include "../../mech/store/file_key.c"
#include "../../mech/store/file_line.c"

#include "prove.h"

/* Of other files. */
size_t
scram_hash_len(enum scram_mechanism mechanism)
{
    return mechanism == SCRAM_SHA_1 ? 20 : 32;
}

bool
scram_mechanism_by_name(struct slice name, enum scram_mechanism *mechanism)
{
    must(name.len == 0 || __CPROVER_r_ok(name.data, name.len),
         "the name is there");
    *mechanism = nondet_bool() ? SCRAM_SHA_1 : SCRAM_SHA_256;
    return nondet_bool();
}

unsigned
base64_faults(struct slice text, size_t bytes)
{
    must(__CPROVER_r_ok(text.data, text.len), "the text is there");
    must(bytes > 0, "it stands for something");
    return nondet_32();
}

bool
groups_check(struct slice text)
{
    must(text.len <= GROUPS_TEXT_MAX &&
             (text.len == 0 || __CPROVER_r_ok(text.data, text.len)),
         "the groups are there");
    return nondet_bool();
}

/* Stands for read_bytes. */
bool
promised_bytes_read(struct slice text, bool name, struct buffer *bytes)
{
    size_t len = nondet_size();

    (void)name;
    must(text.len == 0 || __CPROVER_r_ok(text.data, text.len),
         "what is to be read is there");
    given(len <= bytes->capacity - bytes->len);
    bytes->len += len;
    return nondet_bool();
}

void
prove_read_bytes(void)
{
    struct slice text = any_slice(LENGTH);
    uint8_t space[8];
    struct buffer bytes = BUFFER_ARRAY(space);

    if (file_line_read_bytes(text, nondet_bool(), &bytes))
        must(bytes.len <= text.len, "no more bytes than are written");
}

/* That some of a text was taken off its front. */
static bool
is_rest(struct slice rest, struct slice text)
{
    return is_within(rest, text) &&
           rest.data + rest.len == text.data + text.len;
}

void
prove_take_byte(void)
{
    struct slice text = any_slice(LENGTH);
    bool first = nondet_bool();
    uint8_t byte;
    size_t n;

    given(text.len > 0);
    n = take_byte(text, first, &byte);
    must(n == 0 || n == 1 || n == 3, "one byte or three");
    must(n <= text.len, "that are there");
    must(n != 1 || byte == text.data[0], "a byte is itself");
    must(n != 1 || (byte > 0x20 && byte != ':' && byte != '%'),
         "or it is written in three");
}

/* Stands for take_byte. */
size_t
promised_byte(struct slice text, bool first, uint8_t *byte)
{
    size_t n = nondet_size();

    (void)first;
    must(text.len > 0 && __CPROVER_r_ok(text.data, text.len),
         "what is to be read is there");
    given((n == 0 || n == 1 || n == 3) && n <= text.len);
    *byte = nondet_byte();
    return n;
}

void
prove_take_name(void)
{
    struct slice text = any_slice(LENGTH), rest = text;
    struct file_line line = {.plain = false};

    if (!take_name(&rest, &line))
        return;
    must(is_rest(rest, text), "the rest is what follows");
    must(line.name.data == text.data && line.name.len > 0 &&
             line.name.len + 1 + rest.len == text.len &&
             text.data[line.name.len] == ':',
         "the name stands before the first colon");
}

bool
promised_name(struct slice *rest, struct file_line *line)
{
    struct slice text = *rest;
    size_t len = nondet_size();

    must(text.len == 0 || __CPROVER_r_ok(text.data, text.len),
         "what is to be read is there");
    if (text.len < 2 || nondet_bool())
        return false;
    given(len > 0 && len < text.len);
    line->name = (struct slice){text.data, len};
    *rest = (struct slice){text.data + len + 1, text.len - len - 1};
    return true;
}

void
prove_take_salt_and_keys(void)
{
    struct slice text = any_slice(LENGTH), rest = text;
    struct file_line line = {.mechanism =
                                 nondet_bool() ? SCRAM_SHA_1 : SCRAM_SHA_256};

    if (!take_salt_and_keys(&rest, &line))
        return;
    must(is_rest(rest, text), "the rest is what follows");
    must(line.salt_len > 0 && line.salt_len <= SCRAM_SALT_MAX,
         "the salt is one");
}

bool
promised_salt_and_keys(struct slice *rest, struct file_line *line)
{
    struct slice text = *rest;
    size_t taken = nondet_size();

    must(text.len == 0 || __CPROVER_r_ok(text.data, text.len),
         "what is to be read is there");
    if (nondet_bool())
        return false;
    given(taken <= text.len);
    line->salt_len = nondet_byte();
    *rest = (struct slice){text.data + taken, text.len - taken};
    return true;
}

void
prove_take_verifier(void)
{
    struct slice text = any_slice(LENGTH), rest = text;
    struct file_line line = {.plain = false};

    if (!take_verifier(&rest, &line))
        return;
    must(is_rest(rest, text), "the rest is what follows");
    must(is_within(line.verifier, text), "the verifier is in the line");
    must(line.odd == (line.iterations < SCRAM_ITERATIONS_MIN),
         "few iterations are odd");
}

bool
promised_verifier(struct slice *rest, struct file_line *line)
{
    struct slice text = *rest;
    size_t taken = nondet_size();

    must(text.len == 0 || __CPROVER_r_ok(text.data, text.len),
         "what is to be read is there");
    if (nondet_bool())
        return false;
    given(taken <= text.len);
    line->verifier = (struct slice){text.data, taken};
    *rest = (struct slice){text.data + taken, text.len - taken};
    return true;
}

void
prove_take_key(void)
{
    struct slice text = any_slice(LENGTH), rest = text, key, value;

    given(text.len > 0);
    if (!file_line_take_key(&rest, &key, &value))
        return;
    must(is_rest(rest, text) && rest.len + 3 <= text.len,
         "some of it is taken");
    must(key.len > 0 && is_within(key, text), "the key is in the line");
    must(is_within(value, text), "and so is the value");
}

bool
promised_key(struct slice *rest, struct slice *key, struct slice *value)
{
    struct slice text = *rest;
    size_t taken = nondet_size(), len = nondet_size();

    must(text.len > 0 && __CPROVER_r_ok(text.data, text.len),
         "what is to be read is there");
    if (text.len < 3 || nondet_bool())
        return false;
    given(taken >= 3 && taken <= text.len);
    given(len > 0 && len <= taken - 2);
    *key = (struct slice){text.data + 1, len};
    *value = (struct slice){text.data + 2 + len, taken - 2 - len};
    *rest = (struct slice){text.data + taken, text.len - taken};
    return true;
}

void
prove_take_keys(void)
{
    struct slice text = any_slice(LENGTH);
    struct file_line line = {.odd = false};

    if (file_line_take_keys(text, &line))
        must(line.keys.data == text.data && line.keys.len == text.len,
             "the keys are all that is left");
}

bool
promised_keys(struct slice rest, struct file_line *line)
{
    must(rest.len == 0 || __CPROVER_r_ok(rest.data, rest.len),
         "what is to be read is there");
    line->keys = rest;
    return nondet_bool();
}

void
prove_line_parse(void)
{
    struct slice text = any_slice(LENGTH);
    struct file_line line = {.iterations = 7};

    if (file_line_parse(text, &line) != FILE_SOUND) {
        must(line.iterations == 7, "nothing is set");
        return;
    }
    must(text.len <= FILE_LINE_MAX, "it is no longer than a line may be");
    must(is_within(line.name, text) && is_within(line.verifier, text) &&
             is_within(line.keys, text),
         "the slices are into the line");
}

void
prove_line_compare(void)
{
    struct slice text = any_slice(LENGTH), key = any_slice(FILE_KEY_MAX);
    int order;

    given(key.len > 0);
    (void)file_line_compare(text, key, &order);
}

void
prove_header_parse(void)
{
    struct slice text = any_slice(LENGTH);
    struct secret_key key;

    (void)file_header_parse(text, &key);
}

bool
base64_decode(struct slice text, struct buffer *bytes)
{
    size_t n = nondet_size();

    must(text.len == 0 || __CPROVER_r_ok(text.data, text.len),
         "the text is there");
    given(n <= bytes->capacity - bytes->len);
    bytes->len += n;
    return nondet_bool();
}
