#include "broker_store.h"

#include <stdlib.h>
#include <string.h>

#include "broker.h"

/* Bytes for entries that leave room in a message for all else. */
#define ROOM (WIRE_MESSAGE_MAX - WIRE_LOCATION_MAX - SCRAM_USER_MAX - 64)

struct broker_store {
    struct store store;
    struct store_transaction transaction; /* which has nothing of its own */
    struct broker *broker;
    char *location;
    bool keys;
};

static struct broker_store *
store_of(struct store *base)
{
    return (struct broker_store *)base;
}

bool
broker_store_is(const char *location)
{
    return strncmp(location, "lmdb:", 5) == 0;
}

void
broker_store_show_keys(struct store *base)
{
    if (base->ops == &store_broker)
        store_of(base)->keys = true;
}

static void
broker_store_close(struct store *base)
{
    struct broker_store *s = store_of(base);

    broker_close(s->broker);
    free(s->location);
    free(s);
}

/* A request for the store. */
static struct wire_admin_request
request_of(const struct broker_store *s, enum wire_admin_op op,
           struct slice user)
{
    return (struct wire_admin_request){
        .op = op, .location = slice_of(s->location), .user = user};
}

/* Ask for a user, to see whether there is a store. */
static enum scram_status
broker_store_try(struct broker_store *s, enum store_mode mode,
                 struct sentence *why)
{
    struct wire_admin_request r = request_of(s, WIRE_ADMIN_GET, SLICE("a"));
    struct wire_admin_answer answer;
    enum scram_status status = broker_do(s->broker, &r, &answer, why);

    return status == SCRAM_NO_USER ||
                   (status == SCRAM_STORE_ABSENT && mode == STORE_CREATE)
               ? SCRAM_OK
               : status;
}

static enum scram_status
broker_store_open(struct slice location, enum store_mode mode,
                  struct store **opened, struct sentence *why)
{
    struct broker_store *s = calloc(1, sizeof(*s));
    enum scram_status status = SCRAM_NO_MEMORY;

    if (s == NULL)
        return status;
    s->store.ops = &store_broker;
    s->location = strndup((const char *)location.data, location.len);
    if (s->location != NULL)
        status = broker_open(&s->broker, why);
    /* That gss-scramd is not there does not say that the store is not. */
    if (status == SCRAM_STORE_ABSENT)
        status = SCRAM_STORE_FAILED;
    if (status == SCRAM_OK)
        status = broker_store_try(s, mode, why);
    if (status != SCRAM_OK) {
        broker_store_close(&s->store);
        return status;
    }
    s->store.name = s->location;
    s->transaction.store = &s->store;
    *opened = &s->store;
    return SCRAM_OK;
}

/* The verifier of an entry; without keys where it has none. */
static void
broker_store_take_entry(const struct wire_entry *entry,
                        struct scram_verifier *verifier)
{
    if (!wire_entry_verifier(entry, verifier)) {
        *verifier = (struct scram_verifier){
            .mechanism = entry->mechanism,
            .iterations = entry->iterations,
            .salt_len = (uint8_t)entry->salt.len,
            .enabled = (entry->flags & WIRE_ENABLED) != 0,
            .expires = entry->expires,
        };
        (void)groups_set(&verifier->groups, entry->groups);
        memcpy(verifier->salt, entry->salt.data, entry->salt.len);
    }
    verifier->changed = entry->changed;
}

static enum scram_status
broker_store_look_up(struct store *base, enum scram_mechanism mechanism,
                     struct slice user, bool salted,
                     struct scram_verifier *verifier, struct sentence *why)
{
    struct broker_store *s = store_of(base);
    struct wire_admin_request r = request_of(s, WIRE_ADMIN_GET, user);
    struct wire_admin_answer answer;
    struct wire_entry entry;
    enum scram_status status;

    (void)salted;
    r.flags = s->keys ? WIRE_KEYS : 0;
    status = broker_do(s->broker, &r, &answer, why);
    if (status != SCRAM_OK)
        return status;
    while (wire_next_entry(&answer.entries, &entry))
        if (entry.mechanism == mechanism) {
            broker_store_take_entry(&entry, verifier);
            return SCRAM_OK;
        }
    return SCRAM_NO_USER;
}

/* How a status of an entry is the caller's. */
static enum scram_status
status_of(uint8_t byte)
{
    return (enum scram_status)(byte & ~WIRE_STAYS_DISABLED);
}

