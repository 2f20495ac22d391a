/*
 * Randomness, which the rooms below this one are handed.
 */
#ifndef GSS_RANDOM_H
#define GSS_RANDOM_H

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * Fill in @p len bytes, out of a batch; SCRAM_OK, or SCRAM_CRYPTO_FAILED. For
 * confounders: in the copy of a machine they may come again, see random_nonce.
 */
enum scram_status random_bytes(uint8_t *bytes, size_t len);

/*
 * Append a nonce of SCRAM_NONCE_LEN characters: 144 random bits in base64,
 * all of whose characters a nonce may have.
 *
 * A nonce of either side comes from the kernel when it is asked for: a server
 * that sends a nonce again takes a proof that somebody recorded, and a client
 * that does takes a server's recorded signature from an impostor. See
 * base/kernel_random.h.
 *
 * @param why  what the kernel said, with SCRAM_CRYPTO_FAILED
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status random_nonce(struct buffer *nonce, struct sentence *why);

#endif
