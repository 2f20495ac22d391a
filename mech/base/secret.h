/*
 * Memory that holds secrets, and how it is released: wiped, always.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/slice.h"

/* A key or a digest, no longer than SHA-256's; wiped by secret_key_wipe. */
struct secret_key {
    uint8_t data[32];
};

static inline void
secret_key_wipe(struct secret_key *key)
{
    OPENSSL_cleanse(key->data, sizeof(key->data));
}

/* A struct secret_key on the stack that is wiped when it goes out of scope. */
#define CLEANUP_KEY __attribute__((cleanup(secret_key_wipe)))

/* Bytes of any length, owned and wiped: a password. */
struct secret {
    uint8_t *data;
    size_t len;
};

static inline struct slice
secret_slice(const struct secret *s)
{
    return (struct slice){s->data, s->len};
}

/* Copy @p from into *to, which secret_clear releases. False without memory. */
static inline bool
secret_copy(struct secret *to, struct slice from)
{
    *to = (struct secret){malloc(from.len == 0 ? 1 : from.len), from.len};
    if (to->data == NULL)
        return false;
    if (from.len != 0)
        memcpy(to->data, from.data, from.len);
    return true;
}

static inline void
secret_clear(struct secret *s)
{
    if (s->data != NULL)
        OPENSSL_cleanse(s->data, s->len);
    free(s->data);
    *s = (struct secret){0};
}

#define CLEANUP_SECRET __attribute__((cleanup(secret_clear)))

/* Whether the @p len bytes at @p a and @p b are equal, in constant time. */
static inline bool
secret_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

#endif
