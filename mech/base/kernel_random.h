/*
 * Random bytes from the kernel, fresh for each call.
 *
 * Whatever waits in memory, a batch or the state of libcrypto's generator, is
 * there twice once a virtual machine was copied or goes on from a snapshot.
 * What must never come again, a nonce above all, is taken from here, and
 * nothing takes the kernel's place where it refuses.
 */
#ifndef BASE_KERNEL_RANDOM_H
#define BASE_KERNEL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/sentence.h"
#include "base/status.h"

/*
 * Fill in @p len bytes, at most 256. It does not wait until the kernel's
 * generator is ready.
 *
 * @param what  what they are for, for the sentence: "a nonce"
 * @param why   what the kernel said, with SCRAM_CRYPTO_FAILED; may be NULL
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status kernel_random(uint8_t *bytes, size_t len, const char *what,
                                struct sentence *why);

#endif
