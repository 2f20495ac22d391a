/*
 * gss_accept_sec_context: the server's side (RFC 5802, section 8). Two calls:
 * client-first comes in and server-first goes out; client-final comes in and
 * server-final goes out. A refusal is a token too: the client is to learn why.
 */
#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/context.h"
#include "gss/frame.h"
#include "gss/oid.h"
#include "gss/random.h"
#include "gss/status.h"
#include "scram/message.h"

/* Return an outcome that is not SCRAM_OK, with the token that tells of it. */
static OM_uint32
refuse(OM_uint32 *minor, enum scram_status status, const struct sentence *why,
       struct event event, gss_buffer_t output)
{
    uint8_t memory[64];
    struct buffer token = BUFFER_ARRAY(memory);
    OM_uint32 ignored;

    event.kind = EVENT_REFUSED;
    event.why = status_sentence(status, why);
    event_report(&event);
    scram_server_error_format(status, &token);
    gss_release_buffer(&ignored, output);
    /* Without memory for it the status says what it can alone. */
    (void)buffer_return(minor, buffer_slice(&token), output);
    status_minor(minor, status, why);
    return status_accept_major(status);
}

/* A look-up in the store: who for, and what the store says when it fails. */
struct look_up {
    struct store *store;
    struct sentence why;
    size_t user_len;
    uint8_t user[SCRAM_USER_MAX];
};

/* scram_find_verifier: a user who is not there is looked up like any other. */
static enum scram_status
find_verifier(void *data, enum scram_mechanism mechanism, struct slice user,
              struct scram_verifier *verifier)
{
    struct look_up *l = data;
    enum scram_status status =
        store_look_up(l->store, mechanism, user, verifier, &l->why);

    l->user_len = user.len;
    memcpy(l->user, user.data, user.len);
    return status == SCRAM_NO_USER ? SCRAM_OK : status;
}

static enum scram_status
take_client_first(struct context *context, struct slice token,
                  struct look_up *look_up, gss_buffer_t output)
{
    uint8_t memory[SCRAM_NONCE_LEN];
    struct buffer nonce = BUFFER_ARRAY(memory);
    struct slice reply;
    OM_uint32 minor;
    enum scram_status status = random_nonce(&nonce, &look_up->why);

    if (status == SCRAM_OK)
        status = scram_acceptor_first(context->mechanism, token,
                                      buffer_slice(&nonce), find_verifier,
                                      look_up, &context->acceptor, &reply);
    if (status == SCRAM_OK &&
        buffer_return(&minor, reply, output) != GSS_S_COMPLETE)
        status = SCRAM_NO_MEMORY;
    return status;
}

/* Who it claims to be, and where that is looked up. */
static enum scram_status
take_user(struct context *context, const struct cred *cred)
{
    struct name *user = name_new_in_store(
        context->mechanism, NAME_USER, scram_acceptor_user(context->acceptor),
        slice_of(cred->location));

    if (user == NULL)
        return SCRAM_NO_MEMORY;
    name_free(context->source);
    context->source = user;
    return SCRAM_OK;
}

static enum scram_status
begin(const struct cred *cred, enum scram_mechanism mechanism,
      struct slice token, struct look_up *look_up, gss_buffer_t output,
      struct context **begun)
{
    struct context *context = context_new(false, mechanism);
    enum scram_status status;

    if (context == NULL)
        return SCRAM_NO_MEMORY;
    context->audit = cred->audit;
    context->require_channel_bindings = cred->require_channel_bindings;
    if (cred->name != NULL) {
        context->target = name_copy(cred->name);
        if (context->target == NULL) {
            context_free(context);
            return SCRAM_NO_MEMORY;
        }
    }
    status = take_client_first(context, token, look_up, output);
    if (status == SCRAM_OK)
        status = take_user(context, cred);
    if (status == SCRAM_OK)
        status = register_enter(&context->entry, cred->handshake_timeout,
                                cred->max_half_open, context_expire);
    if (status == SCRAM_OK)
        *begun = context;
    else
        context_free(context);
    return status;
}

/* Tell the trace why there is nothing to accept with, and return that. */
static OM_uint32
no_credential(OM_uint32 major, OM_uint32 minor, struct event event)
{
    event.kind = EVENT_REFUSED;
    event.audit = false; /* the client has no part in it */
    event.why = status_text(minor);
    event_report(&event);
    return major;
}

static OM_uint32
first_leg(OM_uint32 *minor, gss_cred_id_t handle, struct slice framed,
          gss_buffer_t output, struct context **context)
{
    struct look_up look_up;
    struct event event = {.mechanism = SCRAM_SHA_256};
    enum scram_status status = SCRAM_BAD_ENCODING;
    struct slice token;
    bool is_ours = frame_take(framed, &event.mechanism, &token);
    struct cred *cred;
    OM_uint32 major = cred_resolve(minor, handle, GSS_C_ACCEPT, &cred);

    if (major != GSS_S_COMPLETE)
        return no_credential(major, *minor, event);
    look_up.store = cred->store;
    look_up.why.text[0] = '\0';
    look_up.user_len = 0;
    if (is_ours)
        status = begin(cred, event.mechanism, token, &look_up, output, context);
    event.audit = cred->audit;
    cred_release(cred);
    if (status != SCRAM_OK) {
        event.user = (struct slice){look_up.user, look_up.user_len};
        return refuse(minor, status, &look_up.why, event, output);
    }
    event = context_event(*context, EVENT_BEGUN);
    event_report(&event);
    return GSS_S_CONTINUE_NEEDED;
}

