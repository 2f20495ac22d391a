#include "gss/cred.h"

#include <stdio.h>
#include <unistd.h>

#include "base/config.h"
#include "gss/status.h"

static void
cred_free(struct cred *cred)
{
    name_free(cred->name);
    store_close(cred->store);
    secret_clear(&cred->password);
    secret_clear(&cred->cache.salt);
    scram_keys_wipe(&cred->cache.keys);
    pthread_mutex_destroy(&cred->cache.lock);
    free(cred);
}

void
cred_release(struct cred *cred)
{
    if (cred != NULL && atomic_fetch_sub(&cred->references, 1) == 1)
        cred_free(cred);
}

static bool
accepts(gss_cred_usage_t usage)
{
    return usage == GSS_C_ACCEPT || usage == GSS_C_BOTH;
}

static bool
initiates(gss_cred_usage_t usage)
{
    return usage == GSS_C_INITIATE || usage == GSS_C_BOTH;
}

/* The account's store and settings. */
static OM_uint32
fill_acceptor(OM_uint32 *minor, const struct cred_source *source,
              const struct config *config, struct cred *cred)
{
    const char *location =
        source->store != NULL ? source->store : config->store;
    struct sentence why = {""};
    enum scram_status status;

    cred->audit = config->audit;
    cred->handshake_timeout = config->handshake_timeout;
    cred->max_half_open = config->max_half_open;
    cred->require_channel_bindings = config->require_channel_bindings;
    status = store_open(location, STORE_READ, &cred->store, &why);
    if (status == SCRAM_OK)
        return GSS_S_COMPLETE;
    status_minor(minor, status, &why);
    return status == SCRAM_NO_MEMORY ? GSS_S_FAILURE : GSS_S_NO_CRED;
}

/* A user's name and a password, both of them. */
static OM_uint32
fill_initiator(OM_uint32 *minor, const struct cred_source *source,
               const struct config *config, struct cred *cred)
{
    if (source->password.data == NULL || cred->name == NULL)
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    if (cred->name->kind != NAME_USER)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    cred->max_iterations = config->max_iterations;
    if (secret_copy(&cred->password, source->password))
        return GSS_S_COMPLETE;
    status_minor(minor, SCRAM_NO_MEMORY, NULL);
    return GSS_S_FAILURE;
}

static OM_uint32
fill(OM_uint32 *minor, const struct cred_source *source, struct cred *cred)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};
    enum scram_status status;
    OM_uint32 major = GSS_S_COMPLETE;

    if (source->name != GSS_C_NO_NAME) {
        cred->name = name_copy((struct name *)source->name);
        if (cred->name == NULL) {
            status_minor(minor, SCRAM_NO_MEMORY, NULL);
            return GSS_S_FAILURE;
        }
    }
    status = config_load(&config, &why);
    if (status != SCRAM_OK) {
        status_minor(minor, status, &why);
        return status == SCRAM_NO_MEMORY ? GSS_S_FAILURE : GSS_S_NO_CRED;
    }
    if (initiates(source->usage))
        major = fill_initiator(minor, source, &config, cred);
    if (major == GSS_S_COMPLETE && accepts(source->usage))
        major = fill_acceptor(minor, source, &config, cred);
    return major;
}

OM_uint32
cred_acquire(OM_uint32 *minor, const struct cred_source *source,
             struct cred **output)
{
    struct cred *cred = calloc(1, sizeof(*cred));
    OM_uint32 major;

    if (cred == NULL) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    atomic_init(&cred->references, 1);
    pthread_mutex_init(&cred->cache.lock, NULL);
    cred->usage = source->usage;
    major = fill(minor, source, cred);
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
    struct cred *cred = (struct cred *)handle;
    struct cred_source source = {.usage = usage};

    if (cred == NULL)
        return cred_acquire(minor, &source, output);
    if (usage == GSS_C_ACCEPT ? !accepts(cred->usage) : !initiates(cred->usage))
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    atomic_fetch_add(&cred->references, 1);
    *output = cred;
    return GSS_S_COMPLETE;
}

/* Keep what was derived; without memory, without. */
static void
cache_keep(struct key_cache *cache, enum scram_mechanism mechanism,
           struct slice salt, uint32_t iterations,
           const struct scram_keys *keys)
{
    secret_clear(&cache->salt);
    scram_keys_wipe(&cache->keys);
    cache->iterations = 0;
    if (!secret_copy(&cache->salt, salt))
        return;
    cache->mechanism = mechanism;
    cache->iterations = iterations;
    cache->keys = *keys;
}

enum scram_status
cred_find_keys(void *data, enum scram_mechanism mechanism, struct slice salt,
               uint32_t iterations, struct scram_keys *keys)
{
    struct cred *cred = data;
    struct key_cache *cache = &cred->cache;
    enum scram_status status;
    bool found;

    pthread_mutex_lock(&cache->lock);
    found = cache->iterations == iterations && cache->mechanism == mechanism &&
            slice_equal(secret_slice(&cache->salt), salt);
    if (found)
        *keys = cache->keys;
    pthread_mutex_unlock(&cache->lock);
    if (found)
        return SCRAM_OK;

    /* Not under the lock: it takes long, and another salt may be cached. */
    status = scram_keys_derive(mechanism, secret_slice(&cred->password), salt,
                               iterations, keys);
    if (status == SCRAM_OK) {
        pthread_mutex_lock(&cache->lock);
        cache_keep(cache, mechanism, salt, iterations, keys);
        pthread_mutex_unlock(&cache->lock);
    }
    return status;
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
