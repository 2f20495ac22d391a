/*
 * gss_export_sec_context and gss_import_sec_context (RFC 2743, sections 2.2.8
 * and 2.2.9): an established context leaves one process and goes on in another.
 * One that is half-open stays where it is, as RFC 2743 allows: completing it
 * twice with one recorded answer would have to be prevented across processes,
 * and no server is known that hands one on.
 */
#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/context.h"
#include "gss/crypto_lock.h"
#include "gss/exported.h"
#include "gss/oid.h"
#include "gss/random.h"
#include "gss/status.h"
#include "rfc4121/state.h"

static OM_uint32
transfer_no_memory(OM_uint32 *minor)
{
    status_minor(minor, SCRAM_NO_MEMORY, NULL);
    return GSS_S_FAILURE;
}

static struct exported_name
describe_name(const struct name *name)
{
    if (name == NULL)
        return (struct exported_name){.text = {NULL, 0}};
    return (struct exported_name){name_slice(name), name_store(name),
                                  name_groups(name), name->kind,
                                  name->mechanism};
}

/* What can be refused comes before the context's messages are ended. */
static OM_uint32
export_established(OM_uint32 *minor, struct context *context,
                   gss_buffer_t token)
{
    struct exported e = {
        .initiates = context->initiates,
        .mechanism = context->mechanism,
        .audit = context->audit,
        .target = describe_name(context->target),
        .source = describe_name(context->source),
        .flags = context->flags,
    };
    struct buffer out = {NULL, 0, 0, false};
    OM_uint32 ignored;

    out.capacity = exported_size(&e);
    if (!buffer_allocate(token, out.capacity))
        return transfer_no_memory(minor);
    if (!rfc4121_end(context->messages, &e.messages)) {
        gss_release_buffer(&ignored, token);
        return status_refuse(minor, GSS_S_FAILURE, GSS_SCRAM_BUSY, NULL);
    }
    out.data = token->value;
    exported_write(&e, &out);
    rfc4121_state_wipe(&e.messages);
    return GSS_S_COMPLETE;
}

static OM_uint32
export_context(OM_uint32 *minor, struct context *context, gss_buffer_t token)
{
    enum context_state state = context->state;

    if (state == CONTEXT_ESTABLISHED)
        return export_established(minor, context, token);
    if (state == CONTEXT_INERT)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    return status_refuse(minor, GSS_S_UNAVAILABLE, GSS_SCRAM_NO_TRANSFER, NULL);
}

/* MIT's libgssapi loses an export's minor code, so the trace tells why. */
static void
report_refusal(const struct context *context, OM_uint32 code)
{
    struct event event = context_event(context, EVENT_NOT_EXPORTED);
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, more;

    (void)gss_display_status(&minor, code, GSS_C_MECH_CODE, GSS_C_NO_OID, &more,
                             &text);
    event.why = text.value;
    event_report(&event);
    gss_release_buffer(&minor, &text);
}

OM_uint32
gss_export_sec_context(OM_uint32 *minor, gss_ctx_id_t *handle,
                       gss_buffer_t token)
{
    struct context *context = (struct context *)*handle;
    struct event event;
    OM_uint32 major;

    *minor = 0;
    buffer_none(token);
    if (context == NULL)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    if (!context_step_begin(context))
        return status_refuse(minor, GSS_S_FAILURE, GSS_SCRAM_BUSY, NULL);
    major = export_context(minor, context, token);
    if (major != GSS_S_COMPLETE)
        report_refusal(context, *minor);
    context_step_end(context);
    if (major == GSS_S_COMPLETE) {
        event = context_event(context, EVENT_EXPORTED);
        event_report(&event);
        context_free(context);
        *handle = GSS_C_NO_CONTEXT;
    }
    return major;
}

/* The name, or NULL where there is none; false without memory. */
static bool
make_name(const struct exported_name *from, struct name **name)
{
    if (from->text.len == 0)
        return true;
    *name = name_new_in_store(from->mechanism, from->kind, from->text,
                              from->store, from->groups);
    return *name != NULL;
}

static enum scram_status
transfer_fill(const struct exported *e, struct context *context)
{
    enum scram_status status;

    crypto_prepare();
    if (!make_name(&e->target, &context->target) ||
        !make_name(&e->source, &context->source))
        return SCRAM_NO_MEMORY;
    status = rfc4121_go_on(&e->messages,
                           e->initiates ? RFC4121_INITIATOR : RFC4121_ACCEPTOR,
                           random_bytes, &context->messages);
    if (status != SCRAM_OK)
        return status;
    context->source->authenticated = !e->initiates;
    context->audit = e->audit;
    context->flags = e->flags;
    context->state = CONTEXT_ESTABLISHED;
    return SCRAM_OK;
}

static OM_uint32
import_context(OM_uint32 *minor, const struct exported *e, gss_ctx_id_t *handle)
{
    struct context *context = context_new(e->initiates, e->mechanism);
    enum scram_status status =
        context == NULL ? SCRAM_NO_MEMORY : transfer_fill(e, context);
    struct event event;

    if (status != SCRAM_OK) {
        context_free(context);
        if (status == SCRAM_BAD_ENCODING)
            return status_refuse(minor, GSS_S_DEFECTIVE_TOKEN,
                                 GSS_SCRAM_BAD_EXPORT, NULL);
        status_minor(minor, status, NULL);
        return GSS_S_FAILURE;
    }
    event = context_event(context, EVENT_IMPORTED);
    event_report(&event);
    *handle = (gss_ctx_id_t)context;
    return GSS_S_COMPLETE;
}

OM_uint32
gssspi_import_sec_context_by_mech(OM_uint32 *minor, gss_OID mech,
                                  gss_buffer_t token, gss_ctx_id_t *handle)
{
    struct exported e = {0};
    OM_uint32 major;

    *minor = 0;
    *handle = GSS_C_NO_CONTEXT;
    if (!exported_read(slice_of_buffer(token), &e) ||
        (mech != GSS_C_NO_OID &&
         !oid_equal(mech, oid_of_mechanism(e.mechanism))))
        return status_refuse(minor, GSS_S_DEFECTIVE_TOKEN, GSS_SCRAM_BAD_EXPORT,
                             NULL);
    major = import_context(minor, &e, handle);
    rfc4121_state_wipe(&e.messages);
    return major;
}

OM_uint32
gss_import_sec_context(OM_uint32 *minor, gss_buffer_t token,
                       gss_ctx_id_t *handle)
{
    return gssspi_import_sec_context_by_mech(minor, GSS_C_NO_OID, token,
                                             handle);
}
