#include "rfc4121/derive.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "rfc4121/message.h"

/* A parameter that the function it is for only reads. */
static OSSL_PARAM
octets(const char *name, const uint8_t *data, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)data,
                                             len);
}

enum scram_status
rfc4121_derive(const uint8_t *key, struct slice constant,
               struct secret_key *derived)
{
    char cipher[] = "AES-128-CBC";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_CIPHER, cipher, 0),
        octets(OSSL_KDF_PARAM_KEY, key, RFC4121_KEY_LEN),
        octets(OSSL_KDF_PARAM_CONSTANT, constant.data, constant.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KRB5KDF", NULL);
    EVP_KDF_CTX *ctx;
    int derives;

    if (kdf == NULL)
        return SCRAM_CRYPTO_FAILED;
    ctx = EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    if (ctx == NULL)
        return SCRAM_NO_MEMORY;
    derives = EVP_KDF_derive(ctx, derived->data, RFC4121_KEY_LEN, params);
    EVP_KDF_CTX_free(ctx);
    return derives > 0 ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
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
