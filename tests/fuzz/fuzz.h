/*
 * What the fuzz targets share. A target is a file NAME_fuzz.c with one
 * LLVMFuzzerTestOneInput in it, which plays with the bytes that it is given
 * and ends the process where something is not as it must be.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * How long an input may be, which each target says: what it takes, each part as
 * long as the header allows that defines it, and FUZZ_OVER bytes. libFuzzer is
 * told so (-max_len) and tries no longer one.
 */
extern const size_t fuzz_input_max;

/* Bytes for what is said about the parts, and for a part to be too long. */
#define FUZZ_OVER 256

/* Called once, before all else; for targets that have something to prepare. */
void fuzz_prepare(void);

/* A property. Where it does not hold, the input is a finding. */
#define FUZZ_CHECK(property)                                                   \
    ((property) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #property))

_Noreturn void fuzz_failed(const char *file, int line, const char *property);

/* The input, from its front: a byte (0 where there is none), a number of
 * @p len bytes, a line without its end, and bytes behind their length in two
 * bytes. What is not there is missing without a word. */
uint8_t fuzz_byte(struct slice *rest);
uint64_t fuzz_number(struct slice *rest, size_t len);
struct slice fuzz_line(struct slice *rest);
struct slice fuzz_block(struct slice *rest);

/* The first @p len bytes, or all where there are fewer. */
struct slice fuzz_first(struct slice s, size_t len);

/* A copy in memory of its own, so that a byte too far is found; it is freed
 * with fuzz_free. */
struct slice fuzz_copy(struct slice s);
void fuzz_free(struct slice s);

/* Whether @p part lies in @p whole. */
bool fuzz_is_within(struct slice part, struct slice whole);

/*
 * Append @p text, and for each byte 1 in it the first of the @p count words,
 * for each byte 2 the second: what no luck would guess, a nonce or a MAC, can
 * stand anywhere in what is otherwise any bytes.
 */
void fuzz_fill_in(struct slice text, const struct slice *words, size_t count,
                  struct buffer *out);

/*
 * Change what is in the @p len bytes, as the input says: pairs of a place in
 * two bytes and a byte to XOR with, as many as the first byte says.
 *
 * @return whether a byte is another one now
 */
bool fuzz_edit(struct slice *rest, uint8_t *bytes, size_t len);

/* The path of a file in a folder of this process' own, which goes with it;
 * valid until the fourth call after. */
const char *fuzz_path(const char *name);

/* The same for a file that holds @p text, for its owner alone. */
const char *fuzz_file(const char *name, struct slice text);

#endif
