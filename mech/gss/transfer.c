/*
 * gss_export_sec_context and gss_import_sec_context (RFC 2743, sections 2.2.8
 * and 2.2.9): a context leaves one process and goes on in another. That is one
 * that is established, or an acceptor's that waits for its client's answer.
 *
 * What a half-open one needs is its two first messages alone. The verifier is
 * looked up again when the answer comes: a token with StoredKey and ServerKey
 * in it would be worth as much as the user's entry in the store, for as long as
 * the password is not changed.
 */
#include <gssapi/gssapi_ext.h>

#include "base/config.h"
#include "gss/buffer.h"
#include "gss/context.h"
#include "gss/exported.h"
#include "gss/oid.h"
#include "gss/random.h"
#include "gss/status.h"
#include "rfc4121/state.h"

static OM_uint32
no_memory(OM_uint32 *minor)
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
                                  name->kind, name->mechanism};
}

static struct exported
describe(const struct context *context, enum exported_kind kind)
{
    return (struct exported){
        .kind = kind,
        .mechanism = context->mechanism,
        .audit = context->audit,
        .target = describe_name(context->target),
    };
}

/* What can be refused comes before the context's messages are ended. */
static OM_uint32
export_established(OM_uint32 *minor, struct context *context,
                   gss_buffer_t token)
{
    struct exported e = describe(
        context, context->initiates ? EXPORTED_INITIATOR : EXPORTED_ACCEPTOR);
    struct buffer out = {NULL, 0, 0, false};
    OM_uint32 ignored;

    e.flags = context->flags;
    e.source = describe_name(context->source);
    out.capacity = exported_size(&e);
    if (!buffer_allocate(token, out.capacity))
        return no_memory(minor);
    if (!rfc4121_end(context->messages, &e.messages)) {
        gss_release_buffer(&ignored, token);
        return status_refuse(minor, GSS_S_FAILURE, GSS_SCRAM_BUSY, NULL);
    }
    out.data = token->value;
    exported_write(&e, &out);
    rfc4121_state_wipe(&e.messages);
    return GSS_S_COMPLETE;
}

/* The account's configuration, in which transfer_folder is. */
static OM_uint32
read_config(OM_uint32 *minor, struct config *config)
{
    struct sentence why = {""};
    enum scram_status status = config_load(config, &why);

    if (status == SCRAM_OK)
        return GSS_S_COMPLETE;
    status_minor(minor, status, &why);
    return GSS_S_FAILURE;
}

/* For a context that is out of the register, so that nobody else ends it. */
static OM_uint32
write_half_open(OM_uint32 *minor, struct context *context, gss_buffer_t token)
{
    struct exported e = describe(context, EXPORTED_HALF_OPEN);
    struct config config CLEANUP_CONFIG = {0};
    uint64_t deadline = context->entry.deadline, now = register_clock();
    struct buffer out = {NULL, 0, 0, false};
    struct sentence why = {""};
    OM_uint32 major = read_config(minor, &config);

    if (major != GSS_S_COMPLETE)
        return major;
    e.require_channel_bindings = context->require_channel_bindings;
    scram_acceptor_firsts(context->acceptor, &e.client_first, &e.server_first);
    e.left = deadline > now ? (uint32_t)(deadline - now) : 0;
    out.capacity = exported_size(&e);
    if (!ticket_issue(config.transfer_folder, deadline, &e.ticket, &why))
        return status_refuse(minor, GSS_S_UNAVAILABLE, GSS_SCRAM_NO_TRANSFER,
                             &why);
    if (!buffer_allocate(token, out.capacity))
        return no_memory(minor);
    out.data = token->value;
    exported_write(&e, &out);
    return GSS_S_COMPLETE;
}

static OM_uint32
too_late(OM_uint32 *minor)
{
    status_minor(minor, SCRAM_TOO_LATE, NULL);
    return GSS_S_CONTEXT_EXPIRED;
}

static OM_uint32
export_half_open(OM_uint32 *minor, struct context *context, gss_buffer_t token)
{
    enum scram_status status = register_leave(&context->entry, context_expire);
    OM_uint32 major;

    if (status != SCRAM_OK)
        return too_late(minor);
    major = write_half_open(minor, context, token);
    if (major == GSS_S_COMPLETE)
        return major;
    /* It had a place before. */
    status = register_enter_until(&context->entry, context->entry.deadline,
                                  UINT32_MAX, context_expire);
    if (status != SCRAM_OK)
        context_expire(&context->entry);
    return major;
}

static OM_uint32
export_context(OM_uint32 *minor, struct context *context, gss_buffer_t token)
{
    enum context_state state = context->state;

    if (state == CONTEXT_INERT)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    if (state == CONTEXT_EXPIRED)
        return too_late(minor);
    if (state == CONTEXT_ESTABLISHED)
        return export_established(minor, context, token);
    if (context->initiates)
        return status_refuse(minor, GSS_S_UNAVAILABLE, GSS_SCRAM_NO_TRANSFER,
                             NULL);
    return export_half_open(minor, context, token);
}

