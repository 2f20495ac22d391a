#include "gss/buffer.h"

#include <stdlib.h>

#include "gss/status.h"

struct slice
slice_of_buffer(gss_const_buffer_t buffer)
{
    if (buffer == GSS_C_NO_BUFFER || buffer->value == NULL)
        return SLICE("");
    return (struct slice){buffer->value, buffer->length};
}

OM_uint32
buffer_return(OM_uint32 *minor, struct slice s, gss_buffer_t buffer)
{
    char *copy;

    buffer_none(buffer);
    if (s.len == 0) /* gss_release_buffer frees nothing of no length */
        return GSS_S_COMPLETE;
    copy = malloc(s.len + 1);
    if (copy == NULL) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    buffer->value = copy;
    buffer->length = s.len;
    return GSS_S_COMPLETE;
}

bool
buffer_allocate(gss_buffer_t buffer, size_t len)
{
    buffer_none(buffer);
    buffer->value = malloc(len == 0 ? 1 : len);
    if (buffer->value == NULL)
        return false;
    buffer->length = len;
    return true;
}

void
buffer_shorten(gss_buffer_t buffer, size_t len)
{
    buffer->length = len;
    if (len == 0) {
        free(buffer->value);
        buffer_none(buffer);
    }
}
