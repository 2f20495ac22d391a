#include "daemon/agent/entries.h"

uint32_t
agent_entry_left(const struct agent_entry *e, uint64_t now)
{
    uint64_t seconds;

    if (e->end == ENTRIES_NO_END)
        return WIRE_FOREVER;
    seconds = e->end > now ? (e->end - now + 999) / 1000 : 0;
    return seconds < WIRE_FOREVER ? (uint32_t)seconds : WIRE_FOREVER - 1;
}

/* Whether an entry has that very pattern and user, of which empty is any. */
static bool
is_of(const struct agent_entry *e, struct slice target, struct slice user)
{
    return (target.len == 0 || slice_equal(agent_entry_target(e), target)) &&
           (user.len == 0 || slice_equal(agent_entry_user(e), user));
}

static void
entries_take_out(struct agent_entries *entries, size_t place)
{
    struct agent_entry *e = entries->list + place;

    entries->count--;
    memmove(e, e + 1, (entries->count - place) * sizeof(*e));
    OPENSSL_cleanse(entries->list + entries->count, sizeof(*e));
}

/* Have one more place, at the end; what has expired gives way. */
static bool
entries_add(struct agent_entries *entries)
{
    size_t i;

    for (i = ENTRIES_MAX; entries->count == ENTRIES_MAX && i > 0; i--) {
        if (entries->list[i - 1].expired)
            entries_take_out(entries, i - 1);
    }
    if (entries->count == ENTRIES_MAX)
        return false;
    entries->count++;
    return true;
}

/*
 * Have an empty entry for a pattern and a user, before all others: who logs in
 * last is whom programs log in as. NULL where there is no room.
 */
static struct agent_entry *
put_first(struct agent_entries *entries, struct slice target, struct slice user)
{
    struct agent_entry *e = entries->list;
    uint64_t budget_end;
    size_t i = 0;

    while (i < entries->count && !is_of(&e[i], target, user))
        i++;
    if (i == entries->count) {
        if (!entries_add(entries))
            return NULL;
        i = entries->count - 1;
    }
    budget_end = e[i].keys.budget_end;
    memmove(e + 1, e, i * sizeof(*e));
    OPENSSL_cleanse(e, sizeof(*e));
    e->keys.budget_end = budget_end;
    return e;
}

static enum scram_status
entries_check(const struct wire_keep *keep, struct buffer *user,
              struct sentence *why)
{
    struct secret prepared CLEANUP_SECRET = {0};
    enum scram_status status = SCRAM_BAD_ARGUMENT;

    if (!credentials_target_is_valid(keep->target)) {
        sentence_write(why,
                       "\"%.*s\" is not a valid target: write SERVICE@HOST, "
                       "where either may be *, and HOST *.DOMAIN",
                       credentials_shown(keep->target),
                       (const char *)keep->target.data);
    } else if (keep->mechanism >= SCRAM_MECHANISMS || keep->lifetime == 0 ||
               keep->min_iterations > CREDENTIALS_ITERATIONS_MAX) {
        sentence_write(why, "there is no such mechanism, or no such count of "
                            "iterations, or the password's lifetime is 0");
    } else if (scram_prepare_user(keep->user, user) != SCRAM_OK) {
        sentence_write(why,
                       "the user's name is empty, longer than %d bytes, "
                       "or has characters that a name must not have",
                       SCRAM_USER_MAX);
        status = SCRAM_BAD_USERNAME;
    } else {
        status = scram_prepare_password(keep->password, &prepared);
        if (status == SCRAM_BAD_PASSWORD)
            sentence_write(why,
                           "the password is empty, longer than %d bytes, or "
                           "has characters that a password must not have",
                           SCRAM_PASSWORD_MAX);
        else if (status != SCRAM_OK)
            sentence_write(why, "there is no memory for the password");
    }
    return status;
}

enum scram_status
entries_keep(struct agent_entries *entries, const struct wire_keep *keep,
             uint64_t now, struct sentence *why)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    enum scram_status status = entries_check(keep, &user, why);
    struct agent_entry *e;

    if (status != SCRAM_OK)
        return status;
    e = put_first(entries, keep->target, buffer_slice(&user));
    if (e == NULL) {
        sentence_write(why,
                       "%d passwords are kept already, which is all that "
                       "there is room for: \"gss-scram logout\" one",
                       ENTRIES_MAX);
        return SCRAM_NO_RESOURCES;
    }
    e->number = ++entries->last;
    e->mechanism = (enum scram_mechanism)keep->mechanism;
    e->end = keep->lifetime == WIRE_FOREVER
                 ? ENTRIES_NO_END
                 : now + (uint64_t)keep->lifetime * 1000;
    e->min_iterations = keep->min_iterations;
    e->bound = keep->bound;
    e->target_len = keep->target.len;
    memcpy(e->target, keep->target.data, keep->target.len);
    e->user_len = user.len;
    memcpy(e->user, user.data, user.len);
    e->password_len = keep->password.len;
    memcpy(e->password, keep->password.data, keep->password.len);
    return SCRAM_OK;
}

enum scram_status
entries_choose(struct agent_entries *entries, enum scram_mechanism mechanism,
               struct slice target, struct slice user,
               struct agent_entry **entry)
{
    enum scram_status status = SCRAM_NO_USER;
    struct agent_entry *e;
    size_t best = 0, rank;

    for (e = entries->list; e < entries->list + entries->count; e++) {
        if (e->mechanism != mechanism || !is_of(e, SLICE(""), user))
            continue;
        rank = target.len == 0
                   ? 1
                   : credentials_rank(agent_entry_target(e), target);
        if (rank != 0 && e->expired && status == SCRAM_NO_USER)
            status = SCRAM_EXPIRED;
        if (rank > best && !e->expired) {
            *entry = e;
            best = rank;
            status = SCRAM_OK;
        }
    }
    return status;
}

struct agent_entry *
entries_find(struct agent_entries *entries, uint64_t number)
{
    size_t i;

    for (i = 0; i < entries->count; i++) {
        if (entries->list[i].number == number)
            return entries->list[i].expired ? NULL : &entries->list[i];
    }
    return NULL;
}

struct agent_entry *
entries_at(struct agent_entries *entries, uint32_t place)
{
    struct agent_entry *e;

    for (e = entries->list; e < entries->list + entries->count; e++) {
        if (!e->expired && place-- == 0)
            return e;
    }
    return NULL;
}

uint32_t
entries_forget(struct agent_entries *entries, struct slice target,
               struct slice user)
{
    uint32_t forgotten = 0;
    size_t i = 0;

    while (i < entries->count) {
        if (!is_of(&entries->list[i], target, user)) {
            i++;
            continue;
        }
        forgotten += !entries->list[i].expired;
        entries_take_out(entries, i);
    }
    return forgotten;
}

uint64_t
entries_expire(struct agent_entries *entries, uint64_t now)
{
    uint64_t next = ENTRIES_NO_END;
    struct agent_entry *e;

    for (e = entries->list; e < entries->list + entries->count; e++) {
        if (e->expired)
            continue;
        if (e->end > now) {
            next = e->end < next ? e->end : next;
            continue;
        }
        OPENSSL_cleanse(e->password, sizeof(e->password));
        e->password_len = 0;
        entry_keys_forget(&e->keys);
        e->expired = true;
    }
    return next;
}
