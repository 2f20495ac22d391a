/*
 * Checking and opening tokens whose parts lie anywhere.
 */
#ifndef RFC4121_UNWRAP_H
#define RFC4121_UNWRAP_H

#include "base/status.h"
#include "rfc4121/context.h"
#include "rfc4121/iov.h"
#include "rfc4121/token.h"
#include "rfc4121/view.h"

/* A Wrap token whose parts have been found. */
struct rfc4121_opening {
    const uint8_t *header_bytes; /* RFC4121_HEADER_LEN of them */
    struct rfc4121_header header;
    struct rfc4121_view arrived; /* as it came; not used if in_place */
    struct rfc4121_view plain;   /* as it becomes: if sealed, head is the
                                    confounder and tail[1] the header again */
    bool in_place;               /* plain is where it came */
    size_t data_len;             /* of all DATA */
    uint8_t sum[RFC4121_SUM_LEN];
    uint8_t confounder[RFC4121_CONFOUNDER_LEN]; /* for a head elsewhere */
    uint8_t copy[RFC4121_HEADER_LEN];           /* for a tail elsewhere */
};

/*
 * Open it.
 *
 * @param order  set on SCRAM_OK alone
 * @return as rfc4121_unwrap; after a failure DATA in opening->plain is wiped
 *         unless it is there as it came
 */
enum scram_status rfc4121_open(struct rfc4121_context *context,
                               const struct rfc4121_opening *opening,
                               enum rfc4121_order *order);

/* Check a MIC token over DATA and SIGN_ONLY; as rfc4121_verify_mic. */
enum scram_status rfc4121_verify_parts(struct rfc4121_context *context,
                                       const struct rfc4121_iov *iov,
                                       size_t count, const uint8_t *token,
                                       size_t token_len,
                                       enum rfc4121_order *order);

#endif
