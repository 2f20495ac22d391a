/*
 * The window of sequence numbers that were received. By induction, so for any
 * history: one number is singled out, and it is remembered whether it has been
 * taken. In a window that keeps the promise, one more number is noted, any; it
 * keeps the promise, and what it says of the one number is right.
 */
#include "../../mech/rfc4121/window.c"

#include "prove.h"

struct rfc4121_window nondet_window(void);

/* What a window promises of @p seq, and of all that share its slot. */
static bool
promise(const struct rfc4121_window *w, uint64_t seq, bool taken)
{
    uint64_t seen = w->seen[seq % RFC4121_WINDOW];

    return (seen == 0 || (seen - 1) % RFC4121_WINDOW == seq % RFC4121_WINDOW) &&
           seen <= w->next && (taken ? seen > seq : seen != seq + 1);
}

static bool
is_taken(enum rfc4121_order order)
{
    return order != RFC4121_DUPLICATE && order != RFC4121_OLD;
}

void
prove_nothing_was_taken(void)
{
    struct rfc4121_window w = {0};
    uint64_t seq = nondet_64();

    given(seq < UINT64_MAX);
    must(promise(&w, seq, false), "a new window keeps the promise");
}

/* The number comes, again or for the first time. */
void
prove_no_number_is_taken_twice(void)
{
    struct rfc4121_window w = nondet_window();
    uint64_t one = nondet_64(), next = w.next;
    bool taken = nondet_bool(), sequence = nondet_bool();
    enum rfc4121_order order;

    given(one < UINT64_MAX); /* of the last number of all, see mark */
    given(promise(&w, one, taken));
    order = rfc4121_window_note(&w, one, true, sequence);
    must(!taken || !is_taken(order), "it is not taken twice");
    must(taken || is_taken(order) || (next > one && next - one > 64),
         "and once, unless it is too old");
    must(promise(&w, one, taken || is_taken(order)), "the promise is kept");
    must(w.next >= next && (!is_taken(order) || w.next > one),
         "what is expected does not go back");
    must(!sequence || !is_taken(order) ||
             order == (one == next  ? RFC4121_IN_ORDER
                       : one > next ? RFC4121_GAP
                                    : RFC4121_UNSEQ),
         "its place is told");
}

/* Another number comes. */
void
prove_the_others_do_not_matter(void)
{
    struct rfc4121_window w = nondet_window();
    uint64_t one = nondet_64(), other = nondet_64(), next = w.next;
    bool taken = nondet_bool();

    given(one < UINT64_MAX && other < UINT64_MAX && one != other);
    given(promise(&w, one, taken));
    (void)rfc4121_window_note(&w, other, true, nondet_bool());
    must(promise(&w, one, taken), "the promise is kept");
    must(w.next >= next, "what is expected does not go back");
}
