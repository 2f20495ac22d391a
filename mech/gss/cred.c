#include "gss/cred.h"

#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <unistd.h>

#include "base/config.h"
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
    return cred;
}

static void
cred_free(struct cred *cred)
{
    name_free(cred->name);
    verify_release(cred->service);
    secret_clear(&cred->password);
    key_cache_clear(&cred->keys);
    free(cred->min_from);
    free(cred->path);
    name_free(cred->user);
    logins_free(cred->logins);
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
no_memory(OM_uint32 *minor)
{
    status_minor(minor, SCRAM_NO_MEMORY, NULL);
    return GSS_S_FAILURE;
}

/* A user's name and a password, both of them, or a file with such. */
static OM_uint32
fill_initiator(OM_uint32 *minor, const struct cred_source *source,
               struct cred *cred)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};
    enum scram_status status = config_load(&config, &why);

    if (status != SCRAM_OK) {
        status_minor(minor, status, &why);
        return status == SCRAM_NO_MEMORY ? GSS_S_FAILURE : GSS_S_NO_CRED;
    }
    cred->iterations =
        (struct scram_limits){config.min_iterations, config.max_iterations};
    if (cred->name != NULL && cred->name->kind != NAME_USER)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (source->credentials != NULL || source->password.data == NULL)
        return cred_use_file(minor, source->credentials, cred);
    if (cred->name == NULL)
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    return secret_copy(&cred->password, source->password) ? GSS_S_COMPLETE
                                                          : no_memory(minor);
}

static OM_uint32
fill(OM_uint32 *minor, const struct cred_source *source, struct cred *cred)
{
    OM_uint32 major = GSS_S_COMPLETE;

    if (source->name != GSS_C_NO_NAME) {
        cred->name = name_copy((struct name *)source->name);
        if (cred->name == NULL)
            return no_memory(minor);
    }
    if (cred_initiates(source->usage))
        major = fill_initiator(minor, source, cred);
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
        return no_memory(minor);
    major = fill(minor, source, cred);
    if (major == GSS_S_COMPLETE)
        *output = cred;
    else
        cred_free(cred);
    return major;
}

/* What GSS_C_NO_CREDENTIAL initiates with: the account's own file. */
static OM_uint32
default_initiator(OM_uint32 *minor, struct cred **output)
{
    struct cred_source source = {.usage = GSS_C_INITIATE};
    OM_uint32 major = cred_acquire(minor, &source, output);

    if (major == GSS_S_COMPLETE) {
        logins_free((*output)->logins);
        (*output)->logins = &logins_of_process;
    }
    return major;
}

OM_uint32
cred_resolve(OM_uint32 *minor, gss_cred_id_t handle, gss_cred_usage_t usage,
             struct cred **output)
{
    struct cred_source any = {.usage = GSS_C_ACCEPT};
    struct cred *cred = (struct cred *)handle;

    if (cred == NULL)
        return usage == GSS_C_ACCEPT ? cred_acquire(minor, &any, output)
                                     : default_initiator(minor, output);
    if (usage == GSS_C_ACCEPT ? !cred_accepts(cred->usage)
                              : !cred_initiates(cred->usage))
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    *output = cred_again(cred);
    return GSS_S_COMPLETE;
}

enum scram_status
cred_find_keys(void *data, enum scram_mechanism mechanism, struct slice salt,
               uint32_t iterations, struct scram_keys *keys)
{
    struct cred *cred = data;

    return key_cache_find(&cred->keys, secret_slice(&cred->password), mechanism,
                          salt, iterations, keys);
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
