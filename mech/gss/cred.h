/*
 * Credentials: for an acceptor who answers its clients, and the settings of the
 * account; for an initiator a user's name and who proves that it is theirs.
 */
#ifndef GSS_CRED_H
#define GSS_CRED_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdatomic.h>

#include "base/secret.h"
#include "gss/name.h"
#include "prove/prove.h"
#include "verify/verify.h"

/* Fields do not change once it is made, so that any number of threads and
 * contexts may share it. */
struct cred {
    atomic_uint references;
    gss_cred_usage_t usage;
    struct name *name; /* NULL: an acceptor under any name */

    /* of an acceptor */
    struct verify_service *service;

    /* of an initiator */
    struct prove_service *prover;
    struct name *user; /* whom it is for, where it has no name */
    OM_uint32 left;    /* seconds, when it was acquired */
};

/* What a credential is acquired from. */
struct cred_source {
    gss_name_t name; /* or GSS_C_NO_NAME */
    gss_cred_usage_t usage;
    const char *store;       /* a location, or NULL for the configuration's */
    const char *credentials; /* a path, or NULL for gss-scram-agent and the
                                account's own file */
    struct slice password;   /* its data is NULL where none was given */
    bool for_context;        /* it is one context's, and not looked into */
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

/*
 * The credential that a context begins with: the same, and for
 * GSS_C_NO_CREDENTIAL one that has not been looked into, as the target will
 * tell. What is derived for it is kept for as long as the process lives.
 */
OM_uint32 cred_for_context(OM_uint32 *minor, gss_cred_id_t handle,
                           struct cred **cred);

/* The same credential with one more reference. */
struct cred *cred_again(struct cred *cred);

/* Give up a reference; NULL is none. The last one releases it all. */
void cred_release(struct cred *cred);

/* A credential with nothing in it but a reference; NULL without memory. */
struct cred *cred_new(gss_cred_usage_t usage);

/*
 * Set *minor to why an initiator has nothing to log in with, and return the
 * major code.
 */
OM_uint32 cred_failed(OM_uint32 *minor, enum scram_status status,
                      const struct sentence *why);

/* The seconds that an initiator's credential is good for, as gss-scram-agent
 * says now; 0 where it is not any longer; GSS_C_INDEFINITE for all others. */
OM_uint32 cred_seconds_left(const struct cred *cred);

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

/*
 * A copy of the name of an acceptor, "host@" and this host's where it has
 * none of its own (callers of gss_inquire_cred and gss_inquire_context expect
 * one); NULL without memory.
 */
struct name *cred_acceptor_name(const struct name *name,
                                enum scram_mechanism mechanism);

#endif
