/*
 * Protecting messages (RFC 2743, section 2.3), with RFC 4121's tokens.
 */
#include "gss/message.h"

#include <stdlib.h>

#include "gss/buffer.h"
#include "gss/status.h"

struct rfc4121_context *
message_context(OM_uint32 *minor, gss_ctx_id_t handle, gss_qop_t qop,
                OM_uint32 *major)
{
    struct context *context = (struct context *)handle;

    *minor = 0;
    if (!context_is_ready(context)) {
        *major =
            status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT, NULL);
        return NULL;
    }
    if (qop != GSS_C_QOP_DEFAULT) {
        *major = status_refuse(minor, GSS_S_BAD_QOP, GSS_SCRAM_BAD_QOP, NULL);
        return NULL;
    }
    *major = GSS_S_COMPLETE;
    return context->messages;
}

OM_uint32
message_fail(OM_uint32 *minor, enum scram_status status)
{
    status_minor(minor, status, NULL);
    switch (status) {
    case SCRAM_BAD_SIGNATURE:
        return GSS_S_BAD_SIG;
    case SCRAM_BAD_ENCODING:
        return GSS_S_DEFECTIVE_TOKEN;
    default:
        return GSS_S_FAILURE;
    }
}

OM_uint32
message_finish(OM_uint32 *minor, enum scram_status status, gss_buffer_t output)
{
    if (status == SCRAM_OK)
        return GSS_S_COMPLETE;
    free(output->value);
    buffer_none(output);
    return message_fail(minor, status);
}

OM_uint32
message_order(enum rfc4121_order order)
{
    switch (order) {
    case RFC4121_DUPLICATE:
        return GSS_S_DUPLICATE_TOKEN;
    case RFC4121_OLD:
        return GSS_S_OLD_TOKEN;
    case RFC4121_UNSEQ:
        return GSS_S_UNSEQ_TOKEN;
    case RFC4121_GAP:
        return GSS_S_GAP_TOKEN;
    default:
        return GSS_S_COMPLETE;
    }
}

OM_uint32
gss_wrap(OM_uint32 *minor, gss_ctx_id_t handle, int conf_req, gss_qop_t qop,
         gss_buffer_t message, int *conf_state, gss_buffer_t token)
{
    struct rfc4121_context *messages;
    struct slice plain = slice_of_buffer(message);
    OM_uint32 major;

    buffer_none(token);
    messages = message_context(minor, handle, qop, &major);
    if (messages == NULL)
        return major;
    if (!buffer_allocate(token, rfc4121_wrap_len(conf_req != 0, plain.len)))
        return message_finish(minor, SCRAM_NO_MEMORY, token);
    if (conf_state != NULL)
        *conf_state = conf_req != 0;
    return message_finish(
        minor, rfc4121_wrap(messages, conf_req != 0, plain, token->value),
        token);
}

OM_uint32
gss_unwrap(OM_uint32 *minor, gss_ctx_id_t handle, gss_buffer_t token,
           gss_buffer_t message, int *conf_state, gss_qop_t *qop)
{
    struct rfc4121_context *messages;
    struct slice wrapped = slice_of_buffer(token);
    enum rfc4121_order order = RFC4121_IN_ORDER;
    enum scram_status status = SCRAM_NO_MEMORY;
    bool confidential = false;
    OM_uint32 major;

    buffer_none(message);
    messages = message_context(minor, handle, GSS_C_QOP_DEFAULT, &major);
    if (messages == NULL)
        return major;
    if (buffer_allocate(message, wrapped.len))
        status = rfc4121_unwrap(messages, wrapped, message->value,
                                &message->length, &confidential, &order);
    major = message_finish(minor, status, message);
    if (major != GSS_S_COMPLETE)
        return major;
    buffer_shorten(message, message->length);
    if (conf_state != NULL)
        *conf_state = confidential;
    if (qop != NULL)
        *qop = GSS_C_QOP_DEFAULT;
    return message_order(order);
}

OM_uint32
gss_get_mic(OM_uint32 *minor, gss_ctx_id_t handle, gss_qop_t qop,
            gss_buffer_t message, gss_buffer_t token)
{
    struct rfc4121_context *messages;
    OM_uint32 major;

    buffer_none(token);
    messages = message_context(minor, handle, qop, &major);
    if (messages == NULL)
        return major;
    if (!buffer_allocate(token, RFC4121_MIC_LEN))
        return message_finish(minor, SCRAM_NO_MEMORY, token);
    return message_finish(
        minor,
        rfc4121_get_mic(messages, slice_of_buffer(message), token->value),
        token);
}

OM_uint32
gss_verify_mic(OM_uint32 *minor, gss_ctx_id_t handle, gss_buffer_t message,
               gss_buffer_t token, gss_qop_t *qop)
{
    struct rfc4121_context *messages;
    enum rfc4121_order order = RFC4121_IN_ORDER;
    enum scram_status status;
    OM_uint32 major;

    messages = message_context(minor, handle, GSS_C_QOP_DEFAULT, &major);
    if (messages == NULL)
        return major;
    status = rfc4121_verify_mic(messages, slice_of_buffer(message),
                                slice_of_buffer(token), &order);
    if (status != SCRAM_OK)
        return message_fail(minor, status);
    if (qop != NULL)
        *qop = GSS_C_QOP_DEFAULT;
    return message_order(order);
}

OM_uint32
gss_wrap_size_limit(OM_uint32 *minor, gss_ctx_id_t handle, int conf_req,
                    gss_qop_t qop, OM_uint32 token_len, OM_uint32 *message_len)
{
    OM_uint32 major;

    *message_len = 0;
    if (message_context(minor, handle, qop, &major) != NULL)
        *message_len =
            (OM_uint32)rfc4121_wrap_size_limit(conf_req != 0, token_len);
    return major;
}
