/*
 * What may be asked of a context by an OID (gssapi_ext.h).
 */
#include <gssapi/gssapi_ext.h>

#include "base/secret.h"
#include "gss/context.h"
#include "gss/oid.h"
#include "gss/status.h"

typedef OM_uint32 answer(OM_uint32 *minor, struct context *context,
                         gss_buffer_set_t *set);

static OM_uint32
inquire_add(OM_uint32 *minor, struct slice s, gss_buffer_set_t *set)
{
    gss_buffer_desc buffer = {s.len, (void *)(uintptr_t)s.data};

    return gss_add_buffer_set_member(minor, &buffer, set);
}

/* Four bytes in network order. */
static OM_uint32
add_number(OM_uint32 *minor, uint32_t number, gss_buffer_set_t *set)
{
    uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                       (uint8_t)(number >> 8), (uint8_t)number};

    return inquire_add(minor, SLICE_ARRAY(bytes), set);
}

static OM_uint32
not_known(OM_uint32 *minor)
{
    return status_refuse(minor, GSS_S_UNAVAILABLE, GSS_SCRAM_NOT_KNOWN, NULL);
}

static OM_uint32
not_ready(OM_uint32 *minor)
{
    return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT, NULL);
}

/* The milliseconds that a server may still wait for the client's token. */
static OM_uint32
time_left(OM_uint32 *minor, struct context *context, gss_buffer_set_t *set)
{
    enum context_state state = context->state;

    if (context->initiates || state == CONTEXT_ESTABLISHED)
        return not_known(minor);
    return add_number(
        minor,
        state == CONTEXT_HALF_OPEN ? context_milliseconds_left(context) : 0,
        set);
}

/* The protocol key and, as MIT's krb5 has it, an OID of its enctype: here
 * 1.2.840.113554.1.2.2.4.17, aes128-cts-hmac-sha1-96. */
static OM_uint32
session_key(OM_uint32 *minor, struct context *context, gss_buffer_set_t *set)
{
    OM_uint32 major, ignored;

    if (!context_is_ready(context))
        return not_ready(minor);
    major = inquire_add(minor, rfc4121_key(context->messages), set);
    if (major == GSS_S_COMPLETE)
        major = inquire_add(
            minor, SLICE("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x04\x11"), set);
    if (major != GSS_S_COMPLETE && *set != GSS_C_NO_BUFFER_SET) {
        if ((*set)->count != 0)
            OPENSSL_cleanse((*set)->elements[0].value,
                            (*set)->elements[0].length);
        gss_release_buffer_set(&ignored, set);
    }
    return major;
}

/* How strong SASL is to take the protection of messages for: in bits. */
static OM_uint32
sasl_ssf(OM_uint32 *minor, struct context *context, gss_buffer_set_t *set)
{
    if (!context_is_ready(context))
        return not_ready(minor);
    return add_number(minor, 8 * RFC4121_KEY_LEN, set);
}

static gss_OID_desc time_left_oid = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                                     (void *)GSS_SCRAM_TIME_LEFT_OID};

/* libgssapi's own OIDs as it exports them: each a variable that points to one.
 */
static const struct {
    gss_OID ours, *theirs;
    answer *answer;
} questions[] = {
    {&time_left_oid, NULL, time_left},
    {NULL, &GSS_C_INQ_SSPI_SESSION_KEY, session_key},
    {NULL, &GSS_C_SEC_CONTEXT_SASL_SSF, sasl_ssf},
};

OM_uint32
gss_inquire_sec_context_by_oid(OM_uint32 *minor, const gss_ctx_id_t handle,
                               const gss_OID oid, gss_buffer_set_t *set)
{
    struct context *context = (struct context *)handle;
    size_t i;

    *minor = 0;
    *set = GSS_C_NO_BUFFER_SET;
    if (context == NULL || context->state == CONTEXT_INERT)
        return not_ready(minor);
    for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        gss_OID known = questions[i].ours != NULL ? questions[i].ours
                                                  : *questions[i].theirs;

        if (oid_equal(oid, known))
            return questions[i].answer(minor, context, set);
    }
    return not_known(minor);
}
