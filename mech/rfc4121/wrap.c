#include "rfc4121/wrap.h"

#include <string.h>

#include "rfc4121/seal.h"
#include "rfc4121/token.h"

size_t
rfc4121_trailer_len(bool confidential, size_t ec)
{
    return (confidential ? ec + RFC4121_HEADER_LEN : 0) + RFC4121_SUM_LEN;
}

/* Write the header of our next token. A number is drawn even if the token is
 * then not made: another thread may have drawn the one after it. */
static void
begin_token(struct rfc4121_context *context, enum rfc4121_kind kind,
            bool sealed, uint8_t *bytes)
{
    struct rfc4121_header header = {
        .kind = kind,
        .sender = context->role,
        .sealed = sealed,
        .seq = atomic_fetch_add(&context->next_seq, 1),
    };

    rfc4121_header_write(&header, bytes);
}

/* E(confounder | message | header) | checksum (section 4.2.4) */
static enum scram_status
seal_parts(struct rfc4121_context *context, struct rfc4121_crypto *crypto,
           const struct rfc4121_parts *parts)
{
    uint8_t *copy = parts->trailer;
    struct rfc4121_view plain = {
        .head = {parts->confounder, RFC4121_CONFOUNDER_LEN, false},
        .iov = parts->from,
        .count = parts->count,
        .tail = {{copy, RFC4121_HEADER_LEN, false}},
    };
    struct rfc4121_view cipher = plain;
    size_t len = plain.head.len + plain.tail[0].len;
    enum scram_status status;
    size_t i;

    cipher.iov = parts->to;
    for (i = 0; i < parts->count; i++)
        len += parts->to[i].type == RFC4121_IOV_DATA ? parts->to[i].len : 0;

    status = context->random(parts->confounder, RFC4121_CONFOUNDER_LEN);
    if (status != SCRAM_OK)
        return status;
    begin_token(context, RFC4121_WRAP, true, parts->header);
    memcpy(copy, parts->header, RFC4121_HEADER_LEN);
    status =
        rfc4121_seal(crypto, &plain, &cipher, len, copy + RFC4121_HEADER_LEN);
    rfc4121_header_set_counts(parts->header, 0, parts->rrc);
    return status;
}

/* message | checksum of message and header, whose EC and RRC are zero then */
static enum scram_status
checksum_parts(struct rfc4121_context *context, struct rfc4121_crypto *crypto,
               const struct rfc4121_parts *parts)
{
    struct rfc4121_view from = {.iov = parts->from, .count = parts->count};
    struct rfc4121_view plain = {.iov = parts->to, .count = parts->count};
    enum scram_status status;

    begin_token(context, RFC4121_WRAP, false, parts->header);
    status = rfc4121_checksum(crypto, parts->from == parts->to ? NULL : &from,
                              &plain, parts->header, parts->trailer);
    rfc4121_header_set_counts(parts->header, RFC4121_SUM_LEN, parts->rrc);
    return status;
}

enum scram_status
rfc4121_wrap_parts(struct rfc4121_context *context, bool confidential,
                   const struct rfc4121_parts *parts)
{
    enum rfc4121_purpose purpose =
        confidential ? RFC4121_SEAL : RFC4121_CHECKSUM;
    struct rfc4121_crypto *crypto;
    enum scram_status status = rfc4121_take(context, true, purpose, &crypto);

    if (status != SCRAM_OK)
        return status;
    status = confidential ? seal_parts(context, crypto, parts)
                          : checksum_parts(context, crypto, parts);
    rfc4121_give_back(context, true, purpose, crypto);
    return status;
}

enum scram_status
rfc4121_sign_parts(struct rfc4121_context *context,
                   const struct rfc4121_iov *iov, size_t count, uint8_t *token)
{
    struct rfc4121_view plain = {.iov = iov, .count = count};
    struct rfc4121_crypto *crypto;
    enum scram_status status =
        rfc4121_take(context, true, RFC4121_SIGN, &crypto);

    if (status != SCRAM_OK)
        return status;
    begin_token(context, RFC4121_MIC, false, token);
    status = rfc4121_checksum(crypto, NULL, &plain, token,
                              token + RFC4121_HEADER_LEN);
    rfc4121_give_back(context, true, RFC4121_SIGN, crypto);
    return status;
}
