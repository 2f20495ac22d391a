#include "daemon/admin_store.h"

#include <stdlib.h>

#include "daemon/lmdb/change.h"
#include "daemon/lmdb/store_change.h"
#include "wire/admin.h"

/* What is left of an answer for entries, or bytes of text. */
#define ROOM (WIRE_MESSAGE_MAX - WIRE_SENTENCE_MAX - 64)

/* A request under way, and what its answer will have. */
struct asked {
    struct lmdb_store *store;
    struct wire_admin_request request;
    struct wire_admin_answer answer;
    struct buffer room; /* for entries, or for text */
    struct sentence why;
};

void
admin_store_close(struct admin_store *admin)
{
    store_close(admin->store);
    free(admin->location);
    *admin = (struct admin_store){0};
}

/* Have a location's store open; it is made for the first user. */
static enum scram_status
admin_store_open(struct admin_store *admin, struct slice location, bool make,
                 struct sentence *why)
{
    enum scram_status status;

    if (admin->store != NULL &&
        slice_equal(location, slice_of(admin->location)) &&
        !lmdb_store_replaced(admin->store, NULL))
        return SCRAM_OK;
    admin_store_close(admin);
    admin->location = strndup((const char *)location.data, location.len);
    if (admin->location == NULL)
        return SCRAM_NO_MEMORY;
    status = store_open(STORE_KINDS(&store_lmdb), admin->location,
                        make ? STORE_CREATE : STORE_WRITE, &admin->store, why);
    if (status != SCRAM_OK)
        admin_store_close(admin);
    return status;
}

/* Let a new verifier keep what it does not say itself, and its user disabled
 * unless the request lets them in. */
static enum scram_status
admin_store_keep(struct asked *a, struct lmdb_change *change, struct slice user,
                 struct scram_verifier *verifier)
{
    bool enabled = verifier->enabled;
    enum scram_status status =
        lmdb_change_keep(change, user, verifier, &a->why);

    if ((a->request.flags & WIRE_KEEP_DISABLED) == 0)
        verifier->enabled = enabled;
    return status;
}

/* Put one entry of many; what becomes of it goes into the text. */
static enum scram_status
put_one(struct asked *a, struct lmdb_change *change,
        const struct wire_entry *entry)
{
    struct scram_verifier v CLEANUP_VERIFIER = {.enabled = false};
    enum scram_status status = SCRAM_BAD_ARGUMENT;
    bool wanted = false;
    uint8_t byte;

    if (wire_entry_verifier(entry, &v))
        status = store_check_put(entry->user, &v, NULL);
    wanted = v.enabled;
    if (status == SCRAM_OK)
        status = admin_store_keep(a, change, entry->user, &v);
    if (status == SCRAM_OK)
        status =
            lmdb_change_put(change, entry->user, &v,
                            (enum store_put)a->request.how, false, &a->why);
    byte = (uint8_t)status;
    if (status == SCRAM_OK && wanted && !v.enabled)
        byte |= WIRE_STAYS_DISABLED;
    buffer_put(&a->room, (struct slice){&byte, 1});
    return status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER ||
                   status == SCRAM_BAD_ARGUMENT
               ? SCRAM_OK
               : status;
}

static enum scram_status
admin_store_put(struct asked *a, struct lmdb_change *change)
{
    struct wire_entries entries = a->request.entries;
    enum scram_status status = SCRAM_OK;
    struct wire_entry entry;

    if (a->request.how > STORE_EITHER)
        return SCRAM_BAD_ARGUMENT;
    while (status == SCRAM_OK && wire_next_entry(&entries, &entry))
        status = put_one(a, change, &entry);
    a->answer.text = buffer_slice(&a->room);
    return status;
}

/* The sentence for a user who is there already, or is not. */
static enum scram_status
say_whether_there(struct asked *a, enum scram_status status)
{
    if (status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER)
        sentence_write(&a->why, "%.*s is %s in the store %s",
                       (int)a->request.user.len,
                       (const char *)a->request.user.data,
                       status == SCRAM_NO_USER ? "not" : "already",
                       a->store->shared->path);
    return status;
}

static enum scram_status
admin_store_set(struct asked *a, struct lmdb_change *change)
{
    struct scram_verifier all[SCRAM_MECHANISMS];
    struct wire_entries entries = a->request.entries;
    enum scram_status status = SCRAM_OK;
    struct wire_entry entry;
    size_t count = 0;

    if (a->request.how > STORE_EITHER || entries.count == 0 ||
        entries.count > SCRAM_MECHANISMS)
        return SCRAM_BAD_ARGUMENT;
    while (status == SCRAM_OK && wire_next_entry(&entries, &entry)) {
        struct scram_verifier *v = &all[count++];

        if (!wire_entry_verifier(&entry, v)) {
            status = SCRAM_BAD_ARGUMENT;
            count--;
            break;
        }
        status = store_check_put(a->request.user, v, &a->why);
        if (status == SCRAM_OK)
            status = admin_store_keep(a, change, a->request.user, v);
    }
    if (status == SCRAM_OK)
        status = say_whether_there(
            a,
            lmdb_change_set(change, a->request.user, all, count,
                            (enum store_put)a->request.how,
                            (a->request.flags & WIRE_PASSWORD) != 0, &a->why));
    while (count > 0)
        scram_verifier_wipe(&all[--count]);
    return status;
}

static enum scram_status
remove_user(struct asked *a, struct lmdb_change *change)
{
    enum scram_status status = store_check_user(a->request.user, &a->why);

    return status == SCRAM_OK
               ? say_whether_there(a, lmdb_change_set(change, a->request.user,
                                                      NULL, 0, STORE_REPLACE,
                                                      false, &a->why))
               : status;
}

