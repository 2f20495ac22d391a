/*
 * gss_init_sec_context: the client's side (RFC 5802, section 8). Three calls:
 * client-first goes out; server-first comes in and client-final goes out;
 * server-final comes in.
 */
#include <ctype.h>
#include <gssapi/gssapi_ext.h>

#include "base/config.h"
#include "gss/buffer.h"
#include "gss/context.h"
#include "gss/crypto_lock.h"
#include "gss/frame.h"
#include "gss/oid.h"
#include "gss/random.h"
#include "gss/status.h"
#include "scram/message.h"

/* The sentence for e=..., whose text is a stranger's: nothing of it that is
 * not plain goes into logs and onto terminals. */
static void
quote_server_error(struct slice error, struct sentence *why)
{
    char word[64];
    size_t i, n = error.len < sizeof(word) - 1 ? error.len : sizeof(word) - 1;

    for (i = 0; i < n; i++)
        word[i] = isalnum(error.data[i]) || error.data[i] == '-'
                      ? (char)error.data[i]
                      : '?';
    word[n] = '\0';
    if (!strcmp(word, "invalid-proof") || !strcmp(word, "unknown-user"))
        sentence_write(why,
                       "The server refused: the user is unknown or disabled, "
                       "or the password is wrong (%s)",
                       word);
    else if (!strcmp(word, "other-error"))
        sentence_write(why, "The server refused: other-error. The server's "
                            "log says why, for instance too many wrong "
                            "passwords for the user, or a store that cannot "
                            "be used");
    else
        sentence_write(why, "The server refused: %s", word);
}

/* What the server's word is to a client: e=... names what the acceptor found
 * in the same terms as our own outcomes (RFC 5802, section 7). */
static OM_uint32
server_error_major(struct slice error)
{
    static const struct {
        struct slice word;
        enum scram_status status;
    } words[] = {
        {SLICE("invalid-proof"), SCRAM_BAD_PROOF},
        {SLICE("unknown-user"), SCRAM_BAD_PROOF},
        {SLICE("invalid-username-encoding"), SCRAM_BAD_USERNAME},
        {SLICE("channel-bindings-dont-match"), SCRAM_BAD_BINDINGS},
        {SLICE("server-does-support-channel-binding"), SCRAM_BAD_BINDINGS},
        {SLICE("channel-binding-not-supported"), SCRAM_BAD_BINDINGS},
        {SLICE("unsupported-channel-binding-type"), SCRAM_BAD_BINDINGS},
    };
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal(error, words[i].word))
            return status_init_major(words[i].status);
    }
    return status_init_major(SCRAM_SERVER_ERROR);
}

/*
 * The sentence for a count that is refused: what the server asked for, what is
 * allowed, where that is set, and when one changes it.
 */
static void
blame_iterations(enum scram_status status, struct slice token,
                 const struct prove_login *login, struct sentence *why)
{
    struct scram_server_first message;
    unsigned asked;

    if (scram_server_first_parse(token, &message) != SCRAM_OK)
        return;
    asked = message.iterations;
    if (status == SCRAM_TOO_MANY_ITERATIONS)
        sentence_write(
            why,
            "The server asks for %u iterations, and client_max_iterations "
            "allows %u: see %s. Raise it there if the server may "
            "take that much of this machine's time",
            asked, (unsigned)login->iterations.max, config_path());
    else if (asked < SCRAM_ITERATIONS_MIN)
        sentence_write(why,
                       "The server asks for %u iterations, and %d are the "
                       "least that is safe (RFC 7677)",
                       asked, SCRAM_ITERATIONS_MIN);
    else
        sentence_write(
            why,
            "The server asks for %u iterations, and %s demands %u: "
            "see %s. An impostor asks for few, so that the password can be "
            "guessed quickly from the answer. Lower it there only for a server "
            "that is known to have verifiers with so few",
            asked,
            login->min_from != NULL ? "min_iterations"
                                    : "client_min_iterations",
            (unsigned)login->iterations.min,
            login->min_from != NULL ? login->min_from : config_path());
}

static OM_uint32
init_fail(OM_uint32 *minor, enum scram_status status, struct slice server_error,
          struct sentence *why, struct event event)
{
    if (status == SCRAM_SERVER_ERROR && why->text[0] == '\0')
        quote_server_error(server_error, why);
    event.kind = EVENT_REFUSED;
    event.why = status_sentence(status, why);
    event_report(&event);
    status_minor(minor, status, why);
    return status == SCRAM_SERVER_ERROR ? server_error_major(server_error)
                                        : status_init_major(status);
}