/* What a call for the second leg brought, and what it wants. */
struct final_leg {
    gss_cred_id_t cred;
    struct slice token;
    gss_channel_bindings_t bindings;
    gss_buffer_t output;
    struct name **user; /* NULL where the name is not wanted */
};

/* All that an established context has, or none of it. */
static enum scram_status
establish(struct context *context, const struct final_leg *leg,
          struct slice reply, bool bound)
{
    struct name *user = NULL;
    enum scram_status status;
    OM_uint32 minor;

    context->source->authenticated = true;
    status = rfc4121_new(scram_acceptor_session_key(context->acceptor),
                         RFC4121_ACCEPTOR, true, true, random_bytes,
                         &context->messages);
    if (status != SCRAM_OK)
        return status;
    if (leg->user != NULL) {
        user = name_copy(context->source);
        if (user == NULL)
            return SCRAM_NO_MEMORY;
    }
    if (buffer_return(&minor, reply, leg->output) != GSS_S_COMPLETE) {
        name_free(user);
        return SCRAM_NO_MEMORY;
    }
    if (leg->user != NULL)
        *leg->user = user;
    context->flags = CONTEXT_FLAGS | (bound ? GSS_C_CHANNEL_BOUND_FLAG : 0);
    return SCRAM_OK;
}

static enum scram_status
take_client_final(struct context *context, const struct final_leg *leg)
{
    struct scram_bindings ours = {
        .given = leg->bindings != GSS_C_NO_CHANNEL_BINDINGS,
        .required = context->require_channel_bindings,
    };
    uint8_t memory[64];
    struct buffer reply = BUFFER_ARRAY(memory);
    bool bound = false;
    enum scram_status status;

    if (ours.given)
        ours.data = slice_of_buffer(&leg->bindings->application_data);
    status = scram_acceptor_final(context->acceptor, leg->token, &ours, &reply,
                                  &bound);
    if (status != SCRAM_OK)
        return status;
    return establish(context, leg, buffer_slice(&reply), bound);
}

/* The outcome of a client's answer, for a context that nobody else is in. */
static enum scram_status
answer(struct context *context, const struct final_leg *leg)
{
    enum scram_status status;

    if (context->state == CONTEXT_ESTABLISHED)
        return SCRAM_BAD_ENCODING; /* a token too many */
    status = register_leave(&context->entry, context_expire);
    if (status == SCRAM_OK)
        status = take_client_final(context, leg);
    return status;
}

/* The user may have a new password, and the store may not know it yet. */
static void
doubt(const struct context *context, gss_cred_id_t handle)
{
    struct cred *cred;
    OM_uint32 minor;

    if (cred_resolve(&minor, handle, GSS_C_ACCEPT, &cred) != GSS_S_COMPLETE)
        return;
    store_doubt(cred->store, scram_acceptor_user(context->acceptor));
    cred_release(cred);
}

static OM_uint32
second_leg(OM_uint32 *minor, struct context *context,
           const struct final_leg *leg)
{
    enum scram_status status;
    struct event event;
    OM_uint32 major;

    if (context->state == CONTEXT_INERT || context->initiates)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    status = answer(context, leg);
    if (status == SCRAM_BAD_PROOF)
        doubt(context, leg->cred);
    event = context_event(context, EVENT_ESTABLISHED);
    if (status == SCRAM_TOO_LATE) /* it ended when it expired */
        event.audit = false;
    if (status != SCRAM_OK) {
        major = refuse(minor, status, NULL, event, leg->output);
        context_refuse(context);
        return major;
    }
    context->state = CONTEXT_ESTABLISHED;
    context_end_exchange(context);
    event_report(&event);
    return GSS_S_COMPLETE;
}

OM_uint32
gss_accept_sec_context(OM_uint32 *minor, gss_ctx_id_t *handle,
                       gss_cred_id_t cred, gss_buffer_t input,
                       gss_channel_bindings_t bindings, gss_name_t *source,
                       gss_OID *mech, gss_buffer_t output, OM_uint32 *ret_flags,
                       OM_uint32 *time_rec, gss_cred_id_t *delegated)
{
    struct context *context = (struct context *)*handle;
    struct name *user = NULL;
    struct final_leg leg = {cred, slice_of_buffer(input), bindings, output,
                            source != NULL ? &user : NULL};
    OM_uint32 major;

    *minor = 0;
    buffer_none(output);
    if (source != NULL)
        *source = GSS_C_NO_NAME;
    if (delegated != NULL)
        *delegated = GSS_C_NO_CREDENTIAL;

    if (context == NULL) {
        major = first_leg(minor, cred, leg.token, output, &context);
        *handle = (gss_ctx_id_t)context;
    } else if (context_step_begin(context)) {
        major = second_leg(minor, context, &leg);
        context_step_end(context);
    } else {
        return status_refuse(minor, GSS_S_FAILURE, GSS_SCRAM_BUSY, NULL);
    }
    event_flush();
    major = status_exchange_major(major);
    if (GSS_ERROR(major))
        return major;
    if (mech != NULL)
        *mech = oid_of_mechanism(context->mechanism);
    if (source != NULL)
        *source = (gss_name_t)user;
    if (ret_flags != NULL)
        *ret_flags = context->flags;
    if (time_rec != NULL)
        *time_rec = context_seconds_left(context);
    return major;
}
