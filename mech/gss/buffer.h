/*
 * Between a slice and a gss_buffer_t, which the caller releases with
 * gss_release_buffer: on this platform, free.
 */
#ifndef GSS_BUFFER_H
#define GSS_BUFFER_H

#include <gssapi/gssapi.h>

#include "base/slice.h"

/* The slice over a buffer, which may be GSS_C_NO_BUFFER; its data is never
 * NULL. */
struct slice slice_of_buffer(gss_const_buffer_t buffer);

/*
 * Copy @p s into a buffer of its own, with a NUL behind it that is not counted.
 *
 * @return GSS_S_COMPLETE, or GSS_S_FAILURE with *minor set
 */
OM_uint32 buffer_return(OM_uint32 *minor, struct slice s, gss_buffer_t buffer);

/* Memory for @p len bytes, which are not set; false, and the empty buffer,
 * without memory. */
bool buffer_allocate(gss_buffer_t buffer, size_t len);

/* Count no more than @p len bytes of it. One of no length is released, as
 * gss_release_buffer would not do that. */
void buffer_shorten(gss_buffer_t buffer, size_t len);

/* Make @p buffer the empty one; it may be GSS_C_NO_BUFFER. */
static inline void
buffer_none(gss_buffer_t buffer)
{
    if (buffer != GSS_C_NO_BUFFER)
        *buffer = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
}

#endif
