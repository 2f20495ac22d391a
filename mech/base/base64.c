#include "base/base64.h"

#include "base/big_endian.h"
#include "base/secret.h"

/*
 * Keys and proofs come this way, so no branch and no address depends on a
 * character or on the bytes that it stands for: libcrypto's functions look them
 * up in a table. What is public is a text's length, its padding, and whether it
 * is base64 at all.
 */

/* All bits where @p a < @p b, and none where not; both are of one byte. */
static inline int
less(int a, int b)
{
    return (a - b) >> 8; /* which keeps the sign: gcc and clang say so */
}

static inline int
between(int first, int c, int last)
{
    return ~(less(c, first) | less(last, c));
}

/* The character of six bits. Each range follows from the one before it. */
static inline uint8_t
character_of(unsigned bits)
{
    int value = (int)(bits & 0x3f);
    int c = 'A' + value;

    c += less(25, value) & ('a' - 'Z' - 1);
    c += less(51, value) & ('0' - 'z' - 1);
    c += less(61, value) & ('+' - '9' - 1);
    c += less(62, value) & ('/' - '+' - 1);
    return (uint8_t)c;
}

/* The six bits of a character; -1 of one that is not in the alphabet. */
static inline int
base64_value_of(int c)
{
    int value = -1;

    value += between('A', c, 'Z') & (c - 'A' + 1);
    value += between('a', c, 'z') & (c - 'a' + 1 + 26);
    value += between('0', c, '9') & (c - '0' + 1 + 52);
    value += between('+', c, '+') & (1 + 62);
    value += between('/', c, '/') & (1 + 63);
    return value;
}

/* Write the four characters of @p n bytes, 1 to 3. */
static void
encode_group(const uint8_t *bytes, size_t n, uint8_t *text)
{
    unsigned bits = (unsigned)bytes[0] << 16;

    if (n > 1)
        bits |= (unsigned)bytes[1] << 8;
    if (n > 2)
        bits |= bytes[2];
    text[0] = character_of(bits >> 18);
    text[1] = character_of(bits >> 12);
    text[2] = n > 1 ? character_of(bits >> 6) : '=';
    text[3] = n > 2 ? character_of(bits) : '=';
}

void
base64_encode(struct slice bytes, struct buffer *text)
{
    size_t done, n;

    if (text->overflow || bytes.len > SIZE_MAX / 2 ||
        BASE64_LEN(bytes.len) > text->capacity - text->len) {
        text->overflow = true;
        return;
    }
    for (done = 0; done < bytes.len; done += n) {
        n = bytes.len - done < 3 ? bytes.len - done : 3;
        encode_group(bytes.data + done, n, text->data + text->len);
        text->len += 4;
    }
}

/*
 * Read four characters.
 *
 * @param n      how many bytes they stand for, 1 to 3; the other 3 - n
 *               characters, the last ones, are '=' already
 * @return 0 if they are what encode_group writes, and something else if not
 */
static unsigned
decode_group(const uint8_t *text, size_t n, uint8_t *bytes)
{
    int values[4] = {base64_value_of(text[0]), base64_value_of(text[1]),
                     n > 1 ? base64_value_of(text[2]) : 0,
                     n > 2 ? base64_value_of(text[3]) : 0};
    unsigned wrong = (unsigned)(values[0] | values[1] | values[2] | values[3]);
    unsigned bits = (unsigned)(values[0] & 0x3f) << 18 |
                    (unsigned)(values[1] & 0x3f) << 12 |
                    (unsigned)(values[2] & 0x3f) << 6 |
                    (unsigned)(values[3] & 0x3f);

    bytes[0] = (uint8_t)(bits >> 16);
    if (n > 1)
        bytes[1] = (uint8_t)(bits >> 8);
    if (n > 2)
        bytes[2] = (uint8_t)bits;
    /* A value that is none is negative, and no bit is left over. */
    return wrong >> 31 | (bits & (0xffffffu >> (8 * n)));
}

#define EACH(byte) (0x0101010101010101u * (byte)) /* of eight */

/* The high bit of each of eight bytes, all under 0x80, from @p first to @p last
 * in a character set. Nothing is carried from one byte to the next. */
static inline uint64_t
each_between(uint8_t first, uint64_t bytes, uint8_t last)
{
    return (bytes + EACH(0x80u - first)) & ~(bytes + EACH(0x7fu - last)) &
           EACH(0x80u);
}

/* All bits of the bytes whose high bit is set. */
static inline uint64_t
base64_whole(uint64_t high_bits)
{
    return high_bits | (high_bits - (high_bits >> 7));
}

