/*
 * Credentials: for an acceptor who answers its clients, and the settings of the
 * account; for an initiator a user's name and password, or a file of them, from
 * which the target of each context chooses.
 */
#ifndef GSS_CRED_H
#define GSS_CRED_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "gss/key_cache.h"
#include "gss/logins.h"
#include "gss/name.h"
#include "scram/initiator.h"
#include "scram/keys.h"
#include "verify/verify.h"

/* Fields do not change once it is made, what it remembers apart, so that any
 * number of threads and contexts may share it. */
struct cred {
    atomic_uint references;
    gss_cred_usage_t usage;
    struct name
        *name; /* NULL: an acceptor under any name, any user of a file */

    /* of an acceptor */
    struct verify_service *service;

    /* of an initiator */
    struct scram_limits iterations;
    char *min_from; /* where the least count is set; NULL: the configuration */
    struct secret password; /* not prepared; its data is NULL with a file */
    struct key_cache keys;

    /* of an initiator with a file */
    char *path;            /* NULL: it has a password */
    struct name *user;     /* whom the file is for in the first place */
    struct logins *logins; /* its own, or the process' */
};

/* What a credential is acquired from. */
struct cred_source {
    gss_name_t name; /* or GSS_C_NO_NAME */
    gss_cred_usage_t usage;
    const char *store;       /* a location, or NULL for the configuration's */
    const char *credentials; /* a path, or NULL for the account's own file */
    struct slice password;   /* its data is NULL where none was given */
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

/* The same credential with one more reference. */
struct cred *cred_again(struct cred *cred);

/* Give up a reference; NULL is none. The last one releases it all. */
void cred_release(struct cred *cred);

/* A credential with nothing in it but a reference; NULL without memory. */
struct cred *cred_new(gss_cred_usage_t usage);

/*
 * Make @p cred one with a file, which must have a password for its name, or for
 * anybody where it has none.
 *
 * @param path  NULL for the account's own file
 * @return GSS_S_COMPLETE; GSS_S_NO_CRED or GSS_S_FAILURE with *minor set
 */
OM_uint32 cred_use_file(OM_uint32 *minor, const char *path, struct cred *cred);

/*
 * What a credential is towards a target: itself, or the login that its file has
 * for it.
 *
 * @param login  with a name and a password; a reference of the caller's own,
 *               set on GSS_S_COMPLETE alone
 * @return GSS_S_COMPLETE; GSS_S_NO_CRED or GSS_S_FAILURE with *minor set
 */
OM_uint32 cred_for_target(OM_uint32 *minor, struct cred *cred,
                          const struct name *target, struct cred **login);

/* Whether a credential with that usage is for accepting, for initiating. */
static inline bool
cred_accepts(gss_cred_usage_t usage)
{
    return usage == GSS_C_ACCEPT || usage == GSS_C_BOTH;
}

static inline bool
cred_initiates(gss_cred_usage_t usage)
{
    return usage == GSS_C_INITIATE || usage == GSS_C_BOTH;
}

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