/* Put as many as fit into one message; returns how many in @p sent. */
static enum scram_status
broker_store_put_some(struct broker_store *s, struct store_entry *entries,
                      size_t count, struct wire_admin_request *r,
                      bool *disabled, size_t *sent, struct sentence *why)
{
    uint8_t space[ROOM];
    struct buffer packed = BUFFER_ARRAY(space);
    struct wire_admin_answer answer;
    enum scram_status status;
    size_t i, n;

    r->entries = (struct wire_entries){.count = 0};
    for (n = 0; n < count; n++) {
        struct wire_entry e =
            wire_entry_of(entries[n].user, entries[n].verifier, true);

        if (!wire_add_entry(&r->entries, &packed, &e))
            break;
    }
    status = broker_do(s->broker, r, &answer, why);
    OPENSSL_cleanse(space, sizeof(space));
    if (status == SCRAM_OK && answer.text.len != n) {
        sentence_write(why, "gss-scramd's answer cannot be read; are both of "
                            "the same version?");
        status = SCRAM_STORE_FAILED;
    }
    for (i = 0; i < n && status == SCRAM_OK; i++) {
        entries[i].status = status_of(answer.text.data[i]);
        if (disabled != NULL)
            disabled[i] = (answer.text.data[i] & WIRE_STAYS_DISABLED) != 0;
    }
    *sent = n;
    return status;
}

/* Put all, with the flags of PUT. One that cannot be put is not sent. */
static enum scram_status
broker_store_put_all(struct broker_store *s, struct store_entry *entries,
                     size_t count, enum store_put how, uint8_t flags,
                     bool *disabled, struct sentence *why)
{
    struct wire_admin_request r = request_of(s, WIRE_ADMIN_PUT, SLICE(""));
    enum scram_status status = SCRAM_OK;
    size_t done = 0, n;

    r.how = (uint8_t)how;
    r.flags = flags;
    while (status == SCRAM_OK && done < count) {
        for (n = 0; done + n < count; n++) {
            struct store_entry *e = &entries[done + n];

            e->status = store_check_put(e->user, e->verifier, NULL);
            if (e->status != SCRAM_OK)
                break;
        }
        if (n == 0) {
            done++;
            continue;
        }
        status = broker_store_put_some(
            s, entries + done, n, &r, disabled == NULL ? NULL : disabled + done,
            &n, why);
        if (status == SCRAM_OK)
            done += n;
    }
    for (; done < count; done++)
        entries[done].status = status;
    return status;
}

enum scram_status
broker_store_put(struct store *base, struct store_entry *entries, size_t count,
                 enum store_put how, bool enable, bool *disabled,
                 struct sentence *why)
{
    return broker_store_put_all(store_of(base), entries, count, how,
                                enable ? 0 : WIRE_KEEP_DISABLED, disabled, why);
}

/* Put verifiers beside what else the user has, one after another. */
static enum scram_status
broker_store_put_change(struct broker_store *s, const struct store_change *c,
                        struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    size_t i;

    for (i = 0; i < c->count && status == SCRAM_OK; i++) {
        struct store_entry entry = {c->user, &c->verifiers[i], SCRAM_OK};

        status = broker_store_put_all(s, &entry, 1, c->how, 0, NULL, why);
        if (status == SCRAM_OK)
            status = entry.status;
    }
    return status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER
               ? store_may_change(&s->store, c, status == SCRAM_USER_EXISTS,
                                  why)
               : status;
}

/* Let a user have these verifiers, or none, and no others. */
static enum scram_status
broker_store_set(struct broker_store *s, const struct store_change *c,
                 struct sentence *why)
{
    struct wire_admin_request r = request_of(
        s, c->count == 0 ? WIRE_ADMIN_REMOVE : WIRE_ADMIN_SET, c->user);
    uint8_t space[SCRAM_MECHANISMS * (SCRAM_USER_MAX + GROUPS_TEXT_MAX + 256)];
    struct buffer packed = BUFFER_ARRAY(space);
    struct wire_admin_answer answer;
    enum scram_status status;
    size_t i;

