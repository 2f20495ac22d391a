/*
 * gss_export_cred and gss_import_cred (gssapi_ext.h): a credential as bytes,
 * for another process of the same account, or for a copy. Keys that were
 * derived from the password stay behind.
 */
#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <unistd.h>

#include "base/config.h"
#include "gss/buffer.h"
#include "gss/cred.h"
#include "gss/cred_token.h"
#include "gss/random.h"
#include "gss/service.h"
#include "gss/status.h"

static struct slice
text_slice(const char *text)
{
    return text == NULL ? SLICE("") : slice_of(text);
}

/* Where the clients of an acceptor's credential are checked: a store, or this
 * and the path of gss-scramd's socket. */
#define BROKER "broker:"

static struct cred_token
cred_export_describe(const struct cred *cred, char *broker, size_t size)
{
    const struct accept_policy no_policy = {0}, *policy = &no_policy;
    const struct prove_service nobody = {.path = NULL}, *prover = &nobody;
    struct cred_token t = {.initiates = cred_initiates(cred->usage),
                           .accepts = cred_accepts(cred->usage)};

    if (cred->service != NULL)
        policy = &cred->service->policy;
    if (cred->prover != NULL)
        prover = cred->prover;
    t.min_iterations = prover->iterations.min;
    t.max_iterations = prover->iterations.max;
    t.password = secret_slice(&prover->password);
    t.agent = prover->agent;
    t.path = text_slice(prover->path);
    t.location = text_slice(policy->store);
    t.handshake_timeout = policy->handshake_timeout;
    t.max_half_open = policy->max_half_open;
    t.require_channel_bindings = policy->require_channel_bindings;
    t.audit = policy->audit;
    if (policy->broker != NULL) {
        snprintf(broker, size, BROKER "%s", policy->broker);
        t.location = slice_of(broker);
    }
    if (cred->name != NULL) {
        t.mechanism = cred->name->mechanism;
        t.kind = cred->name->kind;
        t.name = name_slice(cred->name);
    }
    if (cred->user != NULL)
        t.user = name_slice(cred->user);
    return t;
}

OM_uint32
gss_export_cred(OM_uint32 *minor, gss_cred_id_t handle, gss_buffer_t output)
{
    struct cred *cred = (struct cred *)handle;
    char broker[sizeof(BROKER) + CONFIG_BROKER_MAX];
    struct cred_token token;
    struct buffer out;

    *minor = 0;
    buffer_none(output);
    if (cred == NULL)
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    token = cred_export_describe(cred, broker, sizeof(broker));
    if (token.password.len > CRED_TOKEN_PASSWORD_MAX) {
        status_minor(minor, SCRAM_BAD_PASSWORD, NULL);
        return GSS_S_FAILURE;
    }
    if (!buffer_allocate(output, cred_token_size(&token))) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    out = (struct buffer){output->value, 0, output->length, false};
    cred_token_write(&token, &out);
    return GSS_S_COMPLETE;
}

/* A name out of a token, which must be as names of ours are. */
static enum scram_status
cred_export_read_name(const struct cred_token *t, enum name_kind kind,
                      struct slice text, struct name **name)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);

    if (text.len == 0)
        return SCRAM_OK;
    if (kind == NAME_USER && (scram_prepare_user(text, &prepared) != SCRAM_OK ||
                              !slice_equal(buffer_slice(&prepared), text)))
        return SCRAM_BAD_ENCODING;
    *name = name_new(t->mechanism, kind, text);
    return *name == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

