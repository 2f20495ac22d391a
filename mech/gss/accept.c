/*
 * gss_accept_sec_context: the server's side (RFC 5802, section 8). Two calls:
 * client-first comes in and server-first goes out; client-final comes in and
 * server-final goes out. A refusal is a token too: the client is to learn why.
 */
#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/context.h"
#include "gss/crypto_lock.h"
#include "gss/frame.h"
#include "gss/oid.h"
#include "gss/random.h"
#include "gss/service.h"
#include "gss/status.h"
#include "verify/verify.h"

/* Return an outcome that is not SCRAM_OK, with the token that tells of it. What
 * the event has for the log is not for the program, which may tell a client. */
static OM_uint32
accept_refuse(OM_uint32 *minor, enum scram_status status,
              const struct sentence *why, struct event event,
              gss_buffer_t output)
{
    uint8_t memory[64];
    struct buffer token = BUFFER_ARRAY(memory);
    OM_uint32 ignored;

    event.kind = EVENT_REFUSED;
    if (event.why == NULL)
        event.why = status_sentence(status, why);
    event_report(&event);
    scram_server_error_format(status, &token);
    gss_release_buffer(&ignored, output);
    /* Without memory for it the status says what it can alone. */
    (void)buffer_return(minor, buffer_slice(&token), output);
    status_minor(minor, status, why);
    return status_accept_major(status);
}

/* With what an account accepts: a credential, and who answers. */
struct acceptor {
    struct cred *cred;
    struct verify_service *service;
};

static OM_uint32
acceptor_begin(OM_uint32 *minor, gss_cred_id_t handle,
               struct acceptor *acceptor)
{
    OM_uint32 major =
        cred_resolve(minor, handle, GSS_C_ACCEPT, &acceptor->cred);

    if (major != GSS_S_COMPLETE)
        return major;
    major = service_now(minor, acceptor->cred->service, &acceptor->service);
    if (major != GSS_S_COMPLETE)
        cred_release(acceptor->cred);
    return major;
}

static void
acceptor_end(const struct acceptor *acceptor)
{
    verify_release(acceptor->service);
    cred_release(acceptor->cred);
}

/* A half-open context that waits for the answer to what was @p sent. */
static enum scram_status
accept_begin(const struct acceptor *acceptor, enum scram_mechanism mechanism,
             struct slice client_first, const struct verify_challenge *sent,
             struct context **begun)
{
    const struct name *target = acceptor->cred->name;
    struct slice server_first = buffer_slice(&sent->server_first);
    struct slice seal = buffer_slice(&sent->seal);
    struct context *context = context_new(false, mechanism);
    struct buffer out = {0};

    crypto_prepare();
    if (context == NULL)
        return SCRAM_NO_MEMORY;
    out.capacity = client_first.len + server_first.len + seal.len;
    context->firsts = malloc(sizeof(*context->firsts) + out.capacity);
    context->source = name_new(mechanism, NAME_USER, buffer_slice(&sent->user));
    if (target != NULL)
        context->target = name_copy(target);
    if (context->firsts == NULL || context->source == NULL ||
        (target != NULL && context->target == NULL)) {
        context_free(context);
        return SCRAM_NO_MEMORY;
    }
    context->firsts->client_len = client_first.len;
    context->firsts->server_len = server_first.len;
    context->firsts->seal_len = seal.len;
    out.data = context->firsts->bytes;
    buffer_put(&out, client_first);
    buffer_put(&out, server_first);
    buffer_put(&out, seal);
    memcpy(context->id, sent->id, sizeof(context->id));
    context->service = verify_again(acceptor->service);
    context->audit = acceptor->service->policy.audit;
    *begun = context;
    return SCRAM_OK;
}

static enum scram_status
take_client_first(const struct acceptor *acceptor,
                  enum scram_mechanism mechanism, struct slice token,
                  struct verify_challenge *challenge, struct sentence *why,
                  gss_buffer_t output, struct context **begun)
{
    const struct accept_policy *policy = &acceptor->service->policy;
    enum scram_status status =
        verify_challenge(acceptor->service, mechanism, token, challenge, why);
    struct context *context;
    OM_uint32 minor;

    if (status == SCRAM_OK)
        status = accept_begin(acceptor, mechanism, token, challenge, &context);
    if (status != SCRAM_OK)
        return status;
    if (buffer_return(&minor, buffer_slice(&challenge->server_first), output) !=
        GSS_S_COMPLETE) {
        context_free(context);
        return SCRAM_NO_MEMORY;
    }
    if (register_enter(&context->entry, challenge->left, policy->max_half_open))
        event_report_late(policy->audit);
    *begun = context;
    return SCRAM_OK;
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
    uint8_t user[SCRAM_USER_MAX], server_first[SCRAM_SERVER_FIRST_MAX];
    uint8_t seal[VERIFY_SEAL_MAX];
    struct verify_challenge challenge = {.user = BUFFER_ARRAY(user),
                                         .server_first =
                                             BUFFER_ARRAY(server_first),
                                         .seal = BUFFER_ARRAY(seal)};
    struct event event = {.mechanism = SCRAM_SHA_256};
    enum scram_status status = SCRAM_BAD_ENCODING;
    struct sentence why = {""};
    struct slice token;
    bool is_ours = frame_take(framed, &event.mechanism, &token);
    struct acceptor acceptor;
    OM_uint32 major = acceptor_begin(minor, handle, &acceptor);

    if (major != GSS_S_COMPLETE)
        return no_credential(major, *minor, event);
    if (is_ours)
        status = take_client_first(&acceptor, event.mechanism, token,
                                   &challenge, &why, output, context);
    event.audit = acceptor.service->policy.audit && !challenge.logged;
    acceptor_end(&acceptor);
    if (status != SCRAM_OK) {
        event.user = buffer_slice(&challenge.user);
        memcpy(event.id, challenge.id, sizeof(event.id));
        return accept_refuse(minor, status, &why, event, output);
    }
    event = context_event(*context, EVENT_BEGUN);
    event_report(&event);
    return GSS_S_CONTINUE_NEEDED;
}

