#include "rfc4121/state.h"

#include <openssl/crypto.h>
#include <string.h>

#include "rfc4121/context.h"

_Static_assert(RFC4121_WINDOW == 64, "a bit for each number of the window");

void
rfc4121_state_wipe(struct rfc4121_state *state)
{
    OPENSSL_cleanse(state, sizeof(*state));
}

/*
 * A number that has left the window is reported as RFC4121_OLD whether or not
 * it was seen, so what is left of it in the window is not written down.
 */
static void
save_window(struct rfc4121_window *window, struct rfc4121_state *state)
{
    uint64_t i, seq;

    state->expected = atomic_load(&window->next);
    for (i = 0; i < RFC4121_WINDOW && i < state->expected; i++) {
        seq = state->expected - 1 - i;
        if (atomic_load(&window->seen[seq % RFC4121_WINDOW]) == seq + 1)
            state->received |= UINT64_C(1) << i;
    }
}

static void
restore_window(const struct rfc4121_state *state, struct rfc4121_window *window)
{
    uint64_t i, seq;

    atomic_store(&window->next, state->expected);
    for (i = 0; i < RFC4121_WINDOW && i < state->expected; i++) {
        seq = state->expected - 1 - i;
        if (state->received >> i & 1)
            atomic_store(&window->seen[seq % RFC4121_WINDOW], seq + 1);
    }
}

/* The highest number received was received, and none below 0. */
static bool
is_possible(const struct rfc4121_state *state)
{
    if (state->expected == 0)
        return state->received == 0;
    return (state->received & 1) == 1 &&
           (state->expected >= RFC4121_WINDOW ||
            state->received >> state->expected == 0);
}

bool
rfc4121_end(struct rfc4121_context *context, struct rfc4121_state *state)
{
    struct rfc4121_window *window;
    unsigned nobody = 0;

    if (!atomic_compare_exchange_strong(&context->users, &nobody,
                                        RFC4121_ENDED))
        return false;
    memset(state, 0, sizeof(*state));
    memcpy(state->key, context->key, sizeof(state->key));
    state->next_seq = atomic_load(&context->next_seq);
    window = atomic_load(&context->window);
    if (window != NULL)
        save_window(window, state);
    return true;
}

enum scram_status
rfc4121_go_on(const struct rfc4121_state *state, enum rfc4121_role role,
              rfc4121_random *random, struct rfc4121_context **context)
{
    struct rfc4121_context *made;
    struct rfc4121_window *window;
    enum scram_status status;

    if (!is_possible(state))
        return SCRAM_BAD_ENCODING;
    status = rfc4121_new(state->key, role, true, true, random, &made);
    if (status != SCRAM_OK)
        return status;
    atomic_store(&made->next_seq, state->next_seq);
    if (state->expected != 0) {
        status = rfc4121_window_of(made, &window);
        if (status != SCRAM_OK) {
            rfc4121_free(made);
            return status;
        }
        restore_window(state, window);
    }
    *context = made;
    return SCRAM_OK;
}
