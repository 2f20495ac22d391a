/*
 * Object identifiers: the mechanisms' own, and comparing any two.
 */
#ifndef GSS_OID_H
#define GSS_OID_H

#include <gssapi/gssapi.h>
#include <stdbool.h>
#include <string.h>

#include "scram/verifier.h"

/* The mechanism's OID: static, never to be released. */
gss_OID oid_of_mechanism(enum scram_mechanism mechanism);

/* The mechanism with that OID; false for any other OID and for none. */
bool oid_to_mechanism(gss_const_OID oid, enum scram_mechanism *mechanism);

/*
 * Remember the OID that the mechglue handed to us, if it is a mechanism's:
 * where it is the mechglue's own and no copy, programs must not free it, and
 * gss_internal_release_oid sees to that. To be called by what every program
 * calls before a context can tell it its mechanism.
 */
void oid_remember(gss_const_OID oid);

/* Whether two OIDs are the same; none is like no other. */
static inline bool
oid_equal(gss_const_OID a, gss_const_OID b)
{
    return a != GSS_C_NO_OID && b != GSS_C_NO_OID && a->length == b->length &&
           memcmp(a->elements, b->elements, a->length) == 0;
}

#endif
