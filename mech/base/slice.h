/*
 * Bytes on their way through: a slice borrows bytes that live elsewhere, a
 * buffer appends to a piece of memory of fixed size that its owner provides.
 * Neither allocates, and neither is NUL-terminated.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;
    size_t len;
};

/* The slice over a string literal, without its NUL. */
#define SLICE(literal)                                                         \
    ((struct slice){(const uint8_t *)("" literal), sizeof("" literal) - 1})

/* The slice over a whole array. */
#define SLICE_ARRAY(array) ((struct slice){(array), sizeof(array)})

/* The slice over a NUL-terminated string, without its NUL. */
static inline struct slice
slice_of(const char *string)
{
    return (struct slice){(const uint8_t *)string, strlen(string)};
}

/* Whether @p a and @p b hold the same bytes; for public bytes alone, as it
 * stops at the first difference. */
static inline bool
slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || !memcmp(a.data, b.data, a.len));
}

/* Whether @p s begins with @p prefix; for public bytes alone. */
static inline bool
slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len &&
           slice_equal((struct slice){s.data, prefix.len}, prefix);
}

/* What of @p whole stands before @p rest, its tail. */
static inline struct slice
slice_before(struct slice whole, struct slice rest)
{
    return (struct slice){whole.data, whole.len - rest.len};
}

/* Take what stands before @p end off the front of @p rest, and @p end too;
 * false, and nothing is taken, where it is not there. For an @p end whose place
 * is no secret. */
static inline bool
slice_take_until(struct slice *rest, char end, struct slice *taken)
{
    const uint8_t *at = memchr(rest->data, end, rest->len);

    if (at == NULL)
        return false;
    *taken = (struct slice){rest->data, (size_t)(at - rest->data)};
    rest->data += taken->len + 1;
    rest->len -= taken->len + 1;
    return true;
}

/*
 * Read a decimal number without sign, white space or leading zeros.
 *
 * @param number  set on true alone
 * @return false for anything else, and for one greater than @p max
 */
static inline bool
slice_decimal(struct slice s, uint32_t max, uint32_t *number)
{
    uint64_t n = 0;
    size_t i;

    if (s.len == 0 || s.len > 10 || s.data[0] == '0')
        return false;
    for (i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(s.data[i] - '0');
    }
    if (n > max)
        return false;
    *number = (uint32_t)n;
    return true;
}

struct buffer {
    uint8_t *data;
    size_t len;
    size_t capacity;
    bool overflow; /* something did not fit; len counts what did */
};

/* The empty buffer over a whole array. */
#define BUFFER_ARRAY(array) ((struct buffer){(array), 0, sizeof(array), false})

static inline struct slice
buffer_slice(const struct buffer *b)
{
    return (struct slice){b->data, b->len};
}

/* Append @p s, whole or not at all; not at all sets overflow, which stays. */
static inline void
buffer_put(struct buffer *b, struct slice s)
{
    if (b->overflow || s.len > b->capacity - b->len) {
        b->overflow = true;
        return;
    }
    if (s.len != 0)
        memcpy(b->data + b->len, s.data, s.len);
    b->len += s.len;
}

#endif
