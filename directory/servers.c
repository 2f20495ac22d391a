#include "directory/servers.h"

#define AVOID_MIN 1000  /* milliseconds */
#define AVOID_MAX 60000 /* milliseconds */

/* One that failed is left alone, even if there is no other, for as long as it
 * took to find out, up to this: a program that serves many would do nothing but
 * wait for it. One that refuses at once may be asked at once. */
#define QUIET_MAX 1000 /* milliseconds */

int
ldap_round_next(struct ldap_round *round, uint64_t now, uint32_t patience)
{
    struct ldap_server_state *state;
    int i, last_resort = -1;

    for (i = 0; i < (int)round->count; i++) {
        state = &round->states[i];
        if (round->asked & 1u << i)
            continue;
        if (state->failures == 0 || state->avoid_until <= now)
            break;
        if (last_resort < 0 && state->quiet_until <= now)
            last_resort = i;
    }
    if (i == (int)round->count && !round->fail_fast)
        i = last_resort;
    if (i < 0 || i == (int)round->count)
        return -1;
    state = &round->states[i];
    round->asked |= 1u << i;
    if (state->failures > 0)
        state->avoid_until = now + patience;
    return i;
}

void
ldap_server_worked(struct ldap_server_state *state)
{
    state->failures = 0;
}

void
ldap_server_failed(struct ldap_server_state *state, uint64_t now, uint64_t took,
                   const struct sentence *complaint)
{
    uint64_t wait = (uint64_t)AVOID_MIN
                    << (state->failures < 6 ? state->failures : 6);

    /* Threads that were waiting for it together fail together: that counts
     * once. */
    if (state->failures == 0 || state->failed <= now - took) {
        state->failures++;
        state->avoid_until = now + (wait < AVOID_MAX ? wait : AVOID_MAX);
    }
    state->failed = now;
    state->quiet_until = now + (took < QUIET_MAX ? took : QUIET_MAX);
    state->complaint = *complaint;
}
