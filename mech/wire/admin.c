#include "wire/admin.h"

#include "wire/parts.h"

#define KEY_MAX sizeof(struct secret_key)

/* entry = user mechanism flags iterations changed expires groups salt
 *         StoredKey ServerKey */
static void
wire_admin_take_entry(struct unpack *u, struct wire_entry *e)
{
    size_t hash_len;

    e->user = unpack_bytes(u, SCRAM_USER_MAX);
    e->mechanism =
        (enum scram_mechanism)unpack_number(u, 1, SCRAM_MECHANISMS - 1);
    e->flags = (uint8_t)unpack_number(u, 1, WIRE_FLAGS);
    e->iterations = (uint32_t)unpack_number(u, 4, INT32_MAX);
    e->changed = unpack_number(u, 8, UINT64_MAX);
    e->expires = unpack_number(u, 8, UINT64_MAX);
    e->groups = unpack_bytes(u, GROUPS_TEXT_MAX);
    e->salt = unpack_bytes(u, SCRAM_SALT_MAX);
    e->stored_key = unpack_bytes(u, KEY_MAX);
    e->server_key = unpack_bytes(u, KEY_MAX);
    hash_len = scram_hash_len(e->mechanism);
    if (!groups_check(e->groups))
        u->failed = true;
    if ((e->stored_key.len != 0 && e->stored_key.len != hash_len) ||
        (e->server_key.len != 0 && e->server_key.len != hash_len))
        u->failed = true;
}

/* Take as many entries as are said to be there. */
static struct wire_entries
take_entries(struct unpack *u)
{
    struct wire_entries entries = {
        .count = (uint16_t)unpack_number(u, 2, WIRE_ENTRIES_MAX)};
    struct slice before = u->rest;
    struct wire_entry ignored;
    unsigned i;

    for (i = 0; i < entries.count && !u->failed; i++)
        wire_admin_take_entry(u, &ignored);
    if (!u->failed)
        entries.packed = slice_before(before, u->rest);
    return entries;
}

static enum wire_admin_op
take_op(struct unpack *u)
{
    uint64_t op = unpack_number(u, 1, WIRE_ADMIN_LAST);

    if (op < WIRE_ADMIN_PUT)
        u->failed = true;
    return (enum wire_admin_op)op;
}

bool
wire_parse_admin_request(struct slice message,
                         struct wire_admin_request *request)
{
    struct unpack u = {message, message.len > WIRE_MESSAGE_MAX};
    struct wire_admin_request r;

    r.op = take_op(&u);
    r.location = unpack_bytes(&u, WIRE_LOCATION_MAX);
    r.user = unpack_bytes(&u, SCRAM_USER_MAX);
    r.how = (uint8_t)unpack_number(&u, 1, UINT8_MAX);
    r.flags = (uint8_t)unpack_number(&u, 1, WIRE_FLAGS);
    r.number = unpack_number(&u, 8, UINT64_MAX);
    r.entries = take_entries(&u);
    if (!unpack_complete(&u))
        return false;
    *request = r;
    return true;
}

bool
wire_parse_admin_answer(struct slice message, struct wire_admin_answer *answer)
{
    struct unpack u = {message, message.len > WIRE_MESSAGE_MAX};
    struct wire_admin_answer a;

    a.op = take_op(&u);
    a.status = unpack_status(&u);
    a.flags = (uint8_t)unpack_number(&u, 1, WIRE_FLAGS);
    a.entries = take_entries(&u);
    a.text = unpack_bytes(&u, WIRE_MESSAGE_MAX);
    a.sentence = unpack_bytes(&u, WIRE_SENTENCE_MAX);
    if (!unpack_complete(&u))
        return false;
    *answer = a;
    return true;
}

void
wire_put_admin_request(const struct wire_admin_request *r, struct buffer *out)
{
    pack_number(out, 1, r->op);
    pack_bytes(out, r->location);
    pack_bytes(out, r->user);
    pack_number(out, 1, r->how);
    pack_number(out, 1, r->flags);
    pack_number(out, 8, r->number);
    pack_number(out, 2, r->entries.count);
    buffer_put(out, r->entries.packed);
}

void
wire_put_admin_answer(const struct wire_admin_answer *a, struct buffer *out)
{
    pack_number(out, 1, a->op);
    pack_number(out, 1, a->status);
    pack_number(out, 1, a->flags);
    pack_number(out, 2, a->entries.count);
    buffer_put(out, a->entries.packed);
    pack_bytes(out, a->text);
    pack_sentence(out, a->sentence);
}

bool
wire_add_entry(struct wire_entries *entries, struct buffer *out,
               const struct wire_entry *e)
{
    struct buffer tried = *out;

    pack_bytes(&tried, e->user);
    pack_number(&tried, 1, e->mechanism);
    pack_number(&tried, 1, e->flags);
    pack_number(&tried, 4, e->iterations);
    pack_number(&tried, 8, e->changed);
    pack_number(&tried, 8, e->expires);
    pack_bytes(&tried, e->groups);
    pack_bytes(&tried, e->salt);
    pack_bytes(&tried, e->stored_key);
    pack_bytes(&tried, e->server_key);
    if (tried.overflow || entries->count == WIRE_ENTRIES_MAX)
        return false;
    *out = tried;
    entries->packed = buffer_slice(out);
    entries->count++;
    return true;
}

bool
wire_next_entry(struct wire_entries *entries, struct wire_entry *entry)
{
    struct unpack u = {.rest = entries->packed};

    if (entries->count == 0)
        return false;
    wire_admin_take_entry(&u, entry);
    entries->packed = u.rest;
    entries->count--;
    return !u.failed;
}

struct wire_entry
wire_entry_of(struct slice user, const struct scram_verifier *v, bool keys)
{
    size_t len = keys ? scram_hash_len(v->mechanism) : 0;

    return (struct wire_entry){
        .user = user,
        .mechanism = v->mechanism,
        .flags = v->enabled ? WIRE_ENABLED : 0,
        .iterations = v->iterations,
        .expires = v->expires,
        .groups = groups_slice(&v->groups),
        .salt = {v->salt, v->salt_len},
        .stored_key = {v->stored_key.data, len},
        .server_key = {v->server_key.data, len},
    };
}

bool
wire_entry_verifier(const struct wire_entry *e, struct scram_verifier *verifier)
{
    struct scram_verifier v CLEANUP_VERIFIER = {
        .mechanism = e->mechanism,
        .iterations = e->iterations,
        .salt_len = (uint8_t)e->salt.len,
        .enabled = (e->flags & WIRE_ENABLED) != 0,
        .expires = e->expires,
    };

    if (!groups_set(&v.groups, e->groups))
        return false;
    if (e->salt.len == 0 || e->stored_key.len == 0 || e->server_key.len == 0)
        return false;
    memcpy(v.salt, e->salt.data, e->salt.len);
    memcpy(v.stored_key.data, e->stored_key.data, e->stored_key.len);
    memcpy(v.server_key.data, e->server_key.data, e->server_key.len);
    *verifier = v;
    return true;
}