    r.how = (uint8_t)c->how;
    /* It is a person's new password, and nobody is let in by it. */
    r.flags = WIRE_PASSWORD | WIRE_KEEP_DISABLED;
    for (i = 0; i < c->count; i++) {
        struct wire_entry e = wire_entry_of(c->user, &c->verifiers[i], true);

        if (!wire_add_entry(&r.entries, &packed, &e))
            return SCRAM_BAD_ARGUMENT;
    }
    status = broker_do(s->broker, &r, &answer, why);
    OPENSSL_cleanse(space, sizeof(space));
    return status;
}

static enum scram_status
broker_store_edit(struct store *base, struct slice user,
                  const struct store_edit *wanted, struct sentence *why)
{
    struct broker_store *s = store_of(base);
    struct wire_admin_request r = request_of(s, WIRE_ADMIN_EDIT, user);
    const struct wire_entry e = {.user = user,
                                 .flags = wanted->enabled ? WIRE_ENABLED : 0,
                                 .expires = wanted->expires,
                                 .groups = groups_slice(&wanted->groups)};
    uint8_t space[SCRAM_USER_MAX + GROUPS_TEXT_MAX + 64];
    struct buffer packed = BUFFER_ARRAY(space);
    struct wire_admin_answer answer;

    r.how = (uint8_t)wanted->what;
    (void)wire_add_entry(&r.entries, &packed, &e);
    return broker_do(s->broker, &r, &answer, why);
}

enum scram_status
broker_store_decoys(struct store *base, const struct secret_key *key,
                    struct sentence *why)
{
    struct broker_store *s = store_of(base);
    struct wire_admin_request r = request_of(s, WIRE_ADMIN_DECOYS, SLICE(""));
    const struct wire_entry e = {.stored_key = SLICE_ARRAY(key->data)};
    uint8_t space[256];
    struct buffer packed = BUFFER_ARRAY(space);
    struct wire_admin_answer answer;
    enum scram_status status;

    (void)wire_add_entry(&r.entries, &packed, &e);
    status = broker_do(s->broker, &r, &answer, why);
    OPENSSL_cleanse(space, sizeof(space));
    return status;
}

static enum scram_status
broker_store_begin(struct store *base, struct store_transaction **transaction,
                   struct sentence *why)
{
    (void)why;
    *transaction = &store_of(base)->transaction;
    return SCRAM_OK;
}

/* Each is made by itself. */
static enum scram_status
broker_store_change(struct store_transaction *transaction,
                    const struct store_change *c, struct sentence *why)
{
    struct broker_store *s = store_of(transaction->store);

    return c->whole ? broker_store_set(s, c, why)
                    : broker_store_put_change(s, c, why);
}

static enum scram_status
broker_store_end(struct store_transaction *transaction, bool keep,
                 struct sentence *why)
{
    (void)transaction;
    (void)keep;
    (void)why;
    return SCRAM_OK;
}

/* Visit the users behind one; @p after is the last of them then. */
static enum scram_status
visit_some(struct broker_store *s, struct buffer *after, store_visit *visit,
           void *data, bool *more, struct sentence *why)
{
    struct wire_admin_request r =
        request_of(s, WIRE_ADMIN_LIST, buffer_slice(after));
    struct wire_admin_answer answer;
    struct wire_entry entry;
    enum scram_status status;

    r.flags = s->keys ? WIRE_KEYS : 0;
    status = broker_do(s->broker, &r, &answer, why);
    *more = status == SCRAM_OK && (answer.flags & WIRE_MORE) != 0 &&
            answer.entries.count > 0;
    while (status == SCRAM_OK && wire_next_entry(&answer.entries, &entry)) {
        struct scram_verifier v CLEANUP_VERIFIER;

        broker_store_take_entry(&entry, &v);
        after->len = 0;
        buffer_put(after, entry.user);
        status = visit(data, entry.user, &v);
    }
    return status;
}

/* Users who come or go meanwhile may be among them or not. */
static enum scram_status
broker_store_iterate(struct store *base, store_visit *visit, void *data,
                     struct sentence *why)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer after = BUFFER_ARRAY(space);
    enum scram_status status;
    bool more;

    do
        status = visit_some(store_of(base), &after, visit, data, &more, why);
    while (status == SCRAM_OK && more);
    return status;
}

const struct store_ops store_broker = {
    .schemes = {"lmdb"},
    .open = broker_store_open,
    .look_up = broker_store_look_up,
    .iterate = broker_store_iterate,
    .close = broker_store_close,
    .begin = broker_store_begin,
    .change = broker_store_change,
    .end = broker_store_end,
    .edit = broker_store_edit,
};
