#include "rfc4121/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "rfc4121/message.h"
#include "rfc4121/token.h"

#define SHA1_LEN 20

struct rfc4121_crypto {
    EVP_MAC_CTX *mac;
    EVP_CIPHER_CTX *cipher; /* NULL for a MAC alone */
    bool failed;
};

static const uint8_t zero_iv[16];

static enum scram_status
prepare_mac(struct rfc4121_crypto *crypto, const struct secret_key *key)
{
    char digest[] = "SHA1";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    if (mac == NULL)
        return SCRAM_CRYPTO_FAILED;
    crypto->mac = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (crypto->mac == NULL)
        return SCRAM_NO_MEMORY;
    if (!EVP_MAC_init(crypto->mac, key->data, RFC4121_KEY_LEN, params))
        return SCRAM_CRYPTO_FAILED;
    return SCRAM_OK;
}

static enum scram_status
prepare_cipher(struct rfc4121_crypto *crypto, const struct secret_key *key,
               bool encrypts)
{
    crypto->cipher = EVP_CIPHER_CTX_new();
    if (crypto->cipher == NULL)
        return SCRAM_NO_MEMORY;
    if (!EVP_CipherInit_ex2(crypto->cipher, EVP_aes_128_cbc(), key->data,
                            zero_iv, encrypts, NULL) ||
        !EVP_CIPHER_CTX_set_padding(crypto->cipher, 0))
        return SCRAM_CRYPTO_FAILED;
    return SCRAM_OK;
}

enum scram_status
rfc4121_crypto_new(const struct secret_key *integrity,
                   const struct secret_key *encryption, bool encrypts,
                   struct rfc4121_crypto **crypto)
{
    struct rfc4121_crypto *made = calloc(1, sizeof(*made));
    enum scram_status status;

    if (made == NULL)
        return SCRAM_NO_MEMORY;
    status = prepare_mac(made, integrity);
    if (status == SCRAM_OK && encryption != NULL)
        status = prepare_cipher(made, encryption, encrypts);
    if (status != SCRAM_OK) {
        rfc4121_crypto_free(made);
        return status;
    }
    *crypto = made;
    return SCRAM_OK;
}

void
rfc4121_crypto_free(struct rfc4121_crypto *crypto)
{
    if (crypto == NULL)
        return;
    EVP_MAC_CTX_free(crypto->mac);
    EVP_CIPHER_CTX_free(crypto->cipher);
    free(crypto);
}

void
rfc4121_crypto_begin(struct rfc4121_crypto *crypto)
{
    crypto->failed = !EVP_MAC_init(crypto->mac, NULL, 0, NULL);
    if (crypto->cipher != NULL &&
        !EVP_CipherInit_ex2(crypto->cipher, NULL, NULL, zero_iv, -1, NULL))
        crypto->failed = true;
}

void
rfc4121_crypto_sign(struct rfc4121_crypto *crypto, const uint8_t *data,
                    size_t len)
{
    /* Once it has failed, libcrypto may have nothing to go on with. */
    if (!crypto->failed && !EVP_MAC_update(crypto->mac, data, len))
        crypto->failed = true;
}

void
rfc4121_crypto_cbc(struct rfc4121_crypto *crypto, uint8_t *to,
                   const uint8_t *from, size_t len)
{
    int done;

    if (!crypto->failed &&
        (!EVP_CipherUpdate(crypto->cipher, to, &done, from, (int)len) ||
         (size_t)done != len))
        crypto->failed = true;
}

enum scram_status
rfc4121_crypto_end(struct rfc4121_crypto *crypto, uint8_t *sum)
{
    uint8_t whole[SHA1_LEN];

    if (!crypto->failed &&
        !EVP_MAC_final(crypto->mac, whole, NULL, sizeof(whole)))
        crypto->failed = true;
    if (crypto->failed)
        return SCRAM_CRYPTO_FAILED;
    memcpy(sum, whole, RFC4121_SUM_LEN);
    return SCRAM_OK;
}
