#include "base/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define CHUNK 48 /* bytes at a time: no line of our own, just a small stack */

void
base64_encode(struct slice bytes, struct buffer *text)
{
    size_t done = 0;
    uint8_t chunk[BASE64_LEN(CHUNK) + 1];

    if (text->overflow || bytes.len > SIZE_MAX / 2 ||
        BASE64_LEN(bytes.len) > text->capacity - text->len) {
        text->overflow = true;
        return;
    }
    while (done < bytes.len) {
        size_t n = bytes.len - done < CHUNK ? bytes.len - done : CHUNK;
        int len = EVP_EncodeBlock(chunk, bytes.data + done, (int)n);

        buffer_put(text, (struct slice){chunk, (size_t)len});
        done += n;
    }
    OPENSSL_cleanse(chunk, sizeof(chunk));
}

/*
 * libcrypto's decoder forgives white space, stray bits and padding in the
 * middle, so what it made is encoded again and compared.
 *
 * @param padding  how many of the last bytes stand for '='
 */
static bool
decode_chunk(struct slice text, size_t padding, uint8_t *bytes, size_t *len)
{
    uint8_t again[BASE64_LEN(CHUNK) + 1];
    int n = EVP_DecodeBlock(bytes, text.data, (int)text.len);
    bool canonical;

    if (n < 0 || (size_t)n != text.len / 4 * 3)
        return false;
    *len = (size_t)n - padding;
    EVP_EncodeBlock(again, bytes, (int)*len);
    canonical = CRYPTO_memcmp(again, text.data, text.len) == 0;
    OPENSSL_cleanse(again, sizeof(again));
    return canonical;
}

bool
base64_decode(struct slice text, struct buffer *bytes)
{
    size_t start = bytes->len;
    size_t padding = 0;
    uint8_t chunk[CHUNK];
    bool good = !bytes->overflow && text.len % 4 == 0;

    if (text.len != 0 && text.data[text.len - 1] == '=')
        padding = text.len >= 2 && text.data[text.len - 2] == '=' ? 2 : 1;
    while (good && text.len != 0) {
        size_t n = text.len < BASE64_LEN(CHUNK) ? text.len : BASE64_LEN(CHUNK);
        size_t len = 0;

        good = decode_chunk((struct slice){text.data, n},
                            n == text.len ? padding : 0, chunk, &len) &&
               len <= bytes->capacity - bytes->len;
        if (good)
            buffer_put(bytes, (struct slice){chunk, len});
        text.data += n;
        text.len -= n;
    }
    OPENSSL_cleanse(chunk, sizeof(chunk));
    if (!good)
        bytes->len = start;
    return good;
}
