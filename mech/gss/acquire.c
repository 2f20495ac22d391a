/*
 * Acquiring, inquiring and releasing credentials (RFC 2743, section 2.1).
 */
#include <gssapi/gssapi_scram.h>

#include "gss/buffer.h"
#include "gss/cred.h"
#include "gss/cred_keys.h"
#include "gss/event.h"
#include "gss/oid.h"
#include "gss/status.h"

/* Whether a set of mechanisms, none being every one, has one of ours. */
static bool
wants_us(const gss_OID_set mechs, enum scram_mechanism *mechanism)
{
    size_t i;

    *mechanism = SCRAM_SHA_256;
    for (i = 0; mechs != GSS_C_NO_OID_SET && i < mechs->count; i++) {
        if (oid_to_mechanism(&mechs->elements[i], mechanism))
            return true;
    }
    return mechs == GSS_C_NO_OID_SET;
}

/* A credential serves whichever of our mechanisms it was asked for. */
static OM_uint32
return_mechs(OM_uint32 *minor, const gss_OID_set desired, gss_OID_set *actual)
{
    enum scram_mechanism mechanism;
    gss_OID_set_desc usual = {1, oid_of_mechanism(SCRAM_SHA_256)};
    const gss_OID_set_desc *from =
        desired == GSS_C_NO_OID_SET ? &usual : desired;
    OM_uint32 major, ignored;
    size_t i;

    if (actual == NULL)
        return GSS_S_COMPLETE;
    major = gss_create_empty_oid_set(minor, actual);
    for (i = 0; major == GSS_S_COMPLETE && i < from->count; i++) {
        if (oid_to_mechanism(&from->elements[i], &mechanism))
            major = gss_add_oid_set_member(minor, &from->elements[i], actual);
    }
    if (major != GSS_S_COMPLETE)
        gss_release_oid_set(&ignored, actual);
    return major;
}

/* Tell the trace why there is no credential: a program often has no more to say
 * than that there is none, and SPNEGO nothing at all. */
static void
tell(OM_uint32 minor, gss_cred_usage_t usage, enum scram_mechanism mechanism)
{
    struct event event = {.kind = EVENT_REFUSED,
                          .initiates = usage != GSS_C_ACCEPT,
                          .mechanism = mechanism,
                          .why = status_text(minor)};

    event_report(&event);
}

/* Take from a credential store what is for us. */
static OM_uint32
acquire_take_keys(OM_uint32 *minor, gss_const_key_value_set_t cred_store,
                  struct cred_source *source)
{
    struct cred_keys keys;
    struct sentence why = {""};
    enum scram_status status = cred_keys_read(cred_store, &keys, &why);

    if (status != SCRAM_OK) {
        status_minor(minor, status, &why);
        return GSS_S_NO_CRED;
    }
    source->store = keys.store;
    source->credentials = keys.credentials;
    if (keys.password != NULL)
        source->password = slice_of(keys.password);
    return GSS_S_COMPLETE;
}

