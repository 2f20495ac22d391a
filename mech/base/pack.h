/*
 * How things that leave the process are written down (exported contexts,
 * credentials and names): numbers of a fixed width, the most significant byte
 * first, and bytes behind their length in four bytes.
 *
 * Reading never goes past the end: what is not there, or is longer than it may
 * be, reads as nothing and sets failed, which stays. A reader that takes all
 * that it expects before it looks at failed has nothing else to check on the
 * way, and ends with unpack_complete.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/big_endian.h"
#include "base/slice.h"

/* Append @p number, which fits, in @p len bytes, at most 8. */
static inline void
pack_number(struct buffer *b, size_t len, uint64_t number)
{
    uint8_t bytes[8];

    big_endian_write(bytes, len, number);
    buffer_put(b, (struct slice){bytes, len});
}

/* Append @p bytes, fewer than 4 GiB, behind their length. */
static inline void
pack_bytes(struct buffer *b, struct slice bytes)
{
    pack_number(b, 4, bytes.len);
    buffer_put(b, bytes);
}

/* The room that pack_bytes takes for @p len bytes. */
static inline size_t
pack_bytes_size(size_t len)
{
    return 4 + len;
}

struct unpack {
    struct slice rest;
    bool failed;
};

/* Take the next @p len bytes as they stand; they are part of what is read. */
static inline struct slice
unpack_raw(struct unpack *u, size_t len)
{
    struct slice taken = {u->rest.data, len};

    if (u->failed || len > u->rest.len) {
        u->failed = true;
        return (struct slice){NULL, 0};
    }
    if (len == 0)
        return taken;
    u->rest.data += len;
    u->rest.len -= len;
    return taken;
}

/* Take a number of @p len bytes that is at most @p max. */
static inline uint64_t
unpack_number(struct unpack *u, size_t len, uint64_t max)
{
    struct slice bytes = unpack_raw(u, len);
    uint64_t number = big_endian_read(bytes.data, bytes.len);

    if (number > max) {
        u->failed = true;
        return 0;
    }
    return number;
}

/* Take bytes that pack_bytes wrote, at most @p max of them. */
static inline struct slice
unpack_bytes(struct unpack *u, size_t max)
{
    return unpack_raw(u, (size_t)unpack_number(u, 4, max));
}

/* Whether everything was there, and nothing is left. */
static inline bool
unpack_complete(const struct unpack *u)
{
    return !u->failed && u->rest.len == 0;
}

#endif
