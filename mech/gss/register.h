/*
 * The register of half-open contexts: every acceptor's context that waits for
 * its client is in it, until the client answers or the context is deleted. It
 * bounds how many there are: at that bound the oldest gives way to the newest,
 * so that nobody who begins logins and leaves them keeps others out. As a
 * half-open context holds nothing that would have to be wiped, none is looked
 * for when its deadline passes; each knows its own, and no call does more for
 * others than to put out the oldest.
 *
 * Deadlines are of the monotonic clock. A child has copies of the contexts that
 * were half-open in its parent, at the old end of its own register: it may go
 * on with each, and they give way first.
 */
#ifndef GSS_REGISTER_H
#define GSS_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

/* A context's place in the register, which is part of the context. */
struct register_entry {
    struct register_entry *earlier, *later;
    uint64_t deadline; /* milliseconds; 0: it never was in the register, or left
                          it in time */
    bool is_in;
    bool gave_way; /* to a newer one, at the bound */
};

/*
 * Enter a context.
 *
 * @param timeout  milliseconds from now
 * @param max      how many this process may have in the register, 1 at least
 * @return whether another one had to give way
 */
bool register_enter(struct register_entry *entry, uint32_t timeout,
                    uint32_t max);

/*
 * Take a context out of the register: its client has answered, or it is being
 * deleted.
 *
 * @return whether that was in time: false once it has given way, or its
 *         deadline has passed
 */
bool register_leave(struct register_entry *entry);

/* The milliseconds until the deadline of a context that has entered; 0 once it
 * has passed, or the context has given way. */
uint32_t register_left(struct register_entry *entry);

/* What became of contexts whose clients were not in time. */
struct register_sum {
    uint64_t late;     /* noticed when they were answered, deleted, or gave
                          way */
    uint64_t gave_way; /* before their deadline */
};

/*
 * Take what was counted since it was taken last; false where there is nothing,
 * or that was less than a minute ago.
 */
bool register_take_sum(struct register_sum *sum);

#endif
