/*
 * Functions of libraries by their contract: what they read must be there to be
 * read, and they may return whatever the contract allows. No loop is left then,
 * and a proof holds for memory of any length.
 */
#include "prove.h"

void *memchr(const void *bytes, int c, size_t len);

void *
memchr(const void *bytes, int c, size_t len)
{
    const unsigned char *b = bytes;
    size_t at = nondet_size();

    must(len == 0 || __CPROVER_r_ok(bytes, len), "memchr reads what is there");
    if (at >= len || b[at] != (unsigned char)c)
        return NULL;
    return (void *)(uintptr_t)(b + at);
}

int memcmp(const void *a, const void *b, size_t len);

int
memcmp(const void *a, const void *b, size_t len)
{
    must(len == 0 || __CPROVER_r_ok(a, len), "memcmp reads what is there");
    must(len == 0 || __CPROVER_r_ok(b, len), "memcmp reads what is there");
    return len == 0 ? 0 : (int)nondet_32();
}

int CRYPTO_memcmp(const void *a, const void *b, size_t len);

int
CRYPTO_memcmp(const void *a, const void *b, size_t len)
{
    return memcmp(a, b, len);
}

void OPENSSL_cleanse(void *bytes, size_t len);

void
OPENSSL_cleanse(void *bytes, size_t len)
{
    must(len == 0 || __CPROVER_w_ok(bytes, len), "what is wiped is there");
}
