/*
 * A cipher and a MAC with their keys set: prepared once and used for one
 * message after another, by one thread at a time. A failure of libcrypto is
 * noted, and reported at the end of the message. All of it happens between
 * libcrypto_enter and libcrypto_leave, which rfc4121/context.c calls.
 */
#ifndef RFC4121_CRYPTO_H
#define RFC4121_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/status.h"

struct rfc4121_crypto;

/*
 * Prepare for the use of keys, each of RFC4121_KEY_LEN bytes.
 *
 * @param integrity   for HMAC-SHA1
 * @param encryption  for AES-128 in CBC mode; NULL for a MAC alone
 * @param encrypts    rather than decrypts
 * @param crypto      set on SCRAM_OK alone; release it with rfc4121_crypto_free
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_crypto_new(const struct secret_key *integrity,
                                     const struct secret_key *encryption,
                                     bool encrypts,
                                     struct rfc4121_crypto **crypto);

/* Release it and wipe its keys; NULL is none. */
void rfc4121_crypto_free(struct rfc4121_crypto *crypto);

/* Begin a message: an empty MAC, and the initial vector zero. */
void rfc4121_crypto_begin(struct rfc4121_crypto *crypto);

/* Sign some more bytes. */
void rfc4121_crypto_sign(struct rfc4121_crypto *crypto, const uint8_t *data,
                         size_t len);

/*
 * Encrypt, or decrypt, some more bytes in CBC mode.
 *
 * @param to, from  the same place, or apart
 * @param len       a multiple of 16, at most INT_MAX
 */
void rfc4121_crypto_cbc(struct rfc4121_crypto *crypto, uint8_t *to,
                        const uint8_t *from, size_t len);

/*
 * End a message.
 *
 * @param sum  RFC4121_SUM_LEN bytes; set on SCRAM_OK alone
 * @return SCRAM_OK; SCRAM_CRYPTO_FAILED if anything failed since it began
 */
enum scram_status rfc4121_crypto_end(struct rfc4121_crypto *crypto,
                                     uint8_t *sum);

#endif
