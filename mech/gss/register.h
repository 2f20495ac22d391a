/*
 * The register of half-open contexts: every acceptor's context that waits for
 * its client is in it, until the client answers, the context is deleted or its
 * deadline passes. It bounds how many there are, and it ends those whose client
 * has fallen silent, without a thread or a signal: every call sweeps.
 *
 * Contexts that were given the same time wait in the order in which their
 * deadlines come, so neither entering, leaving nor sweeping looks at one that
 * is not due. Deadlines are of the monotonic clock.
 */
#ifndef GSS_REGISTER_H
#define GSS_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct register_queue;

/* A context's place in the register, which is part of the context. */
struct register_entry {
    struct register_entry *earlier, *later;
    struct register_queue *queue; /* NULL: it is not in the register */
    uint64_t deadline;            /* milliseconds; 0: it never was */
    unsigned generation;          /* of the process that counts it */
};

/*
 * Called with the register locked when the deadline of an entry has passed and
 * the entry is out of the register: wipe what it guards. It must not call the
 * register.
 */
typedef void register_expire(struct register_entry *entry);

/* Milliseconds of the clock that deadlines are of, the same for all processes
 * of the machine. */
uint64_t register_clock(void);

/*
 * Enter a context.
 *
 * @param timeout  milliseconds from now
 * @param max      how many this process may have in the register; expired ones
 *                 are reclaimed before any is refused
 * @param expire   the same for every entry
 * @return SCRAM_OK, SCRAM_NO_RESOURCES, SCRAM_NO_MEMORY
 */
enum scram_status register_enter(struct register_entry *entry, uint32_t timeout,
                                 uint32_t max, register_expire *expire);

/*
 * Enter a context again, or one that was in another process' register.
 *
 * @param deadline  milliseconds of register_clock
 * @return as register_enter; SCRAM_TOO_LATE if the deadline has passed
 */
enum scram_status register_enter_until(struct register_entry *entry,
                                       uint64_t deadline, uint32_t max,
                                       register_expire *expire);

/*
 * Take a context out of the register: its client has answered, or it is being
 * deleted. Afterwards nothing but the caller ends it.
 *
 * @return SCRAM_OK; SCRAM_TOO_LATE if its deadline has passed, whether or not
 *         it was expired already
 */
enum scram_status register_leave(struct register_entry *entry,
                                 register_expire *expire);

/* The milliseconds until the deadline of a context that has entered; 0 once it
 * has passed. */
uint32_t register_left(struct register_entry *entry, register_expire *expire);

#endif
