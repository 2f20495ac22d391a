#include "rfc4121/message.h"

#include "rfc4121/iov.h"
#include "rfc4121/token.h"
#include "rfc4121/unwrap.h"
#include "rfc4121/wrap.h"

/* Bytes before the message in a Wrap token. */
static size_t
lead(bool confidential)
{
    return RFC4121_HEADER_LEN +
           (confidential ? (size_t)RFC4121_CONFOUNDER_LEN : 0);
}

size_t
rfc4121_wrap_len(bool confidential, size_t len)
{
    return lead(confidential) + len + rfc4121_trailer_len(confidential, 0);
}

size_t
rfc4121_wrap_size_limit(bool confidential, size_t token_len)
{
    size_t around = rfc4121_wrap_len(confidential, 0);

    return token_len < around ? 0 : token_len - around;
}

/* A buffer over bytes that the function it is for only reads. */
static struct rfc4121_iov
rfc4121_message_buffer_over(enum rfc4121_iov_type type, struct slice bytes)
{
    return (struct rfc4121_iov){type, (uint8_t *)(uintptr_t)bytes.data,
                                bytes.len};
}

enum scram_status
rfc4121_wrap(struct rfc4121_context *context, bool confidential,
             struct slice message, uint8_t *token)
{
    struct rfc4121_iov from =
        rfc4121_message_buffer_over(RFC4121_IOV_DATA, message);
    struct rfc4121_iov to = {
        RFC4121_IOV_DATA,
        token + lead(confidential),
        message.len,
    };
    struct rfc4121_parts parts = {
        .header = token,
        .confounder = token + RFC4121_HEADER_LEN,
        .trailer = to.data + to.len,
        .from = &from,
        .to = &to,
        .count = 1,
    };

    return rfc4121_wrap_parts(context, confidential, &parts);
}

enum scram_status
rfc4121_unwrap(struct rfc4121_context *context, struct slice token,
               uint8_t *message, size_t *len, bool *confidential,
               enum rfc4121_order *order)
{
    struct rfc4121_iov iov[] = {
        rfc4121_message_buffer_over(RFC4121_IOV_STREAM, token),
        {RFC4121_IOV_DATA, message == token.data ? NULL : message, token.len},
    };
    enum scram_status status =
        rfc4121_unwrap_iov(context, iov, 2, confidential, order);

    if (status != SCRAM_OK)
        return status;
    if (iov[1].len != 0 && iov[1].data != message)
        memmove(message, iov[1].data, iov[1].len);
    *len = iov[1].len;
    return SCRAM_OK;
}

enum scram_status
rfc4121_get_mic(struct rfc4121_context *context, struct slice message,
                uint8_t *token)
{
    struct rfc4121_iov iov =
        rfc4121_message_buffer_over(RFC4121_IOV_DATA, message);

    return rfc4121_sign_parts(context, &iov, 1, token);
}

enum scram_status
rfc4121_verify_mic(struct rfc4121_context *context, struct slice message,
                   struct slice token, enum rfc4121_order *order)
{
    struct rfc4121_iov iov =
        rfc4121_message_buffer_over(RFC4121_IOV_DATA, message);

    return rfc4121_verify_parts(context, &iov, 1, token.data, token.len, order);
}
