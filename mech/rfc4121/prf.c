#include "rfc4121/prf.h"

#include <openssl/evp.h>

#include "base/libcrypto.h"
#include "base/secret.h"
#include "rfc4121/context.h"
#include "rfc4121/derive.h"

#define BLOCK 16
#define SHA1_LEN 20

/*
 * One block: E(DK(key, "prf"), SHA-1(counter || input)), of the hash as many
 * bytes as a block has (RFC 3962, section 6, and RFC 3961, section 5.3).
 *
 * @param cipher  AES of one block, with its key
 */
static bool
prf_block(EVP_MD_CTX *hash, EVP_CIPHER_CTX *cipher, uint32_t counter,
          struct slice input, uint8_t *block)
{
    uint8_t prefix[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16),
                         (uint8_t)(counter >> 8), (uint8_t)counter};
    uint8_t digest[SHA1_LEN];
    int done;

    return EVP_DigestInit_ex(hash, EVP_sha1(), NULL) &&
           EVP_DigestUpdate(hash, prefix, sizeof(prefix)) &&
           EVP_DigestUpdate(hash, input.data, input.len) &&
           EVP_DigestFinal_ex(hash, digest, NULL) &&
           EVP_EncryptUpdate(cipher, block, &done, digest, BLOCK) &&
           done == BLOCK;
}

static enum scram_status
prf_blocks(const struct secret_key *key, struct slice input, uint8_t *output,
           size_t len)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    enum scram_status status = SCRAM_NO_MEMORY;
    uint8_t block[BLOCK];
    uint32_t counter;
    size_t n;

    if (hash == NULL || cipher == NULL)
        goto out;
    status = SCRAM_CRYPTO_FAILED;
    if (!EVP_EncryptInit_ex2(cipher, EVP_aes_128_ecb(), key->data, NULL, NULL))
        goto out;
    for (counter = 0; len > 0; counter++, output += n, len -= n) {
        if (!prf_block(hash, cipher, counter, input, block))
            goto out;
        n = len < BLOCK ? len : BLOCK;
        memcpy(output, block, n);
    }
    status = SCRAM_OK;
out:
    OPENSSL_cleanse(block, sizeof(block));
    EVP_CIPHER_CTX_free(cipher);
    EVP_MD_CTX_free(hash);
    return status;
}

enum scram_status
rfc4121_prf(const struct rfc4121_context *context, struct slice input,
            uint8_t *output, size_t len)
{
    struct secret_key key CLEANUP_KEY;
    enum scram_status status;

    if (!rfc4121_prf_reaches(len))
        return SCRAM_BAD_ARGUMENT;
    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    status = rfc4121_derive(context->key, SLICE("prf"), &key);
    if (status == SCRAM_OK)
        status = prf_blocks(&key, input, output, len);
    libcrypto_leave();
    if (status != SCRAM_OK)
        OPENSSL_cleanse(output, len);
    return status;
}
