/*
 * Short names for what the tests of messages in several buffers write a lot.
 */
#ifndef IOV_H
#define IOV_H

#include "established.h"

#define H GSS_IOV_BUFFER_TYPE_HEADER
#define D GSS_IOV_BUFFER_TYPE_DATA
#define S GSS_IOV_BUFFER_TYPE_SIGN_ONLY
#define P GSS_IOV_BUFFER_TYPE_PADDING
#define T GSS_IOV_BUFFER_TYPE_TRAILER
#define STREAM GSS_IOV_BUFFER_TYPE_STREAM
#define MIC GSS_IOV_BUFFER_TYPE_MIC_TOKEN
#define ALLOCATE GSS_IOV_BUFFER_FLAG_ALLOCATE
#define ALLOCATED GSS_IOV_BUFFER_FLAG_ALLOCATED

/* What a buffer holds that its owner has not set. */
#define UNSET                                                                  \
    {                                                                          \
        SIZE_MAX / 16, (void *)0x10                                            \
    }

#define ONE "This is one part of a message, "
#define TWO "and this is another."
#define BESIDE "what is signed only"

/* Whether a buffer is that memory, and holds that text. */
static inline bool
is_text(const gss_iov_buffer_desc *iov, const void *memory, const char *text)
{
    return iov->buffer.value == memory && iov->buffer.length == strlen(text) &&
           memcmp(iov->buffer.value, text, strlen(text)) == 0;
}

#endif
