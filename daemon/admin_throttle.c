#include "daemon/admin_throttle.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/quote.h"
#include "daemon/seal_file.h"

/* The accounts whose servers a user may have been guessed at: those that are
 * known, and those where the user was refused lately. */
struct places {
    uid_t *list;
    size_t count;
};

static int
by_number(const void *a, const void *b)
{
    uid_t x = *(const uid_t *)a, y = *(const uid_t *)b;

    return x < y ? -1 : x > y;
}

/* Each account once. */
static void
sort_places(struct places *p)
{
    size_t i, kept = 0;

    qsort(p->list, p->count, sizeof(uid_t), by_number);
    for (i = 0; i < p->count; i++)
        if (kept == 0 || p->list[i] != p->list[kept - 1])
            p->list[kept++] = p->list[i];
    p->count = kept;
}

static bool
find_places(const struct exchange *e, struct slice user, struct places *p)
{
    const struct accounts *a = e->accounts;
    const struct throttle_refused *r = e->recent.list;
    size_t i, most = 2 + a->policy_count + a->member_count;

    *p = (struct places){calloc(most + THROTTLE_RECENT_MAX, sizeof(uid_t)), 0};
    if (p->list == NULL)
        return false;
    p->list[p->count++] = 0;
    p->list[p->count++] = geteuid();
    for (i = 0; i < a->policy_count; i++)
        if (a->policies[i].has_uid)
            p->list[p->count++] = a->policies[i].uid;
    for (i = 0; i < a->member_count; i++)
        p->list[p->count++] = a->members[i].uid;
    for (i = 0; i < THROTTLE_RECENT_MAX; i++)
        if (slice_equal((struct slice){r[i].user, r[i].len}, user))
            p->list[p->count++] = r[i].account;
    sort_places(p);
    return true;
}

static void
write_state(const struct exchange *e, uid_t account,
            const struct throttle_state *state, FILE *stream)
{
    char name[ACCOUNTS_NAME];

    accounts_name(e->accounts, account, name);
    fprintf(stream, "at servers of %s: %u of %u guesses left", name,
            (unsigned)state->left, (unsigned)e->accounts->limits.guess_burst);
    if (state->wait != 0)
        fprintf(stream, ", the next one in %u seconds", (unsigned)state->wait);
    fprintf(stream, ", all in %u seconds\n", (unsigned)state->full);
}

bool
admin_throttle_list(const struct exchange *e, FILE *stream)
{
    uint8_t memory[QUOTE_MAX(SCRAM_USER_MAX)];
    struct throttle_state state;
    size_t i;

    for (i = 0; i < THROTTLE_RECENT_MAX; i++) {
        const struct throttle_refused *r = &e->recent.list[i];
        struct slice user = {r->user, r->len};
        struct buffer quoted = BUFFER_ARRAY(memory);

        if (r->len == 0)
            continue;
        if (!throttle_look(e->throttle, seal_now(), r->account, user, &state))
            return false;
        if (state.wait == 0)
            continue;
        quote_put(user, &quoted);
        fprintf(stream, "%.*s ", (int)quoted.len, (const char *)quoted.data);
        write_state(e, r->account, &state, stream);
    }
    return true;
}

/* Look at each place, and fill it up where that is wanted. */
static bool
go_round(const struct exchange *e, struct slice user, bool clear, FILE *stream)
{
    struct throttle_state state;
    struct places places;
    bool good = find_places(e, user, &places);
    size_t i;

    for (i = 0; good && i < places.count; i++) {
        good = throttle_look(e->throttle, seal_now(), places.list[i], user,
                             &state);
        if (good && state.full != 0) {
            write_state(e, places.list[i], &state, stream);
            if (clear)
                good = throttle_clear(e->throttle, places.list[i], user);
        }
    }
    free(places.list);
    return good;
}

bool
admin_throttle_show(const struct exchange *e, struct slice user, FILE *stream)
{
    return go_round(e, user, false, stream);
}

bool
admin_throttle_clear(struct exchange *e, struct slice user, FILE *stream)
{
    return go_round(e, user, true, stream);
}