static OM_uint32
acquire_by_source(OM_uint32 *minor, struct cred_source *source,
                  gss_const_key_value_set_t cred_store, const gss_OID_set mechs,
                  gss_cred_id_t *output, gss_OID_set *actual,
                  OM_uint32 *time_rec)
{
    enum scram_mechanism mechanism;
    struct cred *cred = NULL;
    OM_uint32 major;

    *minor = 0;
    *output = GSS_C_NO_CREDENTIAL;
    if (actual != NULL)
        *actual = GSS_C_NO_OID_SET;
    if (time_rec != NULL)
        *time_rec = 0;
    if (!wants_us(mechs, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    major = acquire_take_keys(minor, cred_store, source);
    if (major == GSS_S_COMPLETE)
        major = cred_acquire(minor, source, &cred);
    if (major == GSS_S_COMPLETE)
        major = return_mechs(minor, mechs, actual);
    if (major != GSS_S_COMPLETE) {
        tell(*minor, source->usage, mechanism);
        cred_release(cred);
        return major;
    }
    if (time_rec != NULL)
        *time_rec = cred->left;
    *output = (gss_cred_id_t)cred;
    return GSS_S_COMPLETE;
}

OM_uint32
gss_acquire_cred_from(OM_uint32 *minor, gss_name_t name, OM_uint32 time_req,
                      gss_OID_set mechs, gss_cred_usage_t usage,
                      gss_const_key_value_set_t cred_store,
                      gss_cred_id_t *output, gss_OID_set *actual,
                      OM_uint32 *time_rec)
{
    struct cred_source source = {.name = name, .usage = usage};

    (void)time_req; /* what an agent keeps is kept for as long as it was told */
    if (mechs != GSS_C_NO_OID_SET && mechs->count == 1)
        oid_remember(mechs->elements);
    return acquire_by_source(minor, &source, cred_store, mechs, output, actual,
                             time_rec);
}

OM_uint32
gss_acquire_cred(OM_uint32 *minor, gss_name_t name, OM_uint32 time_req,
                 gss_OID_set mechs, gss_cred_usage_t usage,
                 gss_cred_id_t *output, gss_OID_set *actual,
                 OM_uint32 *time_rec)
{
    return gss_acquire_cred_from(minor, name, time_req, mechs, usage,
                                 GSS_C_NO_CRED_STORE, output, actual, time_rec);
}

OM_uint32
gssspi_acquire_cred_with_password(OM_uint32 *minor, const gss_name_t name,
                                  const gss_buffer_t password,
                                  OM_uint32 time_req, const gss_OID_set mechs,
                                  gss_cred_usage_t usage, gss_cred_id_t *output,
                                  gss_OID_set *actual, OM_uint32 *time_rec)
{
    struct cred_source source = {
        .name = name, .usage = usage, .password = slice_of_buffer(password)};

    (void)time_req;
    return acquire_by_source(minor, &source, GSS_C_NO_CRED_STORE, mechs, output,
                             actual, time_rec);
}

static OM_uint32
inquire_name(OM_uint32 *minor, const struct cred *cred, gss_name_t *output)
{
    const struct name *of = cred->name != NULL ? cred->name : cred->user;
    struct name *name;

    if (of != NULL)
        name = name_copy(of);
    else
        name = cred_acceptor_name(NULL, SCRAM_SHA_256);
    if (name == NULL) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    *output = (gss_name_t)name;
    return GSS_S_COMPLETE;
}

OM_uint32
gss_inquire_cred(OM_uint32 *minor, gss_cred_id_t handle, gss_name_t *name,
                 OM_uint32 *lifetime, gss_cred_usage_t *usage,
                 gss_OID_set *mechs)
{
    struct cred *cred = NULL;
    OM_uint32 ignored;
    OM_uint32 major;

    *minor = 0;
    if (name != NULL)
        *name = GSS_C_NO_NAME;
    if (mechs != NULL)
        *mechs = GSS_C_NO_OID_SET;
    /* The default credential is a user's before it is a server's. */
    if (handle != GSS_C_NO_CREDENTIAL) {
        major =
            cred_resolve(minor, handle, ((struct cred *)handle)->usage, &cred);
    } else {
        major = cred_resolve(minor, handle, GSS_C_INITIATE, &cred);
        if (major != GSS_S_COMPLETE)
            major = cred_resolve(minor, handle, GSS_C_ACCEPT, &cred);
    }
    if (major == GSS_S_COMPLETE && name != NULL)
        major = inquire_name(minor, cred, name);
    if (major == GSS_S_COMPLETE)
        major = return_mechs(minor, GSS_C_NO_OID_SET, mechs);
    if (major == GSS_S_COMPLETE && lifetime != NULL)
        *lifetime = cred_seconds_left(cred);
    if (major == GSS_S_COMPLETE && usage != NULL)
        *usage = cred->usage;
    if (major != GSS_S_COMPLETE && name != NULL)
        gss_release_name(&ignored, name);
    cred_release(cred);
    return major;
}

OM_uint32
gss_inquire_cred_by_mech(OM_uint32 *minor, gss_cred_id_t handle, gss_OID mech,
                         gss_name_t *name, OM_uint32 *initiator_lifetime,
                         OM_uint32 *acceptor_lifetime, gss_cred_usage_t *usage)
{
    enum scram_mechanism mechanism;
    gss_cred_usage_t is = GSS_C_BOTH;
    OM_uint32 major, left;

    if (!oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    major = gss_inquire_cred(minor, handle, name, &left, &is, NULL);
    if (major != GSS_S_COMPLETE)
        return major;
    if (usage != NULL)
        *usage = is;
    if (initiator_lifetime != NULL)
        *initiator_lifetime = is == GSS_C_ACCEPT ? 0 : left;
    if (acceptor_lifetime != NULL)
        *acceptor_lifetime = is == GSS_C_INITIATE ? 0 : GSS_C_INDEFINITE;
    return GSS_S_COMPLETE;
}

/*
 * There are no options. The function has to be there all the same: where a
 * module has none of that name, the library finds its own, and calls itself
 * with what it takes for a credential of its own.
 */
OM_uint32
gssspi_set_cred_option(OM_uint32 *minor, gss_cred_id_t *handle,
                       const gss_OID option, const gss_buffer_t value)
{
    (void)handle;
    (void)option;
    (void)value;
    status_minor(minor, SCRAM_BAD_ARGUMENT, NULL);
    return GSS_S_UNAVAILABLE;
}

OM_uint32
gss_release_cred(OM_uint32 *minor, gss_cred_id_t *handle)
{
    *minor = 0;
    cred_release((struct cred *)*handle);
    *handle = GSS_C_NO_CREDENTIAL;
    return GSS_S_COMPLETE;
}
