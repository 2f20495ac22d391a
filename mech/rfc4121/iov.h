/*
 * Messages in several buffers: Wrap tokens and MIC tokens in place, with data
 * that is signed only, as gss_wrap_iov and its kin have them.
 *
 * A Wrap token is HEADER, DATA..., TRAILER; the header's buffer takes the
 * trailer's bytes too where there is no TRAILER (DCE style), and the RRC says
 * so. SIGN_ONLY data is signed where it stands among the others and is no part
 * of the token. There is no padding: a PADDING buffer gets the length 0.
 */
#ifndef RFC4121_IOV_H
#define RFC4121_IOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "rfc4121/message.h"

enum rfc4121_iov_type {
    RFC4121_IOV_EMPTY, /* passed over */
    RFC4121_IOV_HEADER,
    RFC4121_IOV_DATA,
    RFC4121_IOV_SIGN_ONLY,
    RFC4121_IOV_PADDING,
    RFC4121_IOV_TRAILER,
    RFC4121_IOV_STREAM,   /* a whole token; rfc4121_unwrap_iov alone */
    RFC4121_IOV_MIC_TOKEN /* rfc4121_get_mic_iov and rfc4121_verify_mic_iov */
};

struct rfc4121_iov {
    enum rfc4121_iov_type type;
    uint8_t *data;
    size_t len;
};

/*
 * Set the lengths that HEADER, PADDING and TRAILER have in a Wrap token.
 *
 * @param confidential  whether it is to be encrypted; becomes false where
 *                      there is no DATA
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT without a HEADER or with two of HEADER,
 *         PADDING or TRAILER
 */
enum scram_status rfc4121_wrap_iov_length(bool *confidential,
                                          struct rfc4121_iov *iov,
                                          size_t count);

/*
 * Make a Wrap token, in place.
 *
 * @param confidential  as rfc4121_wrap_iov_length
 * @param iov  HEADER and TRAILER have at least the lengths that
 *             rfc4121_wrap_iov_length sets, and are cut to them
 * @return as rfc4121_wrap_iov_length and rfc4121_wrap, and SCRAM_TOO_SMALL
 */
enum scram_status rfc4121_wrap_iov(struct rfc4121_context *context,
                                   bool *confidential, struct rfc4121_iov *iov,
                                   size_t count);

/*
 * Check and open a Wrap token, with or without a TRAILER, in place; or a STREAM
 * with one DATA, which becomes the message.
 *
 * A STREAM's DATA without memory (data is NULL) is set to point into the
 * stream, which is rotated back and decrypted in place. One with memory, len
 * bytes of it and at least as many as the stream has, is written to, its len
 * becomes the message's length, and the stream is left as it was.
 *
 * What was encrypted is not in DATA after a failure, nor what was written to a
 * DATA with memory of its own.
 *
 * @param confidential, order  as rfc4121_unwrap
 * @return as rfc4121_unwrap, and SCRAM_BAD_ARGUMENT for buffers that are
 *         missing or there twice, SCRAM_TOO_SMALL for too little memory
 */
enum scram_status rfc4121_unwrap_iov(struct rfc4121_context *context,
                                     struct rfc4121_iov *iov, size_t count,
                                     bool *confidential,
                                     enum rfc4121_order *order);

/* Set the length that MIC_TOKEN has; SCRAM_OK, or SCRAM_BAD_ARGUMENT as from
 * rfc4121_get_mic_iov. */
enum scram_status rfc4121_get_mic_iov_length(struct rfc4121_iov *iov,
                                             size_t count);

/*
 * Make a MIC token over DATA and SIGN_ONLY, which count alike.
 *
 * @param iov  MIC_TOKEN has at least RFC4121_MIC_LEN bytes, and is cut to them
 * @return as rfc4121_get_mic; SCRAM_BAD_ARGUMENT without a MIC_TOKEN or with
 *         two, SCRAM_TOO_SMALL
 */
enum scram_status rfc4121_get_mic_iov(struct rfc4121_context *context,
                                      struct rfc4121_iov *iov, size_t count);

/* Check a MIC token; as rfc4121_verify_mic, and SCRAM_BAD_ARGUMENT. */
enum scram_status rfc4121_verify_mic_iov(struct rfc4121_context *context,
                                         struct rfc4121_iov *iov, size_t count,
                                         enum rfc4121_order *order);

#endif
