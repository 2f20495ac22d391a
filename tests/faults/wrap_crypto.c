/*
 * What the module calls of libcrypto, and can fail. An error goes to the
 * thread's queue then, which is the program's: trial.c looks for it.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "fault.h"

#define REFUSED(result) (ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR), result)

FAULT_WRAP(int, RAND_bytes, (unsigned char *to, int n), (to, n), REFUSED(0))

FAULT_WRAP(EVP_MD *, EVP_MD_fetch,
           (OSSL_LIB_CTX * lib, const char *name, const char *properties),
           (lib, name, properties), REFUSED(NULL))
FAULT_WRAP(EVP_MAC *, EVP_MAC_fetch,
           (OSSL_LIB_CTX * lib, const char *name, const char *properties),
           (lib, name, properties), REFUSED(NULL))

FAULT_WRAP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), (), REFUSED(NULL))
FAULT_WRAP(int, EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX * ctx, int padding),
           (ctx, padding), REFUSED(0))
FAULT_WRAP(int, EVP_CipherInit_ex2,
           (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher,
            const unsigned char *key, const unsigned char *iv, int encrypts,
            const OSSL_PARAM params[]),
           (ctx, cipher, key, iv, encrypts, params), REFUSED(0))
FAULT_WRAP(int, EVP_CipherUpdate,
           (EVP_CIPHER_CTX * ctx, unsigned char *to, int *done,
            const unsigned char *from, int n),
           (ctx, to, done, from, n), REFUSED(0))
FAULT_WRAP(int, EVP_EncryptInit_ex2,
           (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher,
            const unsigned char *key, const unsigned char *iv,
            const OSSL_PARAM params[]),
           (ctx, cipher, key, iv, params), REFUSED(0))
FAULT_WRAP(int, EVP_EncryptUpdate,
           (EVP_CIPHER_CTX * ctx, unsigned char *to, int *done,
            const unsigned char *from, int n),
           (ctx, to, done, from, n), REFUSED(0))

FAULT_WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, (void), (), REFUSED(NULL))
FAULT_WRAP(int, EVP_Digest,
           (const void *from, size_t n, unsigned char *to, unsigned *done,
            const EVP_MD *md, ENGINE *engine),
           (from, n, to, done, md, engine), REFUSED(0))
FAULT_WRAP(int, EVP_DigestInit_ex,
           (EVP_MD_CTX * ctx, const EVP_MD *md, ENGINE *engine),
           (ctx, md, engine), REFUSED(0))
FAULT_WRAP(int, EVP_DigestUpdate,
           (EVP_MD_CTX * ctx, const void *from, size_t n), (ctx, from, n),
           REFUSED(0))
FAULT_WRAP(int, EVP_DigestFinal_ex,
           (EVP_MD_CTX * ctx, unsigned char *to, unsigned *done),
           (ctx, to, done), REFUSED(0))

FAULT_WRAP(EVP_MAC_CTX *, EVP_MAC_CTX_new, (EVP_MAC * mac), (mac),
           REFUSED(NULL))
FAULT_WRAP(EVP_MAC_CTX *, EVP_MAC_CTX_dup, (const EVP_MAC_CTX *ctx), (ctx),
           REFUSED(NULL))
FAULT_WRAP(int, EVP_MAC_CTX_set_params,
           (EVP_MAC_CTX * ctx, const OSSL_PARAM params[]), (ctx, params),
           REFUSED(0))
FAULT_WRAP(int, EVP_MAC_init,
           (EVP_MAC_CTX * ctx, const unsigned char *key, size_t n,
            const OSSL_PARAM params[]),
           (ctx, key, n, params), REFUSED(0))
FAULT_WRAP(int, EVP_MAC_update,
           (EVP_MAC_CTX * ctx, const unsigned char *from, size_t n),
           (ctx, from, n), REFUSED(0))
FAULT_WRAP(int, EVP_MAC_final,
           (EVP_MAC_CTX * ctx, unsigned char *to, size_t *done, size_t size),
           (ctx, to, done, size), REFUSED(0))

int __real_PKCS5_PBKDF2_HMAC(const char *password, int password_len,
                             const unsigned char *salt, int salt_len,
                             int iterations, const EVP_MD *md, int n,
                             unsigned char *to);
int __wrap_PKCS5_PBKDF2_HMAC(const char *password, int password_len,
                             const unsigned char *salt, int salt_len,
                             int iterations, const EVP_MD *md, int n,
                             unsigned char *to);

/* One point and no more: it asks for memory in each of its iterations. */
int
__wrap_PKCS5_PBKDF2_HMAC(const char *password, int password_len,
                         const unsigned char *salt, int salt_len,
                         int iterations, const EVP_MD *md, int n,
                         unsigned char *to)
{
    bool paused;
    int result;

    if (fault_strikes("PKCS5_PBKDF2_HMAC"))
        return REFUSED(0);
    paused = fault_pause();
    result = __real_PKCS5_PBKDF2_HMAC(password, password_len, salt, salt_len,
                                      iterations, md, n, to);
    fault_resume(paused);
    return result;
}
