/*
 * What the mechanisms are and have: their OIDs, name types, attributes
 * (RFC 5587) and SASL names (RFC 5801).
 */
#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/oid.h"
#include "gss/status.h"

/* A set of OIDs, whole or not at all. */
static OM_uint32
make_set(OM_uint32 *minor, const gss_const_OID *oids, size_t count,
         gss_OID_set *set)
{
    OM_uint32 major = gss_create_empty_oid_set(minor, set);
    OM_uint32 ignored;
    size_t i;

    for (i = 0; major == GSS_S_COMPLETE && i < count; i++)
        major = gss_add_oid_set_member(minor, (gss_OID)oids[i], set);
    if (major != GSS_S_COMPLETE)
        gss_release_oid_set(&ignored, set);
    return major;
}

OM_uint32
gss_indicate_mechs(OM_uint32 *minor, gss_OID_set *mechs)
{
    gss_const_OID ours[] = {oid_of_mechanism(SCRAM_SHA_256),
                            oid_of_mechanism(SCRAM_SHA_1)};

    return make_set(minor, ours, 2, mechs);
}

OM_uint32
gss_inquire_names_for_mech(OM_uint32 *minor, gss_OID mech, gss_OID_set *types)
{
    gss_const_OID known[] = {GSS_C_NT_USER_NAME, GSS_C_NT_HOSTBASED_SERVICE,
                             GSS_C_NT_EXPORT_NAME, GSS_C_NT_COMPOSITE_EXPORT};
    enum scram_mechanism mechanism;

    *types = GSS_C_NO_OID_SET;
    if (!oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    return make_set(minor, known, 4, types);
}

OM_uint32
gss_inquire_attrs_for_mech(OM_uint32 *minor, gss_const_OID mech,
                           gss_OID_set *attrs, gss_OID_set *known)
{
    gss_const_OID ours[] = {
        GSS_C_MA_MECH_CONCRETE,  GSS_C_MA_ITOK_FRAMED,   GSS_C_MA_AUTH_INIT,
        GSS_C_MA_AUTH_INIT_INIT, GSS_C_MA_AUTH_TARG,     GSS_C_MA_INTEG_PROT,
        GSS_C_MA_CONF_PROT,      GSS_C_MA_MIC,           GSS_C_MA_WRAP,
        GSS_C_MA_REPLAY_DET,     GSS_C_MA_OOS_DET,       GSS_C_MA_CBINDINGS,
        GSS_C_MA_CTX_TRANS,      GSS_C_MA_NOT_DFLT_MECH, /* SCRAM-SHA-1 alone:
                                                            the last */
    };
    size_t count = sizeof(ours) / sizeof(ours[0]);
    enum scram_mechanism mechanism;

    *minor = 0;
    if (attrs != NULL)
        *attrs = GSS_C_NO_OID_SET;
    if (known != NULL)
        *known = GSS_C_NO_OID_SET; /* the mechglue's own list, then */
    if (!oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    oid_remember(mech);
    if (attrs == NULL)
        return GSS_S_COMPLETE;
    return make_set(minor, ours, mechanism == SCRAM_SHA_1 ? count : count - 1,
                    attrs);
}

static OM_uint32
return_text(OM_uint32 *minor, const char *text, gss_buffer_t buffer)
{
    if (buffer == GSS_C_NO_BUFFER)
        return GSS_S_COMPLETE;
    return buffer_return(minor, slice_of(text), buffer);
}

OM_uint32
gss_inquire_saslname_for_mech(OM_uint32 *minor, const gss_OID mech,
                              gss_buffer_t sasl_name, gss_buffer_t name,
                              gss_buffer_t description)
{
    enum scram_mechanism mechanism;
    OM_uint32 major, ignored;

    *minor = 0;
    buffer_none(sasl_name);
    buffer_none(name);
    buffer_none(description);
    if (!oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    major = return_text(minor, scram_mechanism_name(mechanism), sasl_name);
    if (major == GSS_S_COMPLETE)
        major = return_text(
            minor, mechanism == SCRAM_SHA_1 ? "scram-sha-1" : "scram-sha-256",
            name);
    if (major == GSS_S_COMPLETE)
        major = return_text(minor,
                            "Salted Challenge Response Authentication "
                            "Mechanism (RFC 5802, RFC 7677)",
                            description);
    if (major != GSS_S_COMPLETE) {
        gss_release_buffer(&ignored, sasl_name);
        gss_release_buffer(&ignored, name);
        gss_release_buffer(&ignored, description);
    }
    return major;
}

OM_uint32
gss_inquire_mech_for_saslname(OM_uint32 *minor, const gss_buffer_t sasl_name,
                              gss_OID *mech)
{
    enum scram_mechanism mechanism;

    *minor = 0;
    if (mech != NULL)
        *mech = GSS_C_NO_OID;
    /* libgssapi asks every mechanism in turn: there is nothing to explain, and
     * no telling whose explanation it would be. */
    if (!scram_mechanism_by_name(slice_of_buffer(sasl_name), &mechanism))
        return GSS_S_BAD_MECH;
    if (mech != NULL)
        *mech = oid_of_mechanism(mechanism);
    return GSS_S_COMPLETE;
}
