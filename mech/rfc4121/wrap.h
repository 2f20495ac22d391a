/*
 * Making tokens out of parts that lie anywhere: what the plain forms and the
 * iov forms have in common.
 */
#ifndef RFC4121_WRAP_H
#define RFC4121_WRAP_H

#include "base/status.h"
#include "rfc4121/context.h"
#include "rfc4121/iov.h"

/* Where the parts of a Wrap token go. */
struct rfc4121_parts {
    uint8_t *header;     /* RFC4121_HEADER_LEN bytes */
    uint8_t *confounder; /* RFC4121_CONFOUNDER_LEN bytes, if confidential */
    uint8_t *trailer;    /* rfc4121_trailer_len bytes */
    uint16_t rrc;
    const struct rfc4121_iov *from; /* the message */
    const struct rfc4121_iov *to;   /* the same buffers, or copies */
    size_t count;
};

/* EC bytes of filler, the header again and the checksum; or a checksum. */
size_t rfc4121_trailer_len(bool confidential, size_t ec);

/* Make a Wrap token; errors as rfc4121_wrap's. */
enum scram_status rfc4121_wrap_parts(struct rfc4121_context *context,
                                     bool confidential,
                                     const struct rfc4121_parts *parts);

/* Make a MIC token of RFC4121_MIC_LEN bytes over DATA and SIGN_ONLY. */
enum scram_status rfc4121_sign_parts(struct rfc4121_context *context,
                                     const struct rfc4121_iov *iov,
                                     size_t count, uint8_t *token);

#endif
