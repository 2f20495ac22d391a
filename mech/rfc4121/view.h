/*
 * The bytes of one message as they lie in memory, in the order in which they
 * are encrypted and signed: a confounder, the caller's buffers, and what
 * follows them. A cursor walks over them; empty pieces it steps over.
 */
#ifndef RFC4121_VIEW_H
#define RFC4121_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rfc4121/iov.h"

struct rfc4121_span {
    uint8_t *data;
    size_t len;
    bool sign_only; /* signed, but not encrypted and not part of the token */
};

struct rfc4121_view {
    struct rfc4121_span head;
    const struct rfc4121_iov *iov; /* DATA and SIGN_ONLY count, others do not */
    size_t count;
    struct rfc4121_span tail[2];
};

struct rfc4121_cursor {
    const struct rfc4121_view *view;
    size_t index;  /* of the piece: the head, the iov, the tails */
    size_t offset; /* into the piece */
};

/* The piece of that index; one of no bytes if it does not count. */
static inline struct rfc4121_span
rfc4121_view_piece(const struct rfc4121_view *view, size_t index)
{
    const struct rfc4121_iov *iov;

    if (index == 0)
        return view->head;
    if (index > view->count)
        return view->tail[index - view->count - 1];
    iov = &view->iov[index - 1];
    if (iov->type != RFC4121_IOV_DATA && iov->type != RFC4121_IOV_SIGN_ONLY)
        return (struct rfc4121_span){0};
    return (struct rfc4121_span){iov->data, iov->len,
                                 iov->type == RFC4121_IOV_SIGN_ONLY};
}

/* What lies together from the cursor on; no bytes at the end. */
static inline struct rfc4121_span
rfc4121_cursor_span(struct rfc4121_cursor *cursor)
{
    size_t pieces = cursor->view->count + 3;

    for (; cursor->index < pieces; cursor->index++, cursor->offset = 0) {
        struct rfc4121_span span =
            rfc4121_view_piece(cursor->view, cursor->index);

        if (cursor->offset < span.len) {
            span.data += cursor->offset;
            span.len -= cursor->offset;
            return span;
        }
    }
    return (struct rfc4121_span){0};
}

#endif
