#include "gss/oid.h"

#include <gssapi/gssapi_scram.h>

static gss_OID_desc oids[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_256] = {GSS_SCRAM_SHA_256_OID_LENGTH,
                       (void *)GSS_SCRAM_SHA_256_OID},
    [SCRAM_SHA_1] = {GSS_SCRAM_SHA_1_OID_LENGTH, (void *)GSS_SCRAM_SHA_1_OID},
};

gss_OID
oid_of_mechanism(enum scram_mechanism mechanism)
{
    return &oids[mechanism];
}

bool
oid_to_mechanism(gss_const_OID oid, enum scram_mechanism *mechanism)
{
    int i;

    for (i = 0; oid != GSS_C_NO_OID && i < SCRAM_MECHANISMS; i++) {
        if (oid_equal(oid, &oids[i])) {
            *mechanism = (enum scram_mechanism)i;
            return true;
        }
    }
    return false;
}

/*
 * Whether an OID that a program wants to release is one that must stay (the
 * mechglue asks every mechanism in turn, and frees what none of them claims).
 * Programs release what a context said that its mechanism is, as Perl's GSSAPI
 * does, and that is the mechglue's only copy; from here it looks like one that
 * gss_str_to_oid made. So all of ours stay, and the latter is never freed.
 */
OM_uint32
gss_internal_release_oid(OM_uint32 *minor, gss_OID *oid)
{
    enum scram_mechanism mechanism;

    *minor = 0;
    if (!oid_to_mechanism(*oid, &mechanism))
        return GSS_S_CONTINUE_NEEDED;
    *oid = GSS_C_NO_OID;
    return GSS_S_COMPLETE;
}