/* MIT's libgssapi loses an export's minor code, so the trace tells why. */
static void
report_refusal(const struct context *context, OM_uint32 code)
{
    struct event event = context_event(context, EVENT_KEPT);
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
    event_flush();
    return major;
}

/* The name, or NULL where there is none; false without memory. */
static bool
make_name(const struct exported_name *from, struct name **name)
{
    if (from->text.len == 0)
        return true;
    *name =
        name_new_in_store(from->mechanism, from->kind, from->text, from->store);
    return *name != NULL;
}

static enum scram_status
import_established(const struct exported *e, struct context *context)
{
    enum rfc4121_role role =
        e->kind == EXPORTED_INITIATOR ? RFC4121_INITIATOR : RFC4121_ACCEPTOR;
    enum scram_status status;
    struct event event;

    if (!make_name(&e->source, &context->source))
        return SCRAM_NO_MEMORY;
    status =
        rfc4121_go_on(&e->messages, role, random_bytes, &context->messages);
    if (status != SCRAM_OK)
        return status;
    context->source->authenticated = e->kind == EXPORTED_ACCEPTOR;
    context->flags = e->flags;
    context->state = CONTEXT_ESTABLISHED;
    event = context_event(context, EVENT_IMPORTED);
    event_report(&event);
    return SCRAM_OK;
}

/*
 * The deadline is of a clock that all processes of the machine have in common
 * and nobody can set. Should it still say that more is left than there was,
 * it is not the clock that it was, and the time is up.
 */
static bool
is_late(const struct exported *e)
{
    uint64_t deadline = ticket_deadline(e->ticket), now = register_clock();

    return deadline <= now || deadline - now > e->left;
}

/* Enter the register and take the ticket: last, so that it is still good
 * elsewhere if anything is missing here. */
static enum scram_status
enter(const struct exported *e, struct context *context, struct sentence *why)
{
    struct config config CLEANUP_CONFIG = {0};
    enum scram_status status = config_load(&config, why);

    if (status == SCRAM_OK)
        status =
            register_enter_until(&context->entry, ticket_deadline(e->ticket),
                                 config.max_half_open, context_expire);
    if (status == SCRAM_OK &&
        !ticket_redeem(config.transfer_folder, e->ticket, why))
        status = SCRAM_BAD_ARGUMENT;
    return status;
}

/* One that is imported too late has expired: the client is to hear that when
 * its answer comes. */
static enum scram_status
import_half_open(const struct exported *e, struct context *context,
                 struct sentence *why)
{
    struct event event;
    enum scram_status status = scram_acceptor_resume(
        e->mechanism, e->client_first, e->server_first, &context->acceptor);

    if (status == SCRAM_NO_MEMORY)
        return status;
    if (status != SCRAM_OK)
        return SCRAM_BAD_ENCODING;
    context->require_channel_bindings = e->require_channel_bindings;
    context->resumed = true;
    context->source = name_new(e->mechanism, NAME_USER,
                               scram_acceptor_user(context->acceptor));
    if (context->source == NULL)
        return SCRAM_NO_MEMORY;
    status = is_late(e) ? SCRAM_TOO_LATE : enter(e, context, why);
    if (status == SCRAM_TOO_LATE) {
        context_expire(&context->entry);
        return SCRAM_OK;
    }
    event = context_event(context, EVENT_IMPORTED);
    if (status == SCRAM_OK)
        event_report(&event);
    return status;
}

static OM_uint32
fail_import(OM_uint32 *minor, enum scram_status status,
            const struct sentence *why)
{
    switch (status) {
    case SCRAM_BAD_ENCODING:
        return status_refuse(minor, GSS_S_DEFECTIVE_TOKEN, GSS_SCRAM_BAD_EXPORT,
                             why);
    case SCRAM_BAD_ARGUMENT:
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_TRANSFER,
                             why);
    default:
        status_minor(minor, status, why);
        return GSS_S_FAILURE;
    }
}

static OM_uint32
import_context(OM_uint32 *minor, const struct exported *e, gss_ctx_id_t *handle)
{
    struct context *context =
        context_new(e->kind == EXPORTED_INITIATOR, e->mechanism);
    struct sentence why = {""};
    enum scram_status status = SCRAM_NO_MEMORY;

    if (context == NULL)
        return no_memory(minor);
    context->audit = e->audit;
    if (make_name(&e->target, &context->target))
        status = e->kind == EXPORTED_HALF_OPEN
                     ? import_half_open(e, context, &why)
                     : import_established(e, context);
    if (status != SCRAM_OK) {
        context_free(context);
        return fail_import(minor, status, &why);
    }
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
    event_flush();
    return major;
}

OM_uint32
gss_import_sec_context(OM_uint32 *minor, gss_buffer_t token,
                       gss_ctx_id_t *handle)
{
    return gssspi_import_sec_context_by_mech(minor, GSS_C_NO_OID, token,
                                             handle);
}
