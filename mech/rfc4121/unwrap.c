#include "rfc4121/unwrap.h"

#include <openssl/crypto.h>

#include "base/secret.h"
#include "rfc4121/seal.h"

/* Decrypt and compare. */
static enum scram_status
unseal(struct rfc4121_crypto *crypto, const struct rfc4121_opening *opening)
{
    const struct rfc4121_view *plain = &opening->plain;
    size_t len = RFC4121_CONFOUNDER_LEN + opening->data_len +
                 opening->header.ec + RFC4121_HEADER_LEN;
    uint8_t sum[RFC4121_SUM_LEN];
    enum scram_status status = rfc4121_unseal(
        crypto, opening->in_place ? plain : &opening->arrived, plain, len, sum);

    if (status != SCRAM_OK)
        return status;
    if (!secret_equal(sum, opening->sum, sizeof(sum)) ||
        !rfc4121_header_matches(opening->header_bytes, plain->tail[1].data))
        return SCRAM_BAD_SIGNATURE;
    return SCRAM_OK;
}

/* Sign what is there, copied first unless it is in place, and compare. EC and
 * RRC are signed as zeros (section 4.2.4). */
static enum scram_status
check_sum(struct rfc4121_crypto *crypto, const struct rfc4121_opening *opening)
{
    uint8_t header[RFC4121_HEADER_LEN], sum[RFC4121_SUM_LEN];
    enum scram_status status;

    memcpy(header, opening->header_bytes, sizeof(header));
    memset(header + 4, 0, 4);
    status =
        rfc4121_checksum(crypto, opening->in_place ? NULL : &opening->arrived,
                         &opening->plain, header, sum);
    if (status != SCRAM_OK)
        return status;
    return secret_equal(sum, opening->sum, sizeof(sum)) ? SCRAM_OK
                                                        : SCRAM_BAD_SIGNATURE;
}

static void
rfc4121_unwrap_wipe(const struct rfc4121_view *plain)
{
    struct rfc4121_cursor cursor = {plain, 0, 0};
    struct rfc4121_span span;

    while ((span = rfc4121_cursor_span(&cursor)).len > 0) {
        if (!span.sign_only)
            OPENSSL_cleanse(span.data, span.len);
        cursor.offset += span.len;
    }
}

static enum rfc4121_order
note(const struct rfc4121_context *context, struct rfc4121_window *window,
     uint64_t seq)
{
    if (window == NULL)
        return RFC4121_IN_ORDER;
    return rfc4121_window_note(window, seq, context->replay, context->sequence);
}

enum scram_status
rfc4121_open(struct rfc4121_context *context,
             const struct rfc4121_opening *opening, enum rfc4121_order *order)
{
    bool sealed = opening->header.sealed;
    enum rfc4121_purpose purpose = sealed ? RFC4121_SEAL : RFC4121_CHECKSUM;
    struct rfc4121_window *window;
    struct rfc4121_crypto *crypto;
    enum scram_status status = rfc4121_window_of(context, &window);

    if (status == SCRAM_OK)
        status = rfc4121_take(context, false, purpose, &crypto);
    if (status != SCRAM_OK)
        return status;
    status = sealed ? unseal(crypto, opening) : check_sum(crypto, opening);
    if (status == SCRAM_OK)
        *order = note(context, window, opening->header.seq);
    else if (sealed || !opening->in_place)
        rfc4121_unwrap_wipe(&opening->plain);
    rfc4121_give_back(context, false, purpose, crypto);
    return status;
}

enum scram_status
rfc4121_verify_parts(struct rfc4121_context *context,
                     const struct rfc4121_iov *iov, size_t count,
                     const uint8_t *token, size_t token_len,
                     enum rfc4121_order *order)
{
    struct rfc4121_view plain = {.iov = iov, .count = count};
    uint8_t sum[RFC4121_SUM_LEN];
    struct rfc4121_header header;
    struct rfc4121_window *window;
    struct rfc4121_crypto *crypto;
    enum scram_status status;

    if (token_len != RFC4121_MIC_LEN)
        return SCRAM_BAD_ENCODING;
    status = rfc4121_header_parse(token, RFC4121_MIC, rfc4121_peer(context),
                                  &header);
    if (status == SCRAM_OK)
        status = rfc4121_window_of(context, &window);
    if (status == SCRAM_OK)
        status = rfc4121_take(context, false, RFC4121_SIGN, &crypto);
    if (status != SCRAM_OK)
        return status;
    status = rfc4121_checksum(crypto, NULL, &plain, token, sum);
    if (status == SCRAM_OK &&
        !secret_equal(sum, token + RFC4121_HEADER_LEN, sizeof(sum)))
        status = SCRAM_BAD_SIGNATURE;
    if (status == SCRAM_OK)
        *order = note(context, window, header.seq);
    rfc4121_give_back(context, false, RFC4121_SIGN, crypto);
    return status;
}
