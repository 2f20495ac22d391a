/*
 * Base64 (RFC 4648, section 4) in its one canonical form.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/slice.h"

/* The length of the base64 of @p n bytes. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Append the base64 of @p bytes; sets overflow where it does not fit. */
void base64_encode(struct slice bytes, struct buffer *text);

/*
 * Append the bytes that @p text is the base64 of.
 *
 * @return false, with nothing appended, unless @p text is what base64_encode
 *         makes of some bytes (no white space, padded, no stray bits) and they
 *         fit
 */
bool base64_decode(struct slice text, struct buffer *bytes);

/*
 * Whether @p text is what base64_encode makes of so many bytes, in constant
 * time and without decoding it, which takes longer: for a reader of many.
 *
 * @param bytes  at least 1
 * @return 0 if it is. Otherwise something else, which says nothing more than
 *         that: what a secret is not to decide is declassified by the caller.
 */
unsigned base64_faults(struct slice text, size_t bytes);

#endif
