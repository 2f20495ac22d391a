/* The admin socket's messages, as any process may send them. */
#include "../../mech/wire/admin.c"

#include "pack.h"

/* Of another file. */
size_t
scram_hash_len(enum scram_mechanism mechanism)
{
    must(mechanism == SCRAM_SHA_1 || mechanism == SCRAM_SHA_256,
         "there is such a mechanism");
    return mechanism == SCRAM_SHA_1 ? 20 : 32;
}

/* Of another file, and looks at bytes. */
bool
groups_check(struct slice text)
{
    must(text.len <= GROUPS_TEXT_MAX &&
             (text.len == 0 || place(text) <= LENGTH),
         "groups are there");
    return nondet_bool();
}

bool
groups_set(struct groups *groups, struct slice text)
{
    groups->len = (uint16_t)text.len;
    return groups_check(text);
}

/* That a key is not there, or is one of the mechanism. */
static bool
is_key(struct slice key, enum scram_mechanism mechanism)
{
    return key.len == 0 || key.len == scram_hash_len(mechanism);
}

/* What take_entry promises. */
static void
must_be_entry(struct slice before, struct slice rest,
              const struct wire_entry *e)
{
    must(place(e->user) == place(before) + 4 && e->user.len <= SCRAM_USER_MAX,
         "a user");
    must(e->flags <= WIRE_FLAGS && e->iterations <= INT32_MAX, "numbers");
    must(follows(e->groups, e->user, 26) && e->groups.len <= GROUPS_TEXT_MAX,
         "groups");
    must(follows(e->salt, e->groups, 4) && e->salt.len <= SCRAM_SALT_MAX,
         "a salt");
    must(follows(e->stored_key, e->salt, 4) &&
             is_key(e->stored_key, e->mechanism),
         "a key");
    must(follows(e->server_key, e->stored_key, 4) &&
             is_key(e->server_key, e->mechanism),
         "the other");
    must(follows(rest, e->server_key, 0), "and the rest");
}

void
prove_entry(void)
{
    struct unpack u = any_unpack(), before = u;
    struct wire_entry e;

    wire_admin_take_entry(&u, &e);
    must(is_end_of_message(u.rest) && u.rest.len <= before.rest.len &&
             (u.failed || !before.failed),
         "what is left is the end of the message");
    if (!u.failed)
        must_be_entry(before.rest, u.rest, &e);
}

/* Stands for take_entry. */
void promised_entry(struct unpack *u, struct wire_entry *e);

void
promised_entry(struct unpack *u, struct wire_entry *e)
{
    (void)e;
    take_some(u, 1);
}

/* Stands for unpack_number where it is the entries' count: of eight at most, as
 * each leaves to the next what it promises to find itself. */
uint64_t promised_count(struct unpack *u, size_t len, uint64_t max);

uint64_t
promised_count(struct unpack *u, size_t len, uint64_t max)
{
    uint64_t count = promised_number(u, len, max);

    must(max == WIRE_ENTRIES_MAX, "not too many");
    given(count <= 8);
    return count;
}

void
prove_entries(void)
{
    struct unpack u = any_unpack();
    struct slice before = u.rest;
    struct wire_entries entries = take_entries(&u);

    must(is_end_of_message(u.rest) && u.rest.len <= before.len,
         "what is left is the end of the message");
    if (u.failed)
        return;
    must(place(entries.packed) == place(before) + 2 &&
             follows(u.rest, entries.packed, 0),
         "all that was taken");
}

/* Stands for take_entries. */
struct wire_entries promised_entries(struct unpack *u);

struct wire_entries
promised_entries(struct unpack *u)
{
    struct slice before = u->rest;
    struct wire_entries entries = {.count = nondet_16()};

    given(entries.count <= WIRE_ENTRIES_MAX);
    if (take_some(u, 2))
        entries.packed =
            (struct slice){before.data + 2, before.len - u->rest.len - 2};
    return entries;
}

void
prove_request(void)
{
    struct wire_admin_request r;

    if (!wire_parse_admin_request(any_message(), &r))
        return;
    must(r.op >= WIRE_ADMIN_PUT && r.op <= WIRE_ADMIN_LAST, "an op");
    must(place(r.location) == place(message) + 5 &&
             r.location.len <= WIRE_LOCATION_MAX,
         "a location");
    must(follows(r.user, r.location, 4) && r.user.len <= SCRAM_USER_MAX,
         "a user");
    must(r.flags <= WIRE_FLAGS, "flags");
    must(follows(r.entries.packed, r.user, 12) &&
             ends_message(r.entries.packed) &&
             r.entries.count <= WIRE_ENTRIES_MAX,
         "entries, to the end");
}

void
prove_answer(void)
{
    struct wire_admin_answer a;

    if (!wire_parse_admin_answer(any_message(), &a))
        return;
    must(a.op >= WIRE_ADMIN_PUT && a.op <= WIRE_ADMIN_LAST, "an op");
    must(a.status <= SCRAM_STATUS_LAST, "a status");
    must(a.flags <= WIRE_FLAGS, "flags");
    must(place(a.entries.packed) == place(message) + 5 &&
             a.entries.count <= WIRE_ENTRIES_MAX,
         "entries");
    must(follows(a.text, a.entries.packed, 4), "a text");
    must(follows(a.sentence, a.text, 4) && ends_message(a.sentence) &&
             a.sentence.len <= WIRE_SENTENCE_MAX,
         "a sentence, to the end");
}

void
prove_next_entry(void)
{
    struct wire_entries entries = {any_message(), nondet_16()};
    struct wire_entries before = entries;
    struct wire_entry e;

    if (!wire_next_entry(&entries, &e))
        return;
    must_be_entry(before.packed, entries.packed, &e);
    must(is_end_of_message(entries.packed) && entries.count + 1 == before.count,
         "the next entry");
}
