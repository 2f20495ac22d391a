/*
 * What the module calls of libgssapi and libidn, and can fail.
 */
#include <gssapi/gssapi_ext.h>
#include <stringprep.h>

#include "fault.h"

#define GSS_FAILED (*minor = ENOMEM, GSS_S_FAILURE)

FAULT_WRAP(OM_uint32, gss_create_empty_oid_set,
           (OM_uint32 * minor, gss_OID_set *set), (minor, set),
           (*set = GSS_C_NO_OID_SET, GSS_FAILED))
FAULT_WRAP(OM_uint32, gss_add_oid_set_member,
           (OM_uint32 * minor, gss_OID member, gss_OID_set *set),
           (minor, member, set), GSS_FAILED)
FAULT_WRAP(OM_uint32, gss_create_empty_buffer_set,
           (OM_uint32 * minor, gss_buffer_set_t *set), (minor, set),
           (*set = GSS_C_NO_BUFFER_SET, GSS_FAILED))
FAULT_WRAP(OM_uint32, gss_add_buffer_set_member,
           (OM_uint32 * minor, gss_buffer_t member, gss_buffer_set_t *set),
           (minor, member, set), GSS_FAILED)

FAULT_WRAP(int, stringprep,
           (char *in, size_t size, Stringprep_profile_flags flags,
            const Stringprep_profile *profile),
           (in, size, flags, profile), STRINGPREP_MALLOC_ERROR)
