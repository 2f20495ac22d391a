/*
 * Randomness, which the rooms below this one are handed.
 */
#ifndef GSS_RANDOM_H
#define GSS_RANDOM_H

#include "base/slice.h"
#include "base/status.h"

/* Fill in @p len bytes; SCRAM_OK, or SCRAM_CRYPTO_FAILED. */
enum scram_status random_bytes(uint8_t *bytes, size_t len);

/*
 * Append a nonce of SCRAM_NONCE_LEN characters: 144 random bits in base64,
 * all of whose characters a nonce may have.
 */
enum scram_status random_nonce(struct buffer *nonce);

#endif
