/*
 * Which sequence numbers have been received (RFC 2743, section 1.2.3): exact
 * for the last RFC4121_WINDOW of them, and safe to use from several threads
 * without a lock, so that of two threads that hold the same message one is told
 * that it is a duplicate.
 */
#ifndef RFC4121_WINDOW_H
#define RFC4121_WINDOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rfc4121/message.h"

#define RFC4121_WINDOW 64

/* All zero: nothing was received, and 0 is expected. */
struct rfc4121_window {
    _Atomic uint64_t next; /* one more than the highest number seen */
    /* The highest number seen, plus one, of those that leave the same
     * remainder. */
    _Atomic uint64_t seen[RFC4121_WINDOW];
};

/*
 * Note that a message with a valid checksum was received.
 *
 * @param replay, sequence  what is reported, as rfc4121_new takes them; at
 *                          least one of them
 */
enum rfc4121_order rfc4121_window_note(struct rfc4121_window *window,
                                       uint64_t seq, bool replay,
                                       bool sequence);

#endif
