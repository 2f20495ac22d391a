/*
 * What the proofs have in common. CBMC takes a proof for each input at once: a
 * number that nobody gave a value is any number, and memory that nobody wrote
 * holds any bytes. What must hold of all of them is asserted; and CBMC itself
 * asserts that nothing is read or written out of bounds, no number overflows,
 * and every loop ends.
 */
#ifndef PROVE_H
#define PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/slice.h"

/* Any number at all: CBMC knows them by their names. */
size_t nondet_size(void);
uint8_t nondet_byte(void);
uint16_t nondet_16(void);
uint32_t nondet_32(void);
uint64_t nondet_64(void);
bool nondet_bool(void);

/* Go on only where that is so. */
#define given(condition) __CPROVER_assume(condition)

/* What is to be proved. */
#define must(condition, sentence) __CPROVER_assert(condition, sentence)

/* At most @p max bytes of any content, with nothing before or after them. */
static inline struct slice
any_slice(size_t max)
{
    size_t len = nondet_size();
    uint8_t *bytes;

    given(len <= max);
    bytes = malloc(len);
    given(bytes != NULL);
    return (struct slice){bytes, len};
}

/* A buffer of at most @p max bytes, some of them in use. */
static inline struct buffer
any_buffer(size_t max)
{
    struct buffer b = {NULL, nondet_size(), nondet_size(), nondet_bool()};

    given(b.capacity <= max && b.len <= b.capacity);
    b.data = malloc(b.capacity);
    given(b.data != NULL);
    return b;
}

/* Whether @p part lies within @p whole. */
static inline bool
is_within(struct slice part, struct slice whole)
{
    return __CPROVER_same_object(part.data, whole.data) &&
           part.data >= whole.data && part.len <= whole.len &&
           (size_t)(part.data - whole.data) <= whole.len - part.len;
}

#endif
