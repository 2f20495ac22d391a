/*
 * Whole numbers as they stand in a file: the most significant byte first, so
 * that the order of the bytes is the order of the numbers.
 */
#ifndef BASE_BIG_ENDIAN_H
#define BASE_BIG_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

static inline void
big_endian_write(uint8_t *bytes, size_t len, uint64_t number)
{
    while (len > 0) {
        bytes[--len] = (uint8_t)number;
        number >>= 8;
    }
}

static inline uint64_t
big_endian_read(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    size_t i;

    for (i = 0; i < len; i++)
        number = number << 8 | bytes[i];
    return number;
}

#endif
