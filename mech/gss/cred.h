/*
 * Credentials: for an acceptor the store of verifiers and the settings of the
 * account, for an initiator a user's name and password.
 */
#ifndef GSS_CRED_H
#define GSS_CRED_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "gss/name.h"
#include "scram/keys.h"
#include "store/store.h"

/* The keys that were derived last: the same user meets the same salt again
 * each time, and deriving them is slow by intention. */
struct key_cache {
    pthread_mutex_t lock;
    enum scram_mechanism mechanism;
    uint32_t iterations; /* 0: there are none */
    struct secret salt;
    struct scram_keys keys;
};

/* Fields do not change once it is made, the cache apart, so that any number of
 * threads and contexts may share it. */
struct cred {
    atomic_uint references;
    gss_cred_usage_t usage;
    struct name *name; /* NULL: an acceptor under any name */

    /* of an acceptor */
    struct store *store;
    uint32_t handshake_timeout; /* milliseconds */
    uint32_t max_half_open;     /* contexts in the process */
    bool require_channel_bindings;
    bool audit; /* how contexts end goes into the system's log */

    /* of an initiator */
    uint32_t max_iterations;
    struct secret password; /* not prepared */
    struct key_cache cache;
};

/* What a credential is acquired from. */
struct cred_source {
    gss_name_t name; /* or GSS_C_NO_NAME */
    gss_cred_usage_t usage;
    const char *store;     /* a location, or NULL for the configuration's */
    struct slice password; /* its data is NULL where none was given */
};

/*
 * Acquire a credential.
 *
 * @param cred  set on GSS_S_COMPLETE alone; release it with cred_release
 * @return GSS_S_COMPLETE; GSS_S_NO_CRED, GSS_S_BAD_NAME or GSS_S_FAILURE with
 *         *minor set
 */
OM_uint32 cred_acquire(OM_uint32 *minor, const struct cred_source *source,
                       struct cred **cred);

/*
 * The credential to use for a call that was given @p handle, which may be
 * GSS_C_NO_CREDENTIAL: the default credential for @p usage then.
 *
 * @param cred  a reference of the caller's own, set on GSS_S_COMPLETE alone
 */
OM_uint32 cred_resolve(OM_uint32 *minor, gss_cred_id_t handle,
                       gss_cred_usage_t usage, struct cred **cred);

/* Give up a reference; NULL is none. The last one releases it all. */
void cred_release(struct cred *cred);

/* scram_find_keys, for the password of the struct cred at @p data. */
enum scram_status cred_find_keys(void *data, enum scram_mechanism mechanism,
                                 struct slice salt, uint32_t iterations,
                                 struct scram_keys *keys);

/*
 * A copy of the name of an acceptor, "host@" and this host's where it has
 * none of its own (callers of gss_inquire_cred and gss_inquire_context expect
 * one); NULL without memory.
 */
struct name *cred_acceptor_name(const struct name *name,
                                enum scram_mechanism mechanism);

#endif
