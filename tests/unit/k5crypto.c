#include "k5crypto.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 16
#define CONFOUNDER 16
#define SUM 12

struct k5_peer
k5_peer(const uint8_t *key, enum rfc4121_role sender)
{
    uint8_t bytes[RFC4121_KEY_LEN];
    krb5_keyblock block = {.enctype = ENCTYPE_AES128_CTS_HMAC_SHA1_96,
                           .length = sizeof(bytes),
                           .contents = bytes};
    struct k5_peer peer = {.sender = sender};

    memcpy(bytes, key, sizeof(bytes));
    ck_assert_int_eq(krb5_k_create_key(NULL, &block, &peer.key), 0);
    return peer;
}

void
k5_peer_free(struct k5_peer *peer)
{
    krb5_k_free_key(NULL, peer->key);
}

krb5_keyusage
k5_usage(const struct k5_peer *peer, uint8_t id)
{
    return (peer->sender == RFC4121_ACCEPTOR ? 22 : 24) + (id == 4);
}

void
k5_header(const struct k5_peer *peer, uint8_t id, const struct k5_token *how,
          uint8_t *header)
{
    int i;

    memset(header, 0xff, HEADER);
    header[0] = id;
    header[1] = 4;
    header[2] =
        (uint8_t)((peer->sender == RFC4121_ACCEPTOR) | (how->sealed ? 2 : 0));
    if (id == 5) {
        header[4] = (uint8_t)(how->ec >> 8);
        header[5] = (uint8_t)how->ec;
        header[6] = (uint8_t)(how->rrc >> 8);
        header[7] = (uint8_t)how->rrc;
    }
    for (i = 0; i < 8; i++)
        header[8 + i] = (uint8_t)(how->seq >> (56 - 8 * i));
}

krb5_crypto_iov
k5_piece(krb5_cryptotype type, uint8_t *data, size_t len)
{
    return (krb5_crypto_iov){
        type, {.data = (char *)data, .length = (unsigned int)len}};
}

/* Over a sealed token without rotation: confounder, message, EC and header,
 * checksum. */
static void
sealed_pieces(const struct k5_token *how, uint8_t *body, size_t message_len,
              krb5_crypto_iov *pieces)
{
    size_t len = message_len + how->ec + HEADER;

    pieces[0] = k5_piece(KRB5_CRYPTO_TYPE_HEADER, body, CONFOUNDER);
    pieces[1] = k5_piece(KRB5_CRYPTO_TYPE_DATA, body + CONFOUNDER, len);
    pieces[2] =
        k5_piece(KRB5_CRYPTO_TYPE_TRAILER, body + CONFOUNDER + len, SUM);
}

static size_t
seal(const struct k5_peer *peer, const struct k5_token *how,
     struct slice message, uint8_t *body)
{
    struct k5_token inner = *how;
    krb5_crypto_iov pieces[3];
    uint8_t *at = body + CONFOUNDER;

    if (message.len != 0)
        memcpy(at, message.data, message.len);
    memset(at + message.len, 'f', how->ec);
    inner.rrc = 0;
    k5_header(peer, 5, &inner, at + message.len + how->ec);
    sealed_pieces(how, body, message.len, pieces);
    ck_assert_int_eq(
        krb5_k_encrypt_iov(NULL, peer->key, k5_usage(peer, 5), NULL, pieces, 3),
        0);
    return message.len + how->ec + K5_AROUND - HEADER;
}

/* The checksum of a message and, behind it, a header. */
static void
sum(const struct k5_peer *peer, uint8_t id, struct slice message,
    uint8_t *header, uint8_t *to)
{
    krb5_crypto_iov pieces[] = {
        k5_piece(KRB5_CRYPTO_TYPE_DATA, (uint8_t *)(uintptr_t)message.data,
                 message.len),
        k5_piece(KRB5_CRYPTO_TYPE_SIGN_ONLY, header, HEADER),
        k5_piece(KRB5_CRYPTO_TYPE_CHECKSUM, to, SUM),
    };

    ck_assert_int_eq(
        krb5_k_make_checksum_iov(NULL, CKSUMTYPE_HMAC_SHA1_96_AES128, peer->key,
                                 k5_usage(peer, id), pieces, 3),
        0);
}

static size_t
integrity(const struct k5_peer *peer, const struct k5_token *how,
          struct slice message, uint8_t *body)
{
    struct k5_token signed_as = {.seq = how->seq};
    uint8_t header[HEADER];

    if (message.len != 0)
        memcpy(body, message.data, message.len);
    k5_header(peer, 5, &signed_as, header);
    sum(peer, 5, message, header, body + message.len);
    return message.len + SUM;
}

void
k5_rotate(uint8_t *bytes, size_t len, size_t count)
{
    uint8_t *copy = malloc(len);
    size_t i;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    for (i = 0; i < len; i++)
        bytes[(i + count) % len] = copy[i];
    free(copy);
}

size_t
k5_wrap(const struct k5_peer *peer, const struct k5_token *how,
        struct slice message, uint8_t *token)
{
    struct k5_token outer = *how;
    size_t len = how->sealed ? seal(peer, how, message, token + HEADER)
                             : integrity(peer, how, message, token + HEADER);

    if (how->rrc != 0)
        k5_rotate(token + HEADER, len, how->rrc);
    if (!how->sealed)
        outer.ec = SUM;
    k5_header(peer, 5, &outer, token);
    return HEADER + len;
}

void
k5_assert_wrap(const struct k5_peer *peer, const struct k5_token *how,
               struct slice message, uint8_t *token, size_t len,
               uint8_t *confounder)
{
    size_t around = how->sealed ? K5_AROUND : HEADER + SUM;
    uint8_t expected[K5_AROUND + CONFOUNDER], *body = token + HEADER;
    struct k5_token outer = *how;
    krb5_crypto_iov pieces[3];

    ck_assert_uint_eq(len, message.len + around);
    if (!how->sealed)
        outer.ec = SUM;
    k5_header(peer, 5, &outer, expected);
    ck_assert_mem_eq(token, expected, HEADER);
    if (!how->sealed) {
        k5_header(peer, 5, how, expected);
        sum(peer, 5, message, expected, expected + HEADER);
        ck_assert_mem_eq(body + message.len, expected + HEADER, SUM);
        ck_assert(message.len == 0 ||
                  memcmp(body, message.data, message.len) == 0);
        return;
    }
    sealed_pieces(how, body, message.len, pieces);
    ck_assert_int_eq(
        krb5_k_decrypt_iov(NULL, peer->key, k5_usage(peer, 5), NULL, pieces, 3),
        0);
    ck_assert(message.len == 0 ||
              memcmp(body + CONFOUNDER, message.data, message.len) == 0);
    ck_assert_mem_eq(body + CONFOUNDER + message.len, expected, HEADER);
    if (confounder != NULL)
        memcpy(confounder, body, CONFOUNDER);
}

void
k5_mic(const struct k5_peer *peer, uint64_t seq, struct slice message,
       uint8_t *token)
{
    struct k5_token how = {.seq = seq};

    k5_header(peer, 4, &how, token);
    sum(peer, 4, message, token, token + HEADER);
}
