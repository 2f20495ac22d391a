/*
 * Messages with data beside them that is signed only (gssapi_ext.h): a Wrap
 * token whose checksum covers both.
 *
 * libgssapi would make these calls out of gss_wrap_iov and gss_unwrap_iov for a
 * mechanism that does not have them. But it then keeps back a message that came
 * out of order, and leaves the caller's buffer unset after some failures.
 */
#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/message.h"
#include "rfc4121/iov.h"

/* A buffer of ours over one that is only read. */
static struct rfc4121_iov
aead_buffer_over(enum rfc4121_iov_type type, gss_buffer_t buffer)
{
    struct slice bytes = slice_of_buffer(buffer);

    return (struct rfc4121_iov){type, (uint8_t *)(uintptr_t)bytes.data,
                                bytes.len};
}

OM_uint32
gss_wrap_aead(OM_uint32 *minor, gss_ctx_id_t handle, int conf_req,
              gss_qop_t qop, gss_buffer_t beside, gss_buffer_t message,
              int *conf_state, gss_buffer_t token)
{
    struct slice plain = slice_of_buffer(message);
    bool confidential = conf_req != 0;
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_HEADER, NULL, 0},
        aead_buffer_over(RFC4121_IOV_SIGN_ONLY, beside),
        aead_buffer_over(RFC4121_IOV_DATA, message),
        {RFC4121_IOV_TRAILER, NULL, 0},
    };
    struct rfc4121_context *messages;
    enum scram_status status;
    OM_uint32 major;

    buffer_none(token);
    messages = message_context(minor, handle, qop, &major);
    if (messages == NULL)
        return major;
    status = rfc4121_wrap_iov_length(&confidential, iov, 4);
    if (status == SCRAM_OK &&
        !buffer_allocate(token, rfc4121_wrap_len(confidential, plain.len)))
        status = SCRAM_NO_MEMORY;
    if (status == SCRAM_OK) {
        iov[0].data = token->value;
        iov[2].data = iov[0].data + iov[0].len;
        iov[3].data = iov[2].data + iov[2].len;
        memcpy(iov[2].data, plain.data, plain.len);
        status = rfc4121_wrap_iov(messages, &confidential, iov, 4);
    }
    if (status == SCRAM_OK && conf_state != NULL)
        *conf_state = confidential;
    return message_finish(minor, status, token);
}

OM_uint32
gss_unwrap_aead(OM_uint32 *minor, gss_ctx_id_t handle, gss_buffer_t token,
                gss_buffer_t beside, gss_buffer_t message, int *conf_state,
                gss_qop_t *qop)
{
    struct rfc4121_iov iov[] = {
        aead_buffer_over(RFC4121_IOV_STREAM, token),
        aead_buffer_over(RFC4121_IOV_SIGN_ONLY, beside),
        {RFC4121_IOV_DATA, NULL, 0},
    };
    enum rfc4121_order order = RFC4121_IN_ORDER;
    enum scram_status status = SCRAM_NO_MEMORY;
    struct rfc4121_context *messages;
    bool confidential = false;
    OM_uint32 major;

    buffer_none(message);
    messages = message_context(minor, handle, GSS_C_QOP_DEFAULT, &major);
    if (messages == NULL)
        return major;
    /* A token is never shorter than the message in it. */
    if (buffer_allocate(message, iov[0].len)) {
        iov[2].data = message->value;
        iov[2].len = message->length;
        status = rfc4121_unwrap_iov(messages, iov, 3, &confidential, &order);
    }
    major = message_finish(minor, status, message);
    if (major != GSS_S_COMPLETE)
        return major;
    buffer_shorten(message, iov[2].len);
    if (conf_state != NULL)
        *conf_state = confidential;
    if (qop != NULL)
        *qop = GSS_C_QOP_DEFAULT;
    return message_order(order);
}
