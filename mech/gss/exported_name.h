/*
 * Names as bytes, for access lists and for other processes: the exported form,
 * which is the mechanism and the name (RFC 2743, section 3.2), and the
 * composite one, which has the attributes too (RFC 6680, section 8).
 */
#ifndef GSS_EXPORTED_NAME_H
#define GSS_EXPORTED_NAME_H

#include "base/pack.h"
#include "gss/name.h"

/*
 * Make a name of what gss_export_name or gss_export_name_composite wrote: the
 * bytes say which of them did, as their callers do not know (RFC 2743, section
 * 2.4.2, has one type for exported names, and libgssapi and krb5 take both
 * forms under it and under GSS_C_NT_COMPOSITE_EXPORT alike). The name is not
 * authenticated, whatever it was. Either of our mechanisms may have been the
 * exported name's.
 *
 * @param mechanism  the new name's
 * @param output     set on GSS_S_COMPLETE alone
 * @return GSS_S_COMPLETE, GSS_S_BAD_NAME or GSS_S_FAILURE with *minor set
 */
OM_uint32 exported_name_import(OM_uint32 *minor, enum scram_mechanism mechanism,
                               struct slice bytes, gss_name_t *output);

/*
 * A name of a known mechanism among other things: write it, which takes
 * name_packed_size bytes, and read it. What is read is not authenticated, which
 * its reader may change where the bytes are to be trusted.
 *
 * @param name  set on GSS_S_COMPLETE alone; release it with name_free
 * @return GSS_S_COMPLETE, GSS_S_BAD_NAME or GSS_S_FAILURE with *minor set
 */
size_t name_packed_size(const struct name *name);
void name_pack(struct buffer *b, const struct name *name);
OM_uint32 name_unpack(OM_uint32 *minor, struct unpack *u,
                      enum scram_mechanism mechanism, struct name **name);

#endif
