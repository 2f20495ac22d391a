/*
 * The pseudo-random function (RFC 4402, over that of RFC 3962) with a context's
 * protocol key.
 */
#ifndef RFC4121_PRF_H
#define RFC4121_PRF_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "rfc4121/message.h"

/* Bytes of output that the counter of blocks allows. */
#define RFC4121_PRF_MAX ((size_t)1 << 36)

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
