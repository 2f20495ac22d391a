#include "rfc4121/seal.h"

#include <openssl/crypto.h>
#include <string.h>

#include "rfc4121/token.h"

#define BLOCK 16
#define PIECE 8192 /* twice, for in and out, it fits any first-level cache */

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * What lies together under the cursor and belongs to the token. What is signed
 * only and stands before it is signed, if a @p signer is given, and passed.
 */
static struct rfc4121_span
here(struct rfc4121_cursor *cursor, struct rfc4121_crypto *signer)
{
    struct rfc4121_span span;

    while ((span = rfc4121_cursor_span(cursor)).sign_only) {
        if (signer != NULL)
            rfc4121_crypto_sign(signer, span.data, span.len);
        cursor->offset += span.len;
    }
    return span;
}

/* Copy @p len bytes from under the cursor, and sign them for a @p signer. */
static void
gather(struct rfc4121_cursor *cursor, struct rfc4121_crypto *signer,
       uint8_t *to, size_t len)
{
    while (len > 0) {
        struct rfc4121_span span = here(cursor, signer);
        size_t n = least(span.len, len);

        memcpy(to, span.data, n);
        if (signer != NULL)
            rfc4121_crypto_sign(signer, span.data, n);
        cursor->offset += n;
        to += n;
        len -= n;
    }
}

/* The other way: copy @p len bytes to under the cursor. */
static void
scatter(struct rfc4121_cursor *cursor, struct rfc4121_crypto *signer,
        const uint8_t *from, size_t len)
{
    while (len > 0) {
        struct rfc4121_span span = here(cursor, signer);
        size_t n = least(span.len, len);

        memcpy(span.data, from, n);
        if (signer != NULL)
            rfc4121_crypto_sign(signer, from, n);
        cursor->offset += n;
        from += n;
        len -= n;
    }
}

/* How many bytes the last two blocks have, the last one in part: 17 to 32. */
static size_t
last_two(size_t len)
{
    return BLOCK + (len - 1) % BLOCK + 1;
}

/* Seal some blocks, at most @p left bytes; returns how many bytes. */
static size_t
seal_some(struct rfc4121_crypto *crypto, struct rfc4121_cursor *plain,
          struct rfc4121_cursor *cipher, size_t left)
{
    struct rfc4121_span from = here(plain, crypto), to = here(cipher, NULL);
    size_t len = least(least(from.len, to.len), least(left, PIECE));

    len -= len % BLOCK;
    if (len == 0) { /* a block that does not lie together */
        uint8_t block[BLOCK];

        gather(plain, crypto, block, BLOCK);
        rfc4121_crypto_cbc(crypto, block, block, BLOCK);
        scatter(cipher, NULL, block, BLOCK);
        return BLOCK;
    }
    rfc4121_crypto_sign(crypto, from.data, len);
    rfc4121_crypto_cbc(crypto, to.data, from.data, len);
    plain->offset += len;
    cipher->offset += len;
    return len;
}

enum scram_status
rfc4121_seal(struct rfc4121_crypto *crypto, const struct rfc4121_view *plain,
             const struct rfc4121_view *cipher, size_t len, uint8_t *sum)
{
    struct rfc4121_cursor from = {plain, 0, 0}, to = {cipher, 0, 0};
    size_t last = last_two(len), left = len - last;
    uint8_t blocks[2 * BLOCK] = {0};

    rfc4121_crypto_begin(crypto);
    while (left > 0)
        left -= seal_some(crypto, &from, &to, left);

    /* CBC with ciphertext stealing is CBC over the last block padded with
     * zeros, the last two blocks then exchanged and the padding's length cut
     * off. */
    gather(&from, crypto, blocks, last);
    rfc4121_crypto_cbc(crypto, blocks, blocks, sizeof(blocks));
    scatter(&to, NULL, blocks + BLOCK, BLOCK);
    scatter(&to, NULL, blocks, last - BLOCK);
    return rfc4121_crypto_end(crypto, sum);
}