static enum scram_status
send_client_first(struct context *context, gss_buffer_t output)
{
    uint8_t memory[FRAME_MAX + 3 * SCRAM_USER_MAX + PROVE_NONCE_MAX + 64];
    struct buffer framed = BUFFER_ARRAY(memory);
    struct slice token;
    OM_uint32 minor;
    enum scram_status status = scram_initiator_first(
        context->mechanism, name_slice(context->source),
        buffer_slice(&context->login->nonce), &context->initiator, &token);

    if (status != SCRAM_OK)
        return status;
    frame_put(context->mechanism, token, &framed);
    return buffer_return(&minor, buffer_slice(&framed), output) ==
                   GSS_S_COMPLETE
               ? SCRAM_OK
               : SCRAM_NO_MEMORY;
}

/* Begin a login with a credential, or with none. */
static OM_uint32
init_choose(OM_uint32 *minor, gss_cred_id_t handle, const struct name *target,
            enum scram_mechanism mechanism, struct prove_login **login)
{
    struct sentence why = {""};
    enum scram_status status;
    struct cred *cred;
    OM_uint32 major = cred_for_context(minor, handle, &cred);

    if (major != GSS_S_COMPLETE)
        return major;
    status = prove_choose(
        cred->prover, mechanism, name_slice(target),
        cred->name == NULL ? SLICE("") : name_slice(cred->name), login, &why);
    cred_release(cred);
    if (status == SCRAM_OK)
        return GSS_S_COMPLETE;
    major = cred_failed(minor, status, &why);
    return status == SCRAM_EXPIRED ? GSS_S_CREDENTIALS_EXPIRED : major;
}

/* A half-open context for a login, which it takes over; NULL without memory. */
static struct context *
new_context(struct prove_login *login, const struct name *target,
            enum scram_mechanism mechanism)
{
    struct context *context = context_new(true, mechanism);

    /* The agent computes the proof: many a client needs libcrypto for nothing
     * then, as none that speaks HTTP takes the last token. */
    if (login->ops->computes)
        crypto_prepare();
    if (context == NULL) {
        prove_end(login);
        return NULL;
    }
    context->login = login;
    context->source =
        name_new(mechanism, NAME_USER, buffer_slice(&login->user));
    context->target = name_copy(target);
    if (context->source != NULL && context->target != NULL)
        return context;
    context_free(context);
    return NULL;
}

static OM_uint32
init_begin(OM_uint32 *minor, gss_cred_id_t handle, const struct name *target,
           enum scram_mechanism mechanism, gss_buffer_t output,
           struct context **begun)
{
    struct context *context;
    struct prove_login *login;
    struct event event = {.initiates = true, .mechanism = mechanism};
    enum scram_status status = SCRAM_NO_MEMORY;
    struct sentence why = {""};
    OM_uint32 major = init_choose(minor, handle, target, mechanism, &login);

    if (major != GSS_S_COMPLETE) {
        event.kind = EVENT_REFUSED;
        event.why = status_text(*minor);
        event_report(&event);
        return major;
    }
    context = new_context(login, target, mechanism);
    if (context != NULL)
        status = send_client_first(context, output);
    if (status != SCRAM_OK) {
        context_free(context);
        return init_fail(minor, status, SLICE(""), &why, event);
    }
    event = context_event(context, EVENT_BEGUN);
    event_report(&event);
    *begun = context;
    return GSS_S_CONTINUE_NEEDED;
}

/* The channel bindings' application data is all of them that is sent. */
static struct slice
application_data(gss_channel_bindings_t bindings)
{
    return bindings == GSS_C_NO_CHANNEL_BINDINGS
               ? SLICE("")
               : slice_of_buffer(&bindings->application_data);
}

/* The bindings that are refused, as they do not go into a token. */
static OM_uint32
refuse_long_bindings(OM_uint32 *minor, size_t len)
{
    struct sentence why;

    sentence_write(&why,
                   "The channel bindings that the program gave have %zu bytes "
                   "of application data, and SCRAM's messages have room for "
                   "%d; give a hash, as RFC 5929 and RFC 9266 do",
                   len, SCRAM_BINDINGS_MAX);
    return status_refuse(minor, GSS_S_BAD_BINDINGS, GSS_SCRAM_BAD_BINDINGS,
                         &why);
}

static enum scram_status
send_client_final(struct context *context, struct slice token,
                  gss_channel_bindings_t bindings, gss_buffer_t output,
                  struct slice *server_error, struct sentence *why)
{
    uint8_t memory[SCRAM_TOKEN_MAX];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct secret_key proof CLEANUP_KEY = {{0}};
    const struct scram_unproved *unproved;
    OM_uint32 minor;
    enum scram_status status = scram_initiator_final(
        context->initiator, token, application_data(bindings),
        context->login->iterations, &unproved, server_error);

