/*
 * The pseudo-random function (RFC 4402, over that of RFC 3962) with a context's
 * protocol key.
 */
#ifndef RFC4121_PRF_H
#define RFC4121_PRF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "rfc4121/message.h"

/* Bytes of output that the counter of blocks allows: 2^32 blocks, which is more
 * than a size_t of 32 bits counts. */
#define RFC4121_PRF_MAX (UINT64_C(1) << 36)

/* Whether there is so much output. It is told a number of 64 bits, as compilers
 * warn of comparing one of 32 bits with that. */
static inline bool
rfc4121_prf_reaches(uint64_t len)
{
    return len <= RFC4121_PRF_MAX;
}

/*
 * Compute it (RFC 4402, section 4).
 *
 * @param output  @p len bytes; nothing of the result is there after a failure
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT for more than RFC4121_PRF_MAX bytes;
 *         SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status rfc4121_prf(const struct rfc4121_context *context,
                              struct slice input, uint8_t *output, size_t len);

#endif