static enum scram_status
admin_store_edit(struct asked *a, struct lmdb_change *change)
{
    struct store_edit wanted = {.what = a->request.how};
    struct wire_entries entries = a->request.entries;
    enum scram_status status = store_check_user(a->request.user, &a->why);
    struct wire_entry entry;

    if (!wire_next_entry(&entries, &entry) ||
        !groups_set(&wanted.groups, entry.groups))
        return SCRAM_BAD_ARGUMENT;
    wanted.enabled = (entry.flags & WIRE_ENABLED) != 0;
    wanted.expires = entry.expires;
    if (status == SCRAM_OK)
        status = store_check_edit(&wanted, &a->why);
    return status == SCRAM_OK
               ? say_whether_there(a, lmdb_change_edit(change, a->request.user,
                                                       &wanted, &a->why))
               : status;
}

static enum scram_status
set_decoys(struct asked *a, struct lmdb_change *change)
{
    struct secret_key key CLEANUP_KEY;
    struct wire_entries entries = a->request.entries;
    struct wire_entry entry;

    if (!wire_next_entry(&entries, &entry) ||
        entry.stored_key.len != sizeof(key.data))
        return SCRAM_BAD_ARGUMENT;
    memcpy(key.data, entry.stored_key.data, sizeof(key.data));
    lmdb_change_decoy_key(change, &key);
    return SCRAM_OK;
}

/* Make a change, in one transaction that is on disk before it is answered. */
static enum scram_status
change_store(struct asked *a,
             enum scram_status (*make)(struct asked *a, struct lmdb_change *c))
{
    struct lmdb_change *change;
    enum scram_status status =
        lmdb_change_begin(a->store->shared, &change, &a->why);

    if (status != SCRAM_OK)
        return status;
    status = make(a, change);
    if (status == SCRAM_OK)
        status = lmdb_change_commit(change, &a->why);
    lmdb_change_drop(change);
    return status;
}

/* Add an entry to the answer; false where it does not fit. */
static bool
add_record(struct asked *a, struct slice user, const struct lmdb_record *r)
{
    struct wire_entry entry =
        wire_entry_of(user, &r->verifier, (a->request.flags & WIRE_KEYS) != 0);

    entry.changed = r->changed;
    if (r->replaced != 0)
        entry.flags |= WIRE_EARLIER;
    return wire_add_entry(&a->answer.entries, &a->room, &entry);
}

static enum scram_status
admin_store_get(struct asked *a)
{
    struct lmdb_user found;
    enum scram_status status =
        lmdb_store_user(&a->store->store, a->request.user, &found, &a->why);
    int m;

    if (status != SCRAM_OK)
        return say_whether_there(a, status);
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (found.has[m])
            (void)add_record(a, a->request.user, &found.records[m]);
    lmdb_user_wipe(&found);
    return SCRAM_OK;
}

/* A list under way: where the last user begins, who comes whole or not at all.
 */
struct listing {
    struct asked *a;
    uint8_t name[SCRAM_USER_MAX];
    size_t name_len;
    struct wire_entries entries;
    size_t room;
};

/* lmdb_visit */
static enum scram_status
list_one(void *data, struct slice user, const struct lmdb_record *record)
{
    struct listing *l = data;
    struct asked *a = l->a;

    if (!slice_equal(user, (struct slice){l->name, l->name_len})) {
        memcpy(l->name, user.data, user.len);
        l->name_len = user.len;
        l->entries = a->answer.entries;
        l->room = a->room.len;
    }
    if (add_record(a, user, record))
        return SCRAM_OK;
    a->answer.entries = l->entries;
    a->room.len = l->room;
    a->answer.entries.packed = buffer_slice(&a->room);
    a->answer.flags |= WIRE_MORE;
    return SCRAM_TOO_SMALL;
}

static enum scram_status
admin_store_list(struct asked *a)
{
    struct listing l = {.a = a};
    enum scram_status status = lmdb_store_visit(
        &a->store->store, a->request.user, list_one, &l, &a->why);

    return status == SCRAM_TOO_SMALL ? SCRAM_OK : status;
}

static enum scram_status
admin_store_dispatch(struct asked *a)
{
    switch (a->request.op) {
    case WIRE_ADMIN_PUT:
        return change_store(a, admin_store_put);
    case WIRE_ADMIN_SET:
        return change_store(a, admin_store_set);
    case WIRE_ADMIN_REMOVE:
        return change_store(a, remove_user);
    case WIRE_ADMIN_EDIT:
        return change_store(a, admin_store_edit);
    case WIRE_ADMIN_DECOYS:
        return change_store(a, set_decoys);
    case WIRE_ADMIN_GET:
        return admin_store_get(a);
    case WIRE_ADMIN_LIST:
        return admin_store_list(a);
    default:
        return SCRAM_BAD_ARGUMENT;
    }
}

void
admin_store_answer(struct admin_store *admin, struct slice message,
                   struct buffer *out)
{
    uint8_t space[ROOM];
    struct asked a = {.room = BUFFER_ARRAY(space), .why = {""}};
    enum wire_admin_op op;

    if (!wire_parse_admin_request(message, &a.request))
        return; /* which was looked at before; the connection ends */
    op = a.request.op;
    a.answer.op = op;
    a.answer.status = admin_store_open(
        admin, a.request.location,
        op == WIRE_ADMIN_PUT || op == WIRE_ADMIN_SET || op == WIRE_ADMIN_DECOYS,
        &a.why);
    if (a.answer.status == SCRAM_OK) {
        a.store = lmdb_store_of(admin->store);
        a.answer.status = admin_store_dispatch(&a);
    }
    a.answer.sentence = slice_of(a.why.text);
    wire_put_admin_answer(&a.answer, out);
    OPENSSL_cleanse(space, sizeof(space));
}
