#include "gss/oid.h"

#include <gssapi/gssapi_scram.h>
#include <stdatomic.h>

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

/* The mechglue's only copy of each, for the life of the process. */
static _Atomic(gss_const_OID) mechglue_oids[SCRAM_MECHANISMS];

void
oid_remember(gss_const_OID oid)
{
    enum scram_mechanism mechanism;

    if (oid_to_mechanism(oid, &mechanism))
        mechglue_oids[mechanism] = oid;
}

/*
 * Whether an OID that a program wants to release is one that must stay: one of
 * ours, which are static, or the mechglue's. Programs are handed the latter by
 * a context, and some release it, as Perl's GSSAPI does. The mechglue asks
 * every mechanism in turn, and frees what none of them claims.
 */
OM_uint32
gss_internal_release_oid(OM_uint32 *minor, gss_OID *oid)
{
    int i;

    *minor = 0;
    for (i = 0; *oid != GSS_C_NO_OID && i < SCRAM_MECHANISMS; i++) {
        if (*oid == &oids[i] || *oid == mechglue_oids[i]) {
            *oid = GSS_C_NO_OID;
            return GSS_S_COMPLETE;
        }
    }
    return GSS_S_CONTINUE_NEEDED;
}
