/*
 * The pseudo-random function of a context (RFC 4401, RFC 4402).
 */
#include "rfc4121/prf.h"

#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/message.h"

/* The full key and the partial one are the same (RFC 5802, section 8.4). */
OM_uint32
gss_pseudo_random(OM_uint32 *minor, gss_ctx_id_t handle, int which,
                  const gss_buffer_t input, ssize_t len, gss_buffer_t output)
{
    struct rfc4121_context *messages;
    enum scram_status status;
    OM_uint32 major;

    buffer_none(output);
    messages = message_context(minor, handle, GSS_C_QOP_DEFAULT, &major);
    if (messages == NULL)
        return major;
    if ((which != GSS_C_PRF_KEY_FULL && which != GSS_C_PRF_KEY_PARTIAL) ||
        len < 0 || !rfc4121_prf_reaches((size_t)len))
        return message_fail(minor, SCRAM_BAD_ARGUMENT);
    if (len == 0) /* gss_release_buffer frees nothing of no length */
        return GSS_S_COMPLETE;
    status = SCRAM_NO_MEMORY;
    if (buffer_allocate(output, (size_t)len))
        status = rfc4121_prf(messages, slice_of_buffer(input), output->value,
                             (size_t)len);
    return message_finish(minor, status, output);
}
