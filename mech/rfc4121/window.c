#include "rfc4121/window.h"

/*
 * Mark a number as seen. Of several threads with the same number one finds it
 * new; one that was held up until its number had left the window is told so,
 * and takes nothing back.
 *
 * The last number of all, 2^64 - 1, passes for a duplicate here; a context
 * would have to send for thousands of years to get there.
 */
static enum rfc4121_order
mark(struct rfc4121_window *window, uint64_t seq)
{
    _Atomic uint64_t *slot = &window->seen[seq % RFC4121_WINDOW];
    uint64_t mine = seq + 1, seen = atomic_load(slot);

    do {
        if (seen == mine)
            return RFC4121_DUPLICATE;
        if (seen > mine)
            return RFC4121_OLD;
    } while (!atomic_compare_exchange_weak(slot, &seen, mine));
    return RFC4121_IN_ORDER;
}

enum rfc4121_order
rfc4121_window_note(struct rfc4121_window *window, uint64_t seq, bool replay,
                    bool sequence)
{
    uint64_t next = atomic_load(&window->next);
    enum rfc4121_order order = RFC4121_IN_ORDER;

    if (replay && seq < next && next - seq > RFC4121_WINDOW)
        return RFC4121_OLD;
    if (replay)
        order = mark(window, seq);
    if (order != RFC4121_IN_ORDER)
        return order;

    /* On failure the exchange reads next anew. */
    while (seq >= next) {
        if (atomic_compare_exchange_weak(&window->next, &next, seq + 1))
            break;
    }
    if (!sequence || seq == next)
        return RFC4121_IN_ORDER;
    return seq > next ? RFC4121_GAP : RFC4121_UNSEQ;
}
