/*
 * gss_store_cred and gss_store_cred_into (RFC 5588, and MIT's extension with a
 * credential store): an initiator's user name and password go into a
 * credentials file.
 */
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>

#include "base/credentials.h"
#include "gss/cred.h"
#include "gss/cred_keys.h"
#include "gss/oid.h"
#include "gss/status.h"

static OM_uint32
cred_store_refuse(OM_uint32 *minor, OM_uint32 major, enum scram_status status,
                  const char *text)
{
    struct sentence why = {""};

    sentence_write(&why, "%s", text);
    status_minor(minor, status, &why);
    return major;
}

/* Where to: a path, and a pattern for targets. */
struct into {
    const char *path;
    struct slice target;
};

/*
 * Find out where to from a credential store. Without one it is the account's
 * own file; one that has no word for us means another mechanism, and nobody's
 * password is to end up where they did not expect it.
 */
static OM_uint32
read_into(OM_uint32 *minor, gss_const_key_value_set_t cred_store, char *own,
          struct into *into)
{
    struct sentence why = {""};
    struct cred_keys keys;
    enum scram_status status = cred_keys_read(cred_store, &keys, &why);

    if (status != SCRAM_OK) {
        status_minor(minor, status, &why);
        return GSS_S_FAILURE;
    }
    if (cred_store != GSS_C_NO_CRED_STORE && keys.credentials == NULL &&
        keys.target == NULL)
        return cred_store_refuse(
            minor, GSS_S_UNAVAILABLE, SCRAM_BAD_ARGUMENT,
            "The credential store says nothing of " GSS_SCRAM_CRED_FILE
            " or " GSS_SCRAM_CRED_TARGET);
    if (keys.credentials == NULL && !credentials_path(own))
        return cred_store_refuse(
            minor, GSS_S_FAILURE, SCRAM_BAD_ARGUMENT,
            "There is no place to store it: none of "
            "GSS_SCRAM_CREDENTIALS, XDG_CONFIG_HOME and HOME is set");
    into->path = keys.credentials != NULL ? keys.credentials : own;
    into->target = keys.target != NULL ? slice_of(keys.target) : SLICE("*");
    return GSS_S_COMPLETE;
}

/* What there is to store; a server's store and a file that has it all already
 * are nothing to store. */
static OM_uint32
cred_store_check(OM_uint32 *minor, const struct cred *cred,
                 gss_cred_usage_t usage, gss_OID mech)
{
    enum scram_mechanism mechanism;

    if (cred == NULL)
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             NULL);
    if (mech != GSS_C_NO_OID && !oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    if (usage == GSS_C_ACCEPT || !cred_initiates(cred->usage))
        return cred_store_refuse(
            minor, GSS_S_UNAVAILABLE, SCRAM_BAD_ARGUMENT,
            "Only an initiator's credential can be stored; verifiers "
            "are stored with gss-scram user add");
    if (cred->prover->password.data == NULL)
        return cred_store_refuse(
            minor, GSS_S_UNAVAILABLE, SCRAM_BAD_ARGUMENT,
            "The credential is a file's or gss-scram-agent's, and is "
            "stored there");
    return GSS_S_COMPLETE;
}

static OM_uint32
return_stored(OM_uint32 *minor, gss_OID mech, gss_OID_set *elements,
              gss_cred_usage_t *usage)
{
    OM_uint32 major, ignored;

    if (usage != NULL)
        *usage = GSS_C_INITIATE;
    if (elements == NULL)
        return GSS_S_COMPLETE;
    major = gss_create_empty_oid_set(minor, elements);
    if (major == GSS_S_COMPLETE)
        major = gss_add_oid_set_member(
            minor,
            mech != GSS_C_NO_OID ? mech : oid_of_mechanism(SCRAM_SHA_256),
            elements);
    if (major != GSS_S_COMPLETE)
        gss_release_oid_set(&ignored, elements);
    return major;
}

/* What a file says about an entry, as GSS-API's codes. */
static OM_uint32
store_major(enum scram_status status)
{
    return status == SCRAM_OK            ? GSS_S_COMPLETE
           : status == SCRAM_USER_EXISTS ? GSS_S_DUPLICATE_ELEMENT
                                         : GSS_S_FAILURE;
}

/*
 * RFC 5588: where there is one for the same user and targets already, only
 * overwrite_cred replaces it; default_cred makes it the one that is taken when
 * nobody asks for a user.
 */
OM_uint32
gss_store_cred_into(OM_uint32 *minor, gss_cred_id_t handle,
                    gss_cred_usage_t usage, gss_OID mech,
                    OM_uint32 overwrite_cred, OM_uint32 default_cred,
                    gss_const_key_value_set_t cred_store,
                    gss_OID_set *elements_stored,
                    gss_cred_usage_t *usage_stored)
{
    const struct cred *cred = (struct cred *)handle;
    struct credentials_how how = {overwrite_cred != 0, default_cred != 0};
    struct credentials_entry entry = {0};
    char own[CREDENTIALS_PATH_MAX];
    struct sentence why = {""};
    enum scram_status status;
    struct into into;
    OM_uint32 major;

    *minor = 0;
    if (elements_stored != NULL)
        *elements_stored = GSS_C_NO_OID_SET;
    major = cred_store_check(minor, cred, usage, mech);
    if (major == GSS_S_COMPLETE)
        major = read_into(minor, cred_store, own, &into);
    if (major != GSS_S_COMPLETE)
        return major;
    entry.target = into.target;
    entry.user = name_slice(cred->name);
    entry.password = secret_slice(&cred->prover->password);
    status = credentials_set(into.path, &entry, how, &why);
    if (status != SCRAM_OK) {
        status_minor(minor, status, &why);
        return store_major(status);
    }
    return return_stored(minor, mech, elements_stored, usage_stored);
}

OM_uint32
gss_store_cred(OM_uint32 *minor, gss_cred_id_t handle, gss_cred_usage_t usage,
               gss_OID mech, OM_uint32 overwrite_cred, OM_uint32 default_cred,
               gss_OID_set *elements_stored, gss_cred_usage_t *usage_stored)
{
    return gss_store_cred_into(minor, handle, usage, mech, overwrite_cred,
                               default_cred, GSS_C_NO_CRED_STORE,
                               elements_stored, usage_stored);
}
