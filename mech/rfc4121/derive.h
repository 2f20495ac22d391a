/*
 * Keys derived from the protocol key: DK(key, constant) of RFC 3961, section
 * 5.1, for aes128-cts-hmac-sha1-96. Called between
 * libcrypto_enter and libcrypto_leave.
 */
#ifndef RFC4121_DERIVE_H
#define RFC4121_DERIVE_H

#include <stdint.h>

#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * DK(key, constant).
 *
 * @param key       RFC4121_KEY_LEN bytes
 * @param constant  1 to 16 bytes
 * @param derived   RFC4121_KEY_LEN bytes of it are set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED; SCRAM_BAD_ARGUMENT
 *         for a constant of another length
 */
enum scram_status rfc4121_derive(const uint8_t *key, struct slice constant,
                                 struct secret_key *derived);

/* The last byte of the constant of a key for one usage (RFC 3961, 5.3). */
enum rfc4121_derived {
    RFC4121_KC = 0x99, /* checksums */
    RFC4121_KE = 0xaa, /* encryption */
    RFC4121_KI = 0x55  /* integrity of what is encrypted */
};

/* The key of that kind for a key usage number; as rfc4121_derive. */
enum scram_status rfc4121_derive_for_usage(const uint8_t *key, uint32_t usage,
                                           enum rfc4121_derived kind,
                                           struct secret_key *derived);

#endif
