#include "libcrypto.h"

#include <openssl/evp.h>

#include "fail.h"

static EVP_CIPHER_CTX *encrypt, *decrypt;
static EVP_MD_CTX *hash;

static void
check(int done)
{
    if (!done)
        fail("libcrypto failed");
}

static EVP_CIPHER_CTX *
cipher(int encrypts)
{
    static const uint8_t key[16] = "a key for speed";
    EVP_CIPHER_CTX *made = EVP_CIPHER_CTX_new();

    check(
        made != NULL &&
        EVP_CipherInit_ex2(made, EVP_aes_128_cbc(), key, key, encrypts, NULL) &&
        EVP_CIPHER_CTX_set_padding(made, 0));
    return made;
}

void
libcrypto_begin(void)
{
    encrypt = cipher(1);
    decrypt = cipher(0);
    hash = EVP_MD_CTX_new();
    check(hash != NULL && EVP_DigestInit_ex(hash, EVP_sha1(), NULL));
}

void
libcrypto_end(void)
{
    EVP_CIPHER_CTX_free(encrypt);
    EVP_CIPHER_CTX_free(decrypt);
    EVP_MD_CTX_free(hash);
}

void
libcrypto_sign(const uint8_t *message, size_t len, uint8_t *to)
{
    check(EVP_DigestInit_ex2(hash, NULL, NULL) &&
          EVP_DigestUpdate(hash, message, len) &&
          EVP_DigestFinal_ex(hash, to, NULL));
}

static void
cbc(EVP_CIPHER_CTX *ctx, const uint8_t *from, size_t len, uint8_t *to)
{
    static const uint8_t iv[16];
    int done;

    check(EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) &&
          EVP_CipherUpdate(ctx, to, &done, from, (int)len));
}

void
libcrypto_seal(const uint8_t *message, size_t len, uint8_t *to)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    cbc(encrypt, message, len, to);
    libcrypto_sign(message, len, digest);
}

void
libcrypto_open(const uint8_t *message, size_t len, uint8_t *to)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    cbc(decrypt, message, len, to);
    libcrypto_sign(to, len, digest);
}
