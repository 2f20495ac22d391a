#include "rfc4121/derive.h"

#include <openssl/evp.h>

#include "rfc4121/message.h"

#define BLOCK 16

_Static_assert(RFC4121_KEY_LEN == BLOCK, "a block is a whole key");

/* Byte number @p i of the constant rotated by @p bits to the right. */
static uint8_t
rotated(struct slice constant, size_t i, size_t bits)
{
    size_t all = 8 * constant.len;
    size_t from = (8 * i + all - bits % all) % all;
    unsigned two = (unsigned)constant.data[from / 8] << 8 |
                   constant.data[(from / 8 + 1) % constant.len];

    return (uint8_t)(two >> (8 - from % 8));
}

/*
 * 128-fold(constant) (RFC 3961, section 5.1): copies of the constant one after
 * the other, each rotated by 13 bits more than the one before, as many as make
 * up whole blocks, and of those blocks the ones' complement sum. It begins at
 * the last byte, as carries go, and a carry out of the first byte of a block
 * goes on with the last.
 */
static void
fold(struct slice constant, uint8_t *block)
{
    size_t len = constant.len;
    /* The least common multiple: a power of two is what they share. */
    size_t i = BLOCK * (len / (len & -len));
    unsigned carry = 0;

    memset(block, 0, BLOCK);
    while (i-- > 0) {
        carry += block[i % BLOCK];
        carry += rotated(constant, i % len, 13 * (i / len));
        block[i % BLOCK] = (uint8_t)carry;
        carry >>= 8;
    }
    for (i = BLOCK; carry != 0 && i-- > 0;) {
        carry += block[i];
        block[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/*
 * DR(key, constant) is the folded constant encrypted, and what that makes
 * encrypted again, until there are as many bytes as a key has. A key of AES-128
 * has as many as a block, so it is encrypted once; the initial vector is zero
 * and there is nothing to steal from, so that this is AES alone. A KDF of
 * libcrypto's would be KRB5KDF, which no FIPS provider has.
 */
enum scram_status
rfc4121_derive(const uint8_t *key, struct slice constant,
               struct secret_key *derived)
{
    enum scram_status status = SCRAM_CRYPTO_FAILED;
    uint8_t block[BLOCK];
    EVP_CIPHER_CTX *cipher;
    int done;

    if (constant.len == 0 || constant.len > BLOCK)
        return SCRAM_BAD_ARGUMENT;
    cipher = EVP_CIPHER_CTX_new();
    if (cipher == NULL)
        return SCRAM_NO_MEMORY;
    fold(constant, block);
    if (EVP_EncryptInit_ex2(cipher, EVP_aes_128_ecb(), key, NULL, NULL) &&
        EVP_EncryptUpdate(cipher, derived->data, &done, block, BLOCK) &&
        done == BLOCK)
        status = SCRAM_OK;
    EVP_CIPHER_CTX_free(cipher);
    return status;
}

enum scram_status
rfc4121_derive_for_usage(const uint8_t *key, uint32_t usage,
                         enum rfc4121_derived kind, struct secret_key *derived)
{
    uint8_t constant[5] = {
        (uint8_t)(usage >> 24), (uint8_t)(usage >> 16), (uint8_t)(usage >> 8),
        (uint8_t)usage,         (uint8_t)kind,
    };

    return rfc4121_derive(key, SLICE_ARRAY(constant), derived);
}
