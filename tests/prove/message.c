/*
 * The messages of an exchange, as a peer may send them. Each step is proved
 * alone, for tokens of any length that a peer may send; then what it promises
 * stands for it in the proof of what is made of it.
 */
#include "../../mech/scram/message.c"
#include "../../mech/base/utf8.c"

#include "prove.h"

#ifndef LENGTH
#define LENGTH SCRAM_TOKEN_MAX
#endif

static struct reader
any_reader(size_t max)
{
    return (struct reader){any_slice(max), nondet_64()};
}

/* What any_attribute promises where it returns SCRAM_OK. */
static bool
attribute_is_taken(const struct reader *before, const struct reader *after,
                   const struct attribute *a)
{
    return is_within(a->value, before->rest) &&
           a->value.data == before->rest.data + 2 &&
           after->rest.data >= a->value.data + a->value.len &&
           is_within(after->rest, before->rest) &&
           after->rest.data + after->rest.len ==
               before->rest.data + before->rest.len &&
           before->rest.len - after->rest.len >= 2 &&
           (after->seen & ~before->seen) == letter_bit((uint8_t)a->name) &&
           (before->seen & ~after->seen) == 0 &&
           letter_bit((uint8_t)a->name) != 0 && a->name != 'm';
}

void
prove_any_attribute(void)
{
    struct reader before = any_reader(LENGTH), after = before;
    struct attribute a;

    if (any_attribute(&after, &a) == SCRAM_OK)
        must(attribute_is_taken(&before, &after, &a), "an attribute is taken");
}

enum scram_status nondet_status(void);

/* Stands for any_attribute. */
enum scram_status
promised_attribute(struct reader *r, struct attribute *a)
{
    struct reader before = *r;
    size_t len = nondet_size(), taken = nondet_size();
    enum scram_status status = nondet_status();

    must(r->rest.len == 0 || __CPROVER_r_ok(r->rest.data, r->rest.len),
         "what is to be read is there");
    given(status == SCRAM_OK || status == SCRAM_BAD_ENCODING ||
          status == SCRAM_UNSUPPORTED_EXTENSION);
    if (status != SCRAM_OK)
        return status;
    given(before.rest.len >= 2 && len <= before.rest.len - 2);
    given(taken >= len + 2 && taken <= before.rest.len);
    a->name = (char)nondet_byte();
    a->value = (struct slice){before.rest.data + 2, len};
    r->rest.data = before.rest.data + taken;
    r->rest.len = before.rest.len - taken;
    r->seen = before.seen | letter_bit((uint8_t)a->name);
    given(r->seen != before.seen && a->name != 'm');
    return SCRAM_OK;
}

void
prove_is_extension(void)
{
    struct attribute a = {(char)nondet_byte(), any_slice(LENGTH)};

    must(!is_extension(&a) || a.name != 'm', "no extension is mandatory");
}

/* Stands for is_extension. */
bool
promised_extension(const struct attribute *a)
{
    must(a->value.len == 0 || __CPROVER_r_ok(a->value.data, a->value.len),
         "there is a value");
    return nondet_bool();
}

void
prove_skip_extensions(void)
{
    struct reader r = any_reader(LENGTH);

    if (skip_extensions(&r) == SCRAM_OK)
        must(r.rest.len == 0, "nothing is left");
}

/* Stands for skip_extensions. */
enum scram_status
promised_end(struct reader *r)
{
    enum scram_status status = nondet_status();

    must(r->rest.len == 0 || __CPROVER_r_ok(r->rest.data, r->rest.len),
         "what is to be read is there");
    given(status == SCRAM_OK || status == SCRAM_BAD_ENCODING ||
          status == SCRAM_UNSUPPORTED_EXTENSION);
    r->rest.len = 0;
    return status;
}

void
prove_utf8_char_len(void)
{
    struct slice s = any_slice(LENGTH);
    size_t len;

    given(s.len != 0);
    len = utf8_char_len(s);
    must(len <= 4 && len <= s.len, "a character's length");
}

/* Stands for utf8_char_len. */
size_t
promised_char_len(struct slice s)
{
    size_t len = nondet_size();

    must(s.len != 0 && __CPROVER_r_ok(s.data, s.len), "there is a character");
    given(len <= 4 && len <= s.len);
    return len;
}

void
prove_is_value(void)
{
    struct slice s = any_slice(LENGTH);

    must(!is_value(s) || s.len != 0, "a value is not empty");
}

/* Stands for is_value and for is_nonce. */
bool
promised_not_empty(struct slice s)
{
    must(s.len == 0 || __CPROVER_r_ok(s.data, s.len), "there is a value");
    return s.len != 0 && nondet_bool();
}

void
prove_is_nonce(void)
{
    struct slice s = any_slice(LENGTH);

    must(!scram_message_is_nonce(s) || s.len != 0, "a nonce is not empty");
}

void
prove_posit_number(void)
{
    struct slice s = any_slice(LENGTH);
    uint32_t number;

    must(!posit_number(s, &number) || (s.len != 0 && number != 0),
         "a number is positive");
}

/* Stands for posit_number. */
bool
promised_number(struct slice s, uint32_t *number)
{
    must(s.len == 0 || __CPROVER_r_ok(s.data, s.len), "there is a number");
    *number = nondet_32();
    return s.len != 0 && *number != 0 && nondet_bool();
}

void
prove_client_first(void)
{
    struct slice bytes = any_slice(LENGTH);
    struct scram_client_first m;

    if (scram_client_first_parse(bytes, &m) != SCRAM_OK)
        return;
    must(is_within(m.user, bytes) && m.user.len != 0, "a user's name");
    must(is_within(m.nonce, bytes) && m.nonce.len != 0, "a nonce");
}

void
prove_server_first(void)
{
    struct slice bytes = any_slice(LENGTH);
    struct scram_server_first m;

    if (scram_server_first_parse(bytes, &m) != SCRAM_OK)
        return;
    must(is_within(m.nonce, bytes) && m.nonce.len != 0, "a nonce");
    must(is_within(m.salt, bytes) && m.salt.len != 0, "a salt");
    must(m.iterations != 0, "iterations");
}

void
prove_client_final(void)
{
    struct slice bytes = any_slice(LENGTH);
    struct scram_client_final m;

    if (scram_client_final_parse(bytes, &m) != SCRAM_OK)
        return;
    must(is_within(m.channel_binding, bytes), "channel bindings");
    must(is_within(m.nonce, bytes) && m.nonce.len != 0, "a nonce");
    must(is_within(m.proof, bytes) && m.proof.len != 0, "a proof");
    must(is_within(m.without_proof, bytes) &&
             m.without_proof.data == bytes.data &&
             m.proof.data ==
                 bytes.data + m.without_proof.len + sizeof(",p=") - 1,
         "what is signed is all that stands before the proof");
}

void
prove_server_final(void)
{
    struct slice bytes = any_slice(LENGTH);
    struct scram_server_final m;

    if (scram_server_final_parse(bytes, &m) != SCRAM_OK)
        return;
    must((m.error.data == NULL) != (m.verifier.data == NULL), "one of two");
    must(m.error.data == NULL || is_within(m.error, bytes), "an error");
    must(m.verifier.data == NULL || is_within(m.verifier, bytes),
         "a signature");
}
