/*
 * aes128-cts-hmac-sha1-96 (RFC 3962, section 6) over bytes that lie anywhere.
 * Long messages are taken in pieces that fit the processor's nearest cache, so
 * that signing and encrypting read memory once.
 */
#ifndef RFC4121_SEAL_H
#define RFC4121_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "rfc4121/crypto.h"
#include "rfc4121/view.h"

/*
 * Encrypt and sign.
 *
 * @param plain   @p len bytes, and what is signed only among them
 * @param cipher  where the ciphertext goes: the same place as @p plain, or
 *                apart
 * @param len     at least 17
 * @param sum     RFC4121_SUM_LEN bytes: the HMAC of the plaintext
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_seal(struct rfc4121_crypto *crypto,
                               const struct rfc4121_view *plain,
                               const struct rfc4121_view *cipher, size_t len,
                               uint8_t *sum);

/* Decrypt; @p sum is then to be compared with the one that came. */
enum scram_status rfc4121_unseal(struct rfc4121_crypto *crypto,
                                 const struct rfc4121_view *cipher,
                                 const struct rfc4121_view *plain, size_t len,
                                 uint8_t *sum);

/*
 * Sign without encrypting.
 *
 * @param from    what is to be copied to @p plain on the way; NULL for nothing
 * @param plain   what is signed, SIGN_ONLY included
 * @param header  RFC4121_HEADER_LEN bytes, signed after it
 * @param sum     RFC4121_SUM_LEN bytes
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_checksum(struct rfc4121_crypto *crypto,
                                   const struct rfc4121_view *from,
                                   const struct rfc4121_view *plain,
                                   const uint8_t *header, uint8_t *sum);

#endif
