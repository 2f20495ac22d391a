/*
 * Buffers of one message, for the tests of the iov forms.
 */
#ifndef RFC4121_BUFFERS_H
#define RFC4121_BUFFERS_H

#include <stdlib.h>
#include <string.h>

#include "rfc4121/iov.h"
#include "rfc4121_pair.h"

#define BUFFERS 8
#define SPACE 80 /* more than a header or a trailer takes */

/* The buffers of one message, each in memory of its own. */
struct buffers {
    struct rfc4121_iov iov[BUFFERS];
    size_t count;
};

/* The first buffer of a type, or NULL. */
static inline struct rfc4121_iov *
of_type(struct buffers *b, enum rfc4121_iov_type type)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        if (b->iov[i].type == type)
            return &b->iov[i];
    }
    return NULL;
}

static inline struct rfc4121_iov *
header_in(struct buffers *b)
{
    return of_type(b, RFC4121_IOV_HEADER);
}

static inline struct rfc4121_iov *
trailer_in(struct buffers *b)
{
    return of_type(b, RFC4121_IOV_TRAILER);
}

static inline struct rfc4121_iov *
add_buffer(struct buffers *b, enum rfc4121_iov_type type, size_t len)
{
    b->iov[b->count] = (struct rfc4121_iov){type, memory(len), len};
    return &b->iov[b->count++];
}

/* The same buffers, in other memory. */
static inline struct buffers
copy_of(struct buffers *from)
{
    struct buffers b = {0};
    size_t i;

    for (i = 0; i < from->count; i++) {
        add_buffer(&b, from->iov[i].type, from->iov[i].len);
        memcpy(b.iov[i].data, from->iov[i].data, from->iov[i].len);
    }
    return b;
}

static inline void
buffers_free(struct buffers *b)
{
    size_t i;

    for (i = 0; i < b->count; i++)
        free(b->iov[i].data);
}

#endif