/* What a call for the second leg brought, and what it wants. */
struct final_leg {
    struct slice token;
    gss_channel_bindings_t bindings;
    gss_buffer_t output;
    struct name **user; /* NULL where the name is not wanted */
    bool logged;        /* set: gss-scramd wrote down how the login ended */
    bool expired;       /* set: see struct verify_answer */
};

/* All that an established context has, or none of it. */
static enum scram_status
establish(struct context *context, const struct final_leg *leg,
          const struct verify_answer *answer)
{
    struct name *user = name_new_in_store(
        context->mechanism, NAME_USER, buffer_slice(&answer->user),
        buffer_slice(&answer->location), buffer_slice(&answer->groups));
    struct name *copy = NULL;
    enum scram_status status;
    OM_uint32 minor;

    if (user == NULL)
        return SCRAM_NO_MEMORY;
    user->authenticated = true;
    name_free(context->source);
    context->source = user;
    status = rfc4121_new(answer->session_key, RFC4121_ACCEPTOR, true, true,
                         random_bytes, &context->messages);
    if (status != SCRAM_OK)
        return status;
    if (leg->user != NULL) {
        copy = name_copy(user);
        if (copy == NULL)
            return SCRAM_NO_MEMORY;
    }
    if (buffer_return(&minor, buffer_slice(&answer->server_final),
                      leg->output) != GSS_S_COMPLETE) {
        name_free(copy);
        return SCRAM_NO_MEMORY;
    }
    if (leg->user != NULL)
        *leg->user = copy;
    context->flags =
        CONTEXT_FLAGS | (answer->bound ? GSS_C_CHANNEL_BOUND_FLAG : 0);
    return SCRAM_OK;
}

static enum scram_status
take_client_final(struct context *context, struct final_leg *leg,
                  struct sentence *why)
{
    const struct first_messages *firsts = context->firsts;
    struct scram_exchange exchange = {
        .mechanism = context->mechanism,
        .client_first = {firsts->bytes, firsts->client_len},
        .server_first = {firsts->bytes + firsts->client_len,
                         firsts->server_len},
        .client_final = leg->token,
    };
    struct verify_begun begun = {
        name_slice(context->source),
        {firsts->bytes + firsts->client_len + firsts->server_len,
         firsts->seal_len}};
    struct scram_bindings bindings = {.given = leg->bindings !=
                                               GSS_C_NO_CHANNEL_BINDINGS};
    uint8_t user[SCRAM_USER_MAX], server_final[SCRAM_SERVER_FINAL_MAX];
    uint8_t location[VERIFY_LOCATION_MAX], groups[GROUPS_TEXT_MAX];
    struct verify_answer answer = {.user = BUFFER_ARRAY(user),
                                   .server_final = BUFFER_ARRAY(server_final),
                                   .location = BUFFER_ARRAY(location),
                                   .groups = BUFFER_ARRAY(groups)};
    enum scram_status status;

    if (bindings.given)
        bindings.data = slice_of_buffer(&leg->bindings->application_data);
    status = verify_answer(context->service, &exchange, &begun, &bindings,
                           &answer, why);
    if (status == SCRAM_OK) {
        status = establish(context, leg, &answer);
        answer.logged = answer.logged && status == SCRAM_OK;
    }
    leg->logged = answer.logged;
    leg->expired = answer.expired;
    OPENSSL_cleanse(answer.session_key, sizeof(answer.session_key));
    return status;
}

/* The client is too late; what is counted is written down in sums. */
static enum scram_status
too_late(const struct context *context, struct sentence *why)
{
    event_report_late(context->audit);
    if (context->entry.gave_way)
        sentence_write(why,
                       "Newer clients took the place of this one before it "
                       "answered: as many as max_half_open allows were in the "
                       "middle of authenticating");
    return SCRAM_TOO_LATE;
}

/* The outcome of a client's answer, for a context that nobody else is in. */
static enum scram_status
accept_answer(struct context *context, struct final_leg *leg,
              struct sentence *why)
{
    if (context->state == CONTEXT_ESTABLISHED)
        return SCRAM_BAD_ENCODING; /* a token too many */
    if (!register_leave(&context->entry))
        return too_late(context, why);
    return take_client_final(context, leg, why);
}

static OM_uint32
second_leg(OM_uint32 *minor, struct context *context, struct final_leg *leg)
{
    struct sentence why = {""};
    enum scram_status status;
    struct event event;
    OM_uint32 major;

    if (context->state == CONTEXT_INERT || context->initiates)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    status = accept_answer(context, leg, &why);
    event = context_event(context, EVENT_ESTABLISHED);
    if (status == SCRAM_TOO_LATE || leg->logged)
        event.audit = false;
    if (status != SCRAM_OK) {
        event.why = leg->expired ? VERIFY_EXPIRED_TEXT : NULL;
        major = accept_refuse(minor, status, &why, event, leg->output);
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
    struct final_leg leg = {slice_of_buffer(input),        bindings, output,
                            source != NULL ? &user : NULL, false,    false};
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
