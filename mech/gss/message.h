/*
 * What the calls that protect messages have in common, whatever the form of
 * the message.
 */
#ifndef GSS_MESSAGE_H
#define GSS_MESSAGE_H

#include <gssapi/gssapi.h>

#include "gss/context.h"

/*
 * The messages of a context that has them.
 *
 * @param major  set to GSS_S_COMPLETE, or to GSS_S_NO_CONTEXT or GSS_S_BAD_QOP
 *               with *minor set
 * @return NULL unless GSS_S_COMPLETE
 */
struct rfc4121_context *message_context(OM_uint32 *minor, gss_ctx_id_t handle,
                                        gss_qop_t qop, OM_uint32 *major);

/* What a call for a message returns for an outcome that is not SCRAM_OK. */
OM_uint32 message_fail(OM_uint32 *minor, enum scram_status status);

/* The same for any outcome; @p output is released unless it is SCRAM_OK. */
OM_uint32 message_finish(OM_uint32 *minor, enum scram_status status,
                         gss_buffer_t output);

/* What is reported beside a message: supplementary to GSS_S_COMPLETE (RFC 2743,
 * section 1.2.3). */
OM_uint32 message_order(enum rfc4121_order order);

#endif
