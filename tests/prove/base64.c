/* Base64, both ways: each group of characters for whatever is in it, and texts
 * of every length up to LENGTH. */
#include "../../mech/base/base64.c"

#include "prove.h"

/* What is written is read again, whatever it is. */
void
prove_group_comes_back(void)
{
    uint8_t bytes[3] = {nondet_byte(), nondet_byte(), nondet_byte()};
    uint8_t text[4], again[3] = {0};
    size_t n = nondet_size();

    given(n >= 1 && n <= 3);
    encode_group(bytes, n, text);
    must(decode_group(text, n, again) == 0, "it is base64");
    must(again[0] == bytes[0] && (n < 2 || again[1] == bytes[1]) &&
             (n < 3 || again[2] == bytes[2]),
         "the bytes come back");
}

/* What is read is what would be written of it: there is one form. */
void
prove_group_has_one_form(void)
{
    uint8_t text[4] = {nondet_byte(), nondet_byte(), nondet_byte(),
                       nondet_byte()};
    uint8_t bytes[3], again[4];
    size_t n = nondet_size();

    given(n >= 1 && n <= 3);
    given((n >= 2 || text[2] == '=') && (n >= 3 || text[3] == '='));
    if (decode_group(text, n, bytes) != 0)
        return;
    encode_group(bytes, n, again);
    must(again[0] == text[0] && again[1] == text[1] && again[2] == text[2] &&
             again[3] == text[3],
         "the text comes back");
}

/* Eight characters are what two groups are: the same bytes, or no base64. */
void
prove_eight_are_two_groups(void)
{
    uint8_t text[8], bytes[6], first[3], second[3];
    uint64_t wrong;
    int i;

    for (i = 0; i < 8; i++)
        text[i] = nondet_byte();
    wrong = decode_eight(text, bytes);
    must((wrong == 0) == (decode_group(text, 3, first) == 0 &&
                          decode_group(text + 4, 3, second) == 0),
         "the alphabet is the same");
    for (i = 0; i < 3 && wrong == 0; i++)
        must(bytes[i] == first[i] && bytes[i + 3] == second[i],
             "the bytes are the same");
}

/* Stand for decode_eight, decode_group and encode_group. */
uint64_t
promised_eight(const uint8_t *text, uint8_t *bytes)
{
    must(__CPROVER_r_ok(text, 8) && __CPROVER_w_ok(bytes, 6), "there is room");
    return nondet_32();
}

unsigned
promised_bytes(const uint8_t *text, size_t n, uint8_t *bytes)
{
    must(n >= 1 && n <= 3, "as many bytes as a group has");
    must(__CPROVER_r_ok(text, 4) && __CPROVER_w_ok(bytes, n), "there is room");
    return nondet_32();
}

void
promised_text(const uint8_t *bytes, size_t n, uint8_t *text)
{
    must(n >= 1 && n <= 3, "as many bytes as a group has");
    must(__CPROVER_r_ok(bytes, n) && __CPROVER_w_ok(text, 4), "there is room");
}

void
prove_decode(void)
{
    struct slice text = any_slice(LENGTH);
    struct buffer bytes = any_buffer(LENGTH), before = bytes;

    if (base64_decode(text, &bytes))
        must(text.len % 4 == 0 && bytes.len >= before.len &&
                 BASE64_LEN(bytes.len - before.len) == text.len,
             "as many bytes as the text stands for");
    else
        must(bytes.len == before.len, "nothing is appended");
    must(bytes.len <= bytes.capacity && bytes.data == before.data &&
             bytes.overflow == before.overflow,
         "the buffer is whole");
}

void
prove_encode(void)
{
    struct slice bytes = any_slice(LENGTH);
    struct buffer text = any_buffer(2 * LENGTH), before = text;

    base64_encode(bytes, &text);
    must(text.overflow ? text.len == before.len
                       : text.len - before.len == BASE64_LEN(bytes.len),
         "all of it or nothing");
    must(text.len <= text.capacity, "the buffer is whole");
}

/* What is looked at together is base64 where each character is. */
void
prove_together(void)
{
    uint8_t text[8];
    bool all = true;
    int i;

    for (i = 0; i < 8; i++) {
        text[i] = nondet_byte();
        all = all && base64_value_of(text[i]) >= 0;
    }
    must((outside(text) == 0) == all, "the alphabet is the same");
}

void
prove_faults(void)
{
    struct slice text = any_slice(LENGTH);
    size_t bytes = nondet_size();

    given(bytes <= LENGTH);
    if (base64_faults(text, bytes) == 0)
        must(bytes > 0 && text.len == BASE64_LEN(bytes), "as many as it stands "
                                                         "for");
}