/*
 * Unseal some blocks, as seal_some.
 *
 * @param previous  the last block of the ciphertext so far
 */
static size_t
unseal_some(struct rfc4121_crypto *crypto, struct rfc4121_cursor *cipher,
            struct rfc4121_cursor *plain, size_t left, uint8_t *previous)
{
    struct rfc4121_span from = here(cipher, NULL), to = here(plain, crypto);
    size_t len = least(least(from.len, to.len), least(left, PIECE));

    len -= len % BLOCK;
    if (len == 0) {
        uint8_t block[BLOCK];

        gather(cipher, NULL, previous, BLOCK);
        rfc4121_crypto_cbc(crypto, block, previous, BLOCK);
        scatter(plain, crypto, block, BLOCK);
        OPENSSL_cleanse(block, sizeof(block));
        return BLOCK;
    }
    memcpy(previous, from.data + len - BLOCK, BLOCK);
    rfc4121_crypto_cbc(crypto, to.data, from.data, len);
    rfc4121_crypto_sign(crypto, to.data, len);
    cipher->offset += len;
    plain->offset += len;
    return len;
}

/*
 * Unseal the last two blocks. The ciphertext of the last one stands first, and
 * its decryption has in it what was cut off from the other.
 *
 * The cipher adds the block that it decrypted before, which is not the one to
 * be added here; adding it once more takes it out again.
 */
static void
unseal_last_two(struct rfc4121_crypto *crypto, struct rfc4121_cursor *cipher,
                struct rfc4121_cursor *plain, const uint8_t *previous,
                size_t last)
{
    uint8_t first[BLOCK], second[BLOCK], plains[2 * BLOCK];
    size_t rest = last - BLOCK, i;

    gather(cipher, NULL, second, BLOCK);
    gather(cipher, NULL, first, rest);
    rfc4121_crypto_cbc(crypto, plains + BLOCK, second, BLOCK);
    for (i = 0; i < BLOCK; i++)
        plains[BLOCK + i] ^= previous[i];
    memcpy(first + rest, plains + BLOCK + rest, BLOCK - rest);
    rfc4121_crypto_cbc(crypto, plains, first, BLOCK);
    for (i = 0; i < BLOCK; i++) {
        plains[i] ^= second[i] ^ previous[i];
        plains[BLOCK + i] ^= first[i];
    }
    scatter(plain, crypto, plains, last);
    OPENSSL_cleanse(plains, sizeof(plains));
}

enum scram_status
rfc4121_unseal(struct rfc4121_crypto *crypto, const struct rfc4121_view *cipher,
               const struct rfc4121_view *plain, size_t len, uint8_t *sum)
{
    struct rfc4121_cursor from = {cipher, 0, 0}, to = {plain, 0, 0};
    size_t last = last_two(len), left = len - last;
    uint8_t previous[BLOCK] = {0}; /* the initial vector */

    rfc4121_crypto_begin(crypto);
    while (left > 0)
        left -= unseal_some(crypto, &from, &to, left, previous);
    unseal_last_two(crypto, &from, &to, previous, last);
    return rfc4121_crypto_end(crypto, sum);
}

enum scram_status
rfc4121_checksum(struct rfc4121_crypto *crypto, const struct rfc4121_view *from,
                 const struct rfc4121_view *plain, const uint8_t *header,
                 uint8_t *sum)
{
    struct rfc4121_cursor source = {from, 0, 0}, cursor = {plain, 0, 0};
    struct rfc4121_span span;

    rfc4121_crypto_begin(crypto);
    while ((span = here(&cursor, crypto)).len > 0) {
        if (from != NULL) {
            struct rfc4121_span original = here(&source, NULL);

            span.len = least(least(span.len, original.len), PIECE);
            memcpy(span.data, original.data, span.len);
            source.offset += span.len;
        }
        rfc4121_crypto_sign(crypto, span.data, span.len);
        cursor.offset += span.len;
    }
    rfc4121_crypto_sign(crypto, header, RFC4121_HEADER_LEN);
    return rfc4121_crypto_end(crypto, sum);
}
