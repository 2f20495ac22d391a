/*
 * A peer made of MIT's k5crypto: it makes and checks RFC 4121 tokens with
 * another implementation of aes128-cts-hmac-sha1-96 than ours.
 */
#ifndef K5CRYPTO_H
#define K5CRYPTO_H

#include <krb5.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "rfc4121/message.h"

#define K5_AROUND 60 /* bytes of a Wrap token around a message, without EC */

struct k5_peer {
    krb5_key key;
    enum rfc4121_role sender; /* of the tokens that it makes or checks */
};

/* Make a peer that has RFC4121_KEY_LEN bytes of key. */
struct k5_peer k5_peer(const uint8_t *key, enum rfc4121_role sender);

void k5_peer_free(struct k5_peer *peer);

/* What is particular in a Wrap token. */
struct k5_token {
    bool sealed;
    uint64_t seq;
    uint16_t ec;  /* bytes of filler in a sealed token */
    uint16_t rrc; /* it is rotated by that many bytes */
};

/*
 * Make a Wrap token.
 *
 * @param token  room for message.len + K5_AROUND + how->ec bytes
 * @return the token's length
 */
size_t k5_wrap(const struct k5_peer *peer, const struct k5_token *how,
               struct slice message, uint8_t *token);

/*
 * Fail the test unless @p token is a Wrap token of this message.
 *
 * @param token       decrypted in place if it is sealed; RRC and EC are 0
 * @param confounder  16 bytes, set if it is sealed; may be NULL
 */
void k5_assert_wrap(const struct k5_peer *peer, const struct k5_token *how,
                    struct slice message, uint8_t *token, size_t len,
                    uint8_t *confounder);

/* Make a MIC token of RFC4121_MIC_LEN bytes. */
void k5_mic(const struct k5_peer *peer, uint64_t seq, struct slice message,
            uint8_t *token);

/* Write a header; @p id is 4 for MIC and 5 for Wrap. */
void k5_header(const struct k5_peer *peer, uint8_t id,
               const struct k5_token *how, uint8_t *header);

/* The key usage for what this peer's sender wraps or signs. */
krb5_keyusage k5_usage(const struct k5_peer *peer, uint8_t id);

/* One of the buffers that krb5_k_encrypt_iov and its kin take. */
krb5_crypto_iov k5_piece(krb5_cryptotype type, uint8_t *data, size_t len);

/* Rotate right: the last @p count bytes come first, any number of times. */
void k5_rotate(uint8_t *bytes, size_t len, size_t count);

#endif
