/*
 * The life of a context, and what may be asked of one (RFC 2743, section 2.2).
 */
#include "gss/context.h"

#include "gss/buffer.h"
#include "gss/oid.h"
#include "gss/status.h"

static atomic_uint_fast64_t contexts; /* that this process has made */

struct context *
context_new(bool initiates, enum scram_mechanism mechanism)
{
    struct context *context = calloc(1, sizeof(*context));

    if (context == NULL)
        return NULL;
    atomic_init(&context->state, CONTEXT_HALF_OPEN);
    atomic_flag_clear(&context->busy);
    /* Of all flags these two are about now (RFC 2744, section 5.19). */
    context->flags =
        CONTEXT_FLAGS & ~(OM_uint32)(GSS_C_PROT_READY_FLAG | GSS_C_TRANS_FLAG);
    context->number = atomic_fetch_add(&contexts, 1) + 1;
    context->initiates = initiates;
    context->mechanism = mechanism;
    return context;
}

struct event
context_event(const struct context *context, enum event_kind kind)
{
    struct event event = {.kind = kind,
                          .initiates = context->initiates,
                          .audit = context->audit,
                          .number = context->number,
                          .mechanism = context->mechanism};

    memcpy(event.id, context->id, sizeof(event.id));
    if (context->source != NULL)
        event.user = name_slice(context->source);
    return event;
}

void
context_end_exchange(struct context *context)
{
    prove_end(context->login);
    context->login = NULL;
    scram_initiator_free(context->initiator);
    context->initiator = NULL;
    verify_release(context->service);
    context->service = NULL;
    free(context->firsts);
    context->firsts = NULL;
}

void
context_refuse(struct context *context)
{
    context->state = CONTEXT_INERT;
    context_end_exchange(context);
}

void
context_free(struct context *context)
{
    if (context == NULL)
        return;
    if (context->entry.deadline != 0 && !register_leave(&context->entry))
        event_report_late(context->audit);
    context_refuse(context);
    rfc4121_free(context->messages);
    name_free(context->source);
    name_free(context->target);
    free(context);
}

OM_uint32
gss_delete_sec_context(OM_uint32 *minor, gss_ctx_id_t *handle,
                       gss_buffer_t token)
{
    *minor = 0;
    buffer_none(token); /* RFC 2743, section 2.2.3: nothing is sent */
    context_free((struct context *)*handle);
    *handle = GSS_C_NO_CONTEXT;
    return GSS_S_COMPLETE;
}

uint32_t
context_milliseconds_left(struct context *context)
{
    return register_left(&context->entry);
}

OM_uint32
context_seconds_left(struct context *context)
{
    if (context->state == CONTEXT_ESTABLISHED || context->initiates)
        return GSS_C_INDEFINITE;
    if (context->state != CONTEXT_HALF_OPEN)
        return 0;
    return (context_milliseconds_left(context) + 999) / 1000;
}

OM_uint32
gss_context_time(OM_uint32 *minor, gss_ctx_id_t handle, OM_uint32 *seconds)
{
    struct context *context = (struct context *)handle;

    *minor = 0;
    *seconds = 0;
    if (context == NULL || context->state == CONTEXT_INERT)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    *seconds = context_seconds_left(context);
    if (*seconds != 0)
        return GSS_S_COMPLETE;
    status_minor(minor, SCRAM_TOO_LATE, NULL);
    return GSS_S_CONTEXT_EXPIRED;
}

/* The names of a context: who the user is, an acceptor knows only once the
 * exchange is complete. */
static OM_uint32
inquire_names(OM_uint32 *minor, struct context *context, gss_name_t *source,
              gss_name_t *target)
{
    struct name *name;

    if (source != NULL && (context->initiates || context_is_ready(context))) {
        name = name_copy(context->source);
        if (name == NULL)
            goto no_memory;
        *source = (gss_name_t)name;
    }
    if (target != NULL) {
        name = cred_acceptor_name(context->target, context->mechanism);
        if (name == NULL)
            goto no_memory;
        *target = (gss_name_t)name;
    }
    return GSS_S_COMPLETE;
no_memory:
    status_minor(minor, SCRAM_NO_MEMORY, NULL);
    return GSS_S_FAILURE;
}

OM_uint32
gss_inquire_context(OM_uint32 *minor, gss_ctx_id_t handle, gss_name_t *source,
                    gss_name_t *target, OM_uint32 *lifetime, gss_OID *mech,
                    OM_uint32 *flags, int *locally_initiated, int *open)
{
    struct context *context = (struct context *)handle;
    OM_uint32 major, ignored;

    *minor = 0;
    if (source != NULL)
        *source = GSS_C_NO_NAME;
    if (target != NULL)
        *target = GSS_C_NO_NAME;
    if (context == NULL || context->state == CONTEXT_INERT)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    major = inquire_names(minor, context, source, target);
    if (major != GSS_S_COMPLETE) {
        if (source != NULL)
            gss_release_name(&ignored, source);
        return major;
    }
    if (lifetime != NULL)
        *lifetime = context_seconds_left(context);
    if (mech != NULL)
        *mech = oid_of_mechanism(context->mechanism);
    if (flags != NULL)
        *flags = context->flags;
    if (locally_initiated != NULL)
        *locally_initiated = context->initiates;
    if (open != NULL)
        *open = context->state == CONTEXT_ESTABLISHED;
    return GSS_S_COMPLETE;
}