/*
 * Read eight characters, which stand for six bytes.
 *
 * @return 0 if all of them are in the alphabet, and something else if not
 */
static uint64_t
decode_eight(const uint8_t *text, uint8_t *bytes)
{
    uint64_t characters = big_endian_read(text, 8);
    uint64_t low = characters & EACH(0x7fu);
    uint64_t upper = each_between('A', low, 'Z');
    uint64_t lower = each_between('a', low, 'z');
    uint64_t digit = each_between('0', low, '9');
    uint64_t plus = each_between('+', low, '+');
    uint64_t slash = each_between('/', low, '/');
    /* What makes a character its value, in six bits. */
    uint64_t v =
        low +
        ((base64_whole(upper) & EACH(63u)) | (base64_whole(lower) & EACH(57u)) |
         (base64_whole(digit) & EACH(4u)) | (base64_whole(plus) & EACH(19u)) |
         (base64_whole(slash) & EACH(16u)));

    /* Twice six bits to twelve, twice twelve, and twice 24. */
    v = (v & 0x3f003f003f003f00u) >> 2 | (v & 0x003f003f003f003fu);
    v = (v & 0x0fff00000fff0000u) >> 4 | (v & 0x00000fff00000fffu);
    v = v >> 32 << 24 | (v & 0xffffffu);
    big_endian_write(bytes, 6, v);
    return (~(upper | lower | digit | plus | slash) | characters) & EACH(0x80u);
}

/* How many '=' a text ends in, at most 2. */
static size_t
padding_of(struct slice text)
{
    if (text.len < 4 ||
        !secret_equal(text.data + text.len - 1, (const uint8_t *)"=", 1))
        return 0;
    return secret_equal(text.data + text.len - 2, (const uint8_t *)"=", 1) ? 2
                                                                           : 1;
}

bool
base64_decode(struct slice text, struct buffer *bytes)
{
    static const uint64_t nothing = 0;
    size_t start = bytes->len, padding = padding_of(text), done, n;
    uint64_t wrong = 0;

    if (bytes->overflow || text.len % 4 != 0 ||
        text.len / 4 * 3 - padding > bytes->capacity - bytes->len)
        return false;
    /* All but the last group or two, the very last of which may be padded. */
    for (done = 0; text.len - done > 8; done += 8) {
        wrong |= decode_eight(text.data + done, bytes->data + bytes->len);
        bytes->len += 6;
    }
    for (; done < text.len; done += 4) {
        n = done + 4 == text.len ? 3 - padding : 3;
        wrong |= decode_group(text.data + done, n, bytes->data + bytes->len);
        bytes->len += n;
    }
    if (secret_equal((const uint8_t *)&wrong, (const uint8_t *)&nothing,
                     sizeof(wrong)))
        return true;
    OPENSSL_cleanse(bytes->data + start, bytes->len - start);
    bytes->len = start;
    return false;
}

/* Something of each of eight characters that is not in the alphabet, and
 * nothing of the others. */
static inline uint64_t
outside(const uint8_t *text)
{
    uint64_t characters, low, inside;

    memcpy(&characters, text, sizeof(characters));
    low = characters & EACH(0x7fu);
    inside = each_between('a', low | EACH(0x20u), 'z') |
             each_between('/', low, '9') | each_between('+', low, '+');
    return (~inside | characters) & EACH(0x80u);
}

unsigned
base64_faults(struct slice text, size_t bytes)
{
    static const unsigned stray[] = {0, 0xf, 0x3}; /* bits of the last one */
    uint64_t faults = 0;
    unsigned wrong;
    size_t len, i;

    if (bytes == 0 || text.len != BASE64_LEN(bytes))
        return 1;
    len = text.len - (3 - bytes % 3) % 3; /* without the padding */
    for (i = 0; i + sizeof(faults) <= len; i += sizeof(faults))
        faults |= outside(text.data + i);
    if (len >= sizeof(faults)) /* the rest, and some for the second time */
        faults |= outside(text.data + len - sizeof(faults));
    else
        for (i = 0; i < len; i++)
            faults |= (unsigned)base64_value_of(text.data[i]) >> 31;
    wrong = (unsigned)(faults | faults >> 32);
    wrong |= (unsigned)base64_value_of(text.data[len - 1]) & stray[bytes % 3];
    for (i = len; i < text.len; i++)
        wrong |= text.data[i] ^ (unsigned)'=';
    return wrong;
}