static enum scram_status
cred_export_read_text(struct slice text, char **copy)
{
    *copy = strndup((const char *)text.data, text.len);
    return *copy == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

static enum scram_status
cred_export_fill_initiator(const struct cred_token *t, struct cred *cred)
{
    struct prove_source from = {
        .agent = t->agent,
        .iterations = {t->min_iterations, t->max_iterations},
        .nonce = random_nonce};
    char *path = NULL;
    enum scram_status status = SCRAM_OK;

    if (t->path.len != 0)
        status = cred_export_read_text(t->path, &path);
    else if (!t->agent)
        from.password = t->password;
    from.path = path;
    if (status == SCRAM_OK)
        status = prove_open(&from, &cred->prover);
    free(path);
    if (status == SCRAM_OK)
        status = cred_export_read_name(t, NAME_USER, t->user, &cred->user);
    return status;
}

/* All but the service, which is opened once the rest is known to be good. */
static enum scram_status
cred_export_fill(const struct cred_token *t, struct cred *cred)
{
    enum scram_status status =
        cred_export_read_name(t, t->kind, t->name, &cred->name);

    if (status == SCRAM_OK && t->initiates)
        status = cred_export_fill_initiator(t, cred);
    return status;
}

/* gss-scramd answers by the policy of the account that asks: what the account
 * has now, as long as that is the same broker. */
static OM_uint32
find_broker(OM_uint32 *minor, struct slice path, struct cred *cred)
{
    OM_uint32 major = service_for(minor, NULL, &cred->service);
    struct sentence why = {""};
    const char *broker;

    if (major != GSS_S_COMPLETE)
        return major;
    broker = cred->service->policy.broker;
    if (broker != NULL && slice_equal(slice_of(broker), path))
        return GSS_S_COMPLETE;
    sentence_write(&why,
                   "the credential is for the broker at %.*s, which %s does "
                   "not name for this account",
                   (int)path.len, (const char *)path.data, config_path());
    return service_failed(minor, SCRAM_BAD_LOCATION, &why);
}

/* Who answered the clients of the credential that was exported. */
static OM_uint32
cred_export_open_service(OM_uint32 *minor, const struct cred_token *t,
                         struct cred *cred)
{
    struct slice path = t->location;
    struct accept_policy policy = {
        .handshake_timeout = t->handshake_timeout,
        .max_half_open = t->max_half_open,
        .require_channel_bindings = t->require_channel_bindings,
        .audit = t->audit,
        .account = geteuid(),
    };
    struct sentence why = {""};
    enum scram_status status;

    if (slice_starts_with(path, SLICE(BROKER))) {
        path.data += sizeof(BROKER) - 1;
        path.len -= sizeof(BROKER) - 1;
        return find_broker(minor, path, cred);
    }
    status = cred_export_read_text(t->location, &policy.store);

    if (status == SCRAM_OK)
        status = service_open(&policy, &cred->service, &why);
    return status == SCRAM_OK ? GSS_S_COMPLETE
                              : service_failed(minor, status, &why);
}

OM_uint32
gss_import_cred(OM_uint32 *minor, gss_buffer_t input, gss_cred_id_t *handle)
{
    OM_uint32 major = GSS_S_COMPLETE;
    struct cred_token t;
    enum scram_status status;
    struct cred *cred;

    *minor = 0;
    *handle = GSS_C_NO_CREDENTIAL;
    if (cred_token_read(slice_of_buffer(input), &t) != SCRAM_OK) {
        status_minor(minor, SCRAM_BAD_ENCODING, NULL);
        return GSS_S_DEFECTIVE_TOKEN;
    }
    cred = cred_new(t.initiates && t.accepts ? GSS_C_BOTH
                    : t.initiates            ? GSS_C_INITIATE
                                             : GSS_C_ACCEPT);
    status = cred == NULL ? SCRAM_NO_MEMORY : cred_export_fill(&t, cred);
    if (status != SCRAM_OK) {
        status_minor(minor, status, NULL);
        major =
            status == SCRAM_NO_MEMORY ? GSS_S_FAILURE : GSS_S_DEFECTIVE_TOKEN;
    } else if (t.accepts) {
        major = cred_export_open_service(minor, &t, cred);
    }
    if (major == GSS_S_COMPLETE)
        *handle = (gss_cred_id_t)cred;
    else
        cred_release(cred);
    return major;
}