    if (status == SCRAM_TOO_FEW_ITERATIONS ||
        status == SCRAM_TOO_MANY_ITERATIONS)
        blame_iterations(status, token, context->login, why);
    if (status == SCRAM_OK)
        status = prove_sign(context->login, unproved, &proof, why);
    if (status == SCRAM_OK)
        status = scram_put_final(
            unproved, scram_key_slice(context->mechanism, &proof), &reply);
    if (status == SCRAM_OK &&
        buffer_return(&minor, buffer_slice(&reply), output) != GSS_S_COMPLETE)
        status = SCRAM_NO_MEMORY;
    return status;
}

static enum scram_status
take_server_final(struct context *context, struct slice token,
                  struct slice *server_error, struct sentence *why)
{
    struct secret_key key CLEANUP_KEY = {{0}};
    enum scram_status status = prove_verify(
        context->login, scram_initiator_unproved(context->initiator), token,
        key.data, server_error, why);

    crypto_prepare(); /* for the messages */
    return status == SCRAM_OK
               ? rfc4121_new(key.data, RFC4121_INITIATOR, true, true,
                             random_bytes, &context->messages)
               : status;
}

static OM_uint32
init_go_on(OM_uint32 *minor, struct context *context, struct slice token,
           gss_channel_bindings_t bindings, gss_buffer_t output)
{
    struct slice server_error = SLICE("");
    struct sentence why = {""};
    enum scram_status status;
    bool last = context->state == CONTEXT_PROVED;
    struct event event = context_event(context, EVENT_ANSWERED);

    if (context->state == CONTEXT_INERT || !context->initiates)
        return status_refuse(minor, GSS_S_NO_CONTEXT, GSS_SCRAM_NO_CONTEXT,
                             NULL);
    if (context->state == CONTEXT_ESTABLISHED)
        status = SCRAM_BAD_ENCODING; /* a token too many */
    else if (last)
        status = take_server_final(context, token, &server_error, &why);
    else
        status = send_client_final(context, token, bindings, output,
                                   &server_error, &why);
    if (status != SCRAM_OK) {
        context_refuse(context);
        return init_fail(minor, status, server_error, &why, event);
    }
    event.kind = last ? EVENT_ESTABLISHED : EVENT_ANSWERED;
    event_report(&event);
    if (!last) {
        context->state = CONTEXT_PROVED;
        return GSS_S_CONTINUE_NEEDED;
    }
    context->flags = CONTEXT_FLAGS;
    context->state = CONTEXT_ESTABLISHED;
    context_end_exchange(context);
    return GSS_S_COMPLETE;
}

OM_uint32
gss_init_sec_context(OM_uint32 *minor, gss_cred_id_t cred, gss_ctx_id_t *handle,
                     gss_name_t target, gss_OID mech, OM_uint32 req_flags,
                     OM_uint32 time_req, gss_channel_bindings_t bindings,
                     gss_buffer_t input, gss_OID *actual_mech,
                     gss_buffer_t output, OM_uint32 *ret_flags,
                     OM_uint32 *time_rec)
{
    struct context *context = (struct context *)*handle;
    enum scram_mechanism mechanism = SCRAM_SHA_256;
    OM_uint32 major;

    /* What may be asked for is there always, or never (delegation). */
    (void)req_flags;
    (void)time_req;
    *minor = 0;
    buffer_none(output);
    if (mech != GSS_C_NO_OID && !oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    oid_remember(mech);
    if (target == GSS_C_NO_NAME)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (application_data(bindings).len > SCRAM_BINDINGS_MAX)
        return refuse_long_bindings(minor, application_data(bindings).len);

    if (context == NULL) {
        major = init_begin(minor, cred, (const struct name *)target, mechanism,
                           output, &context);
        *handle = (gss_ctx_id_t)context;
    } else if (context_step_begin(context)) {
        major = init_go_on(minor, context, slice_of_buffer(input), bindings,
                           output);
        context_step_end(context);
    } else {
        return status_refuse(minor, GSS_S_FAILURE, GSS_SCRAM_BUSY, NULL);
    }
    major = status_exchange_major(major);
    if (GSS_ERROR(major))
        return major;
    if (actual_mech != NULL)
        *actual_mech = oid_of_mechanism(context->mechanism);
    if (ret_flags != NULL)
        *ret_flags = context->flags;
    if (time_rec != NULL)
        *time_rec = GSS_C_INDEFINITE;
    return major;
}
