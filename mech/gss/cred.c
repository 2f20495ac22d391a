#include "gss/cred.h"

#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <unistd.h>

#include "base/config.h"
#include "base/credentials.h"
#include "gss/random.h"
#include "gss/service.h"
#include "gss/status.h"

struct cred *
cred_new(gss_cred_usage_t usage)
{
    struct cred *cred = calloc(1, sizeof(*cred));

    if (cred == NULL)
        return NULL;
    atomic_init(&cred->references, 1);
    cred->usage = usage;
    cred->left = GSS_C_INDEFINITE;
    return cred;
}

static void
cred_free(struct cred *cred)
{
    name_free(cred->name);
    verify_release(cred->service);
    prove_release(cred->prover);
    name_free(cred->user);
    free(cred);
}

struct cred *
cred_again(struct cred *cred)
{
    atomic_fetch_add_explicit(&cred->references, 1, memory_order_relaxed);
    return cred;
}

void
cred_release(struct cred *cred)
{
    if (cred != NULL && atomic_fetch_sub(&cred->references, 1) == 1)
        cred_free(cred);
}

static OM_uint32
cred_no_memory(OM_uint32 *minor)
{
    status_minor(minor, SCRAM_NO_MEMORY, NULL);
    return GSS_S_FAILURE;
}

OM_uint32
cred_failed(OM_uint32 *minor, enum scram_status status,
            const struct sentence *why)
{
    if (status == SCRAM_NO_USER)
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             why);
    status_minor(minor, status, why);
    return status == SCRAM_NO_MEMORY || status == SCRAM_CRYPTO_FAILED
               ? GSS_S_FAILURE
               : GSS_S_NO_CRED;
}

static OM_uint32
seconds_of(const struct prove_owner *owner)
{
    return owner->left == PROVE_FOREVER ? GSS_C_INDEFINITE : owner->left;
}

/* Find out whom a credential is for, and for how long. */
static enum scram_status
look(struct cred *cred, struct sentence *why)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct prove_owner owner = {.user = BUFFER_ARRAY(memory)};
    struct slice user = cred->name == NULL ? SLICE("") : name_slice(cred->name);
    enum scram_status status = prove_look(cred->prover, user, &owner, why);

    if (status != SCRAM_OK)
        return status;
    cred->left = seconds_of(&owner);
    if (cred->name != NULL)
        return SCRAM_OK;
    cred->user = name_new(SCRAM_SHA_256, NAME_USER, buffer_slice(&owner.user));
    return cred->user == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

/* Where an initiator's proofs come from: a password, a file that the program
 * names, or gss-scram-agent and the account's own file. */
static enum scram_status
open_prover(const struct cred_source *source, const struct config *config,
            struct prove_service **prover)
{
    struct prove_source from = {.path = source->credentials,
                                .of_process = source->for_context,
                                .iterations = {config->client_min_iterations,
                                               config->client_max_iterations},
                                .nonce = random_nonce};
    char own[CREDENTIALS_PATH_MAX];

    if (from.path == NULL && source->password.data == NULL) {
        from.agent = true;
        from.path = credentials_path(own) ? own : NULL;
    } else if (from.path == NULL) {
        from.password = source->password;
    }
    return prove_open(&from, prover);
}

static OM_uint32
cred_fill_initiator(OM_uint32 *minor, const struct cred_source *source,
                    struct cred *cred)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};
    enum scram_status status = config_load(&config, &why);

    if (status == SCRAM_OK && cred->name != NULL &&
        cred->name->kind != NAME_USER)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (status == SCRAM_OK)
        status = open_prover(source, &config, &cred->prover);
    if (status == SCRAM_OK && !source->for_context)
        status = look(cred, &why);
    return status == SCRAM_OK ? GSS_S_COMPLETE
                              : cred_failed(minor, status, &why);
}

static OM_uint32
cred_fill(OM_uint32 *minor, const struct cred_source *source, struct cred *cred)
{
    OM_uint32 major = GSS_S_COMPLETE;

    if (source->name != GSS_C_NO_NAME) {
        cred->name = name_copy((struct name *)source->name);
        if (cred->name == NULL)
            return cred_no_memory(minor);
    }
    if (cred_initiates(source->usage))
        major = cred_fill_initiator(minor, source, cred);
    if (major == GSS_S_COMPLETE && cred_accepts(source->usage))
        major = service_for(minor, source->store, &cred->service);
    return major;
}

OM_uint32
cred_acquire(OM_uint32 *minor, const struct cred_source *source,
             struct cred **output)
{
    struct cred *cred = cred_new(source->usage);
    OM_uint32 major;

    if (cred == NULL)
        return cred_no_memory(minor);
    major = cred_fill(minor, source, cred);
    if (major == GSS_S_COMPLETE)
        *output = cred;
    else
        cred_free(cred);
    return major;
}

OM_uint32
cred_resolve(OM_uint32 *minor, gss_cred_id_t handle, gss_cred_usage_t usage,
             struct cred **output)
{
    struct cred_source any = {.usage = usage};
    struct cred *cred = (struct cred *)handle;

    if (cred == NULL)
        return cred_acquire(minor, &any, output);
    if (usage == GSS_C_ACCEPT ? !cred_accepts(cred->usage)
                              : !cred_initiates(cred->usage))
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    *output = cred_again(cred);
    return GSS_S_COMPLETE;
}

OM_uint32
cred_for_context(OM_uint32 *minor, gss_cred_id_t handle, struct cred **output)
{
    struct cred_source own = {.usage = GSS_C_INITIATE, .for_context = true};

    return handle == GSS_C_NO_CREDENTIAL
               ? cred_acquire(minor, &own, output)
               : cred_resolve(minor, handle, GSS_C_INITIATE, output);
}

OM_uint32
cred_seconds_left(const struct cred *cred)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct prove_owner owner = {.user = BUFFER_ARRAY(memory)};
    const struct name *user = cred->name != NULL ? cred->name : cred->user;

    if (cred->prover == NULL || !cred->prover->agent)
        return GSS_C_INDEFINITE;
    return prove_look(cred->prover, name_slice(user), &owner, NULL) == SCRAM_OK
               ? seconds_of(&owner)
               : 0;
}

struct name *
cred_acceptor_name(const struct name *name, enum scram_mechanism mechanism)
{
    char host[256] = "localhost", text[sizeof(host) + 8];

    if (name != NULL)
        return name_copy(name);
    gethostname(host, sizeof(host));
    host[sizeof(host) - 1] = '\0';
    snprintf(text, sizeof(text), "host@%s", host);
    return name_new(mechanism, NAME_SERVICE, slice_of(text));
}
