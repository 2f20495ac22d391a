#include "gss/exported.h"

#include "base/pack.h"
#include "gss/context.h"

/* What a context may have, and what none is without. */
#define FLAGS (CONTEXT_FLAGS | GSS_C_CHANNEL_BOUND_FLAG)

static struct slice
key_slice(const struct exported *e)
{
    return SLICE_ARRAY(e->messages.key);
}

static size_t
name_size(const struct exported_name *name)
{
    if (name->text.len == 0)
        return 1;
    return 2 + pack_bytes_size(name->text.len) +
           pack_bytes_size(name->store.len) + pack_bytes_size(name->groups.len);
}

size_t
exported_size(const struct exported *e)
{
    return 4 + name_size(&e->target) + 4 + name_size(&e->source) +
           sizeof(e->messages.key) + 3 * 8;
}

static void
write_name(const struct exported_name *name, struct buffer *out)
{
    if (name->text.len == 0) {
        pack_number(out, 1, 0);
        return;
    }
    pack_number(out, 1, (uint64_t)name->kind + 1);
    pack_number(out, 1, name->mechanism);
    pack_bytes(out, name->text);
    pack_bytes(out, name->store);
    pack_bytes(out, name->groups);
}

void
exported_write(const struct exported *e, struct buffer *out)
{
    pack_number(out, 1, EXPORTED_VERSION);
    pack_number(out, 1, e->initiates);
    pack_number(out, 1, e->mechanism);
    pack_number(out, 1, e->audit);
    write_name(&e->target, out);
    pack_number(out, 4, e->flags);
    write_name(&e->source, out);
    buffer_put(out, key_slice(e));
    pack_number(out, 8, e->messages.next_seq);
    pack_number(out, 8, e->messages.expected);
    pack_number(out, 8, e->messages.received);
}

static bool
has_nul(struct slice s)
{
    return s.len != 0 && memchr(s.data, 0, s.len) != NULL;
}

static void
exported_read_name(struct unpack *u, struct exported_name *name)
{
    uint64_t kind = unpack_number(u, 1, NAME_SERVICE + 1);

    if (kind == 0)
        return;
    name->kind = (enum name_kind)(kind - 1);
    name->mechanism =
        (enum scram_mechanism)unpack_number(u, 1, SCRAM_MECHANISMS - 1);
    name->text = unpack_bytes(u, name->kind == NAME_USER ? SCRAM_USER_MAX
                                                         : NAME_SERVICE_MAX);
    name->store = unpack_bytes(u, NAME_STORE_MAX);
    name->groups = unpack_bytes(u, GROUPS_TEXT_MAX);
    if (name->text.len == 0 || has_nul(name->text) || has_nul(name->store) ||
        !groups_check(name->groups))
        u->failed = true;
}

/* The target, without which no initiator is, and what both sides know. */
static void
read_names_and_flags(struct unpack *u, struct exported *e)
{
    exported_read_name(u, &e->target);
    e->flags = (uint32_t)unpack_number(u, 4, FLAGS);
    if ((e->flags & ~(uint32_t)FLAGS) != 0 ||
        (e->flags & CONTEXT_FLAGS) != CONTEXT_FLAGS)
        u->failed = true;
    exported_read_name(u, &e->source);
    if (e->source.text.len == 0 || e->source.kind != NAME_USER ||
        (e->initiates && e->target.text.len == 0))
        u->failed = true;
}

bool
exported_read(struct slice bytes, struct exported *exported)
{
    struct unpack u = {bytes, false};
    struct exported e = {0};
    struct slice key; /* which has no copy here */

    if (unpack_number(&u, 1, UINT8_MAX) != EXPORTED_VERSION)
        return false;
    e.initiates = unpack_number(&u, 1, 1) != 0;
    e.mechanism =
        (enum scram_mechanism)unpack_number(&u, 1, SCRAM_MECHANISMS - 1);
    e.audit = unpack_number(&u, 1, 1) != 0;
    read_names_and_flags(&u, &e);
    key = unpack_raw(&u, sizeof(e.messages.key));
    e.messages.next_seq = unpack_number(&u, 8, UINT64_MAX);
    e.messages.expected = unpack_number(&u, 8, UINT64_MAX);
    e.messages.received = unpack_number(&u, 8, UINT64_MAX);
    if (!unpack_complete(&u))
        return false;
    *exported = e;
    memcpy(exported->messages.key, key.data, key.len);
    return true;
}
