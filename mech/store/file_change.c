/*
 * Changing users in a text file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "store/file_draft.h"
#include "store/file_fault.h"
#include "store/file_store.h"

static void
today(struct file_draft *d)
{
    struct date_text day = date_write((uint64_t)time(NULL));

    if (strlen(day.text) == DATE_LEN)
        snprintf(d->changed, sizeof(d->changed), " changed=%s", day.text);
}

static void
file_change_drop(struct file_draft *d)
{
    if (d->process == getpid()) /* a child leaves it to its parent */
        file_place_leave(&d->place);
    file_image_release(d->old);
    file_changes_clear(&d->changes);
    OPENSSL_cleanse(d->texts, sizeof(d->texts));
    free(d);
}

/*
 * Begin to change the file that is at the path.
 *
 * @param make   whether there may be none, or an empty one: an empty store is
 *               made then, even when nobody is put into it
 * @param draft  set on SCRAM_OK alone; release it with drop
 * @return SCRAM_OK, or as store_open does
 */
static enum scram_status
draft_begin(struct file_shared *shared, bool make, struct file_draft **draft,
            struct sentence *why)
{
    struct file_draft *d = calloc(1, sizeof(*d));
    enum scram_status status;
    int error;

    if (d == NULL)
        return file_fault_memory(why);
    d->shared = shared;
    d->path = file_shared_path(shared);
    d->process = getpid();
    d->place = (struct file_place){.folder = -1, .lock = -1};
    today(d);
    status = file_place_take(d->path, &d->place, why);
    if (status == SCRAM_OK) {
        /* What is there now, which nobody changes while the lock is held. */
        file_shared_renew(shared, NULL);
        status = file_shared_take(shared, &d->old, why);
        if (status == SCRAM_STORE_ABSENT && make)
            status = SCRAM_OK;
    }
    if (status == SCRAM_OK && (error = file_draft_check_old(d)) != 0)
        status = file_fault_write(d->path, error, why);
    if (status == SCRAM_OK)
        *draft = d;
    else
        file_change_drop(d);
    return status;
}

/* struct store_ops' begin */
static enum scram_status
file_change_begin(struct store *base, struct store_transaction **transaction,
                  struct sentence *why)
{
    struct file_draft *draft;
    enum scram_status status =
        draft_begin(file_store_of(base)->shared, false, &draft, why);

    if (status != SCRAM_OK)
        return status;
    draft->transaction.store = base;
    *transaction = &draft->transaction;
    return SCRAM_OK;
}

/* struct store_ops' end */
static enum scram_status
file_change_end(struct store_transaction *transaction, bool keep,
                struct sentence *why)
{
    struct file_draft *draft = (struct file_draft *)transaction;
    enum scram_status status = keep ? file_draft_publish(draft, why) : SCRAM_OK;

    file_change_drop(draft);
    return status;
}

/* What there is of a user for a mechanism. */
struct there {
    uint8_t key_space[FILE_KEY_MAX];
    struct slice key;
    bool is;
    struct file_line line; /* if it is; in the draft's changes or texts */
    struct file_span old;
};

static enum scram_status
file_change_find(struct file_draft *d, struct slice name,
                 enum scram_mechanism mechanism, struct there *there,
                 struct sentence *why)
{
    struct buffer key = BUFFER_ARRAY(there->key_space);
    const struct file_change *change;

    file_key(name, mechanism, &key);
    there->key = buffer_slice(&key);
    there->is = false;
    there->old = (struct file_span){0};
    change = file_changes_find(&d->changes, there->key);
    if (change != NULL) {
        struct slice text = file_change_text(change);

        there->is = text.len > 0 &&
                    file_line_parse((struct slice){text.data, text.len - 1},
                                    &there->line) == FILE_SOUND;
        return SCRAM_OK;
    }
    if (d->old == NULL)
        return SCRAM_OK;
    switch (file_image_find(d->old, there->key, &d->texts[mechanism],
                            &there->line, &there->old)) {
    case FILE_FOUND:
        there->is = true;
        return SCRAM_OK;
    case FILE_NOBODY:
        return SCRAM_OK;
    case FILE_CHANGED:
        return file_fault_write(d->path, ESTALE, why);
    default:
        return file_fault_read(d->path, errno, why);
    }
}

/* Let a text, or nothing, stand where something else or nothing stands. */
static enum scram_status
put_text(struct file_draft *d, const struct there *there, struct slice text,
         struct sentence *why)
{
    return file_changes_put(&d->changes, there->key, there->old, text)
               ? SCRAM_OK
               : file_fault_memory(why);
}

/* Whether a line says what a verifier does already. */
static bool
says(const struct file_line *line, const struct scram_verifier *v)
{
    struct scram_verifier old CLEANUP_VERIFIER;
    size_t len = scram_hash_len(v->mechanism);

    return file_line_verifier(line, &old) == SCRAM_OK &&
           line->barred == !v->enabled && old.iterations == v->iterations &&
           old.salt_len == v->salt_len && old.expires == v->expires &&
           slice_equal(groups_slice(&old.groups), groups_slice(&v->groups)) &&
           secret_equal(old.salt, v->salt, v->salt_len) &&
           secret_equal(old.stored_key.data, v->stored_key.data, len) &&
           secret_equal(old.server_key.data, v->server_key.data, len);
}

/* The keys that a new line has: those of the old one, the day, and the
 * verifier's. */
static void
write_keys(const struct file_draft *d, const struct there *there,
           const struct scram_verifier *v, struct buffer *keys)
{
    struct date_text expires = date_write_last(v->expires);
    struct slice rest = there->line.keys, one;

    buffer_put(keys, slice_of(d->changed));
    if (v->expires != 0) {
        buffer_put(keys, SLICE(" expires="));
        buffer_put(keys, slice_of(expires.text));
    }
    if (v->groups.len != 0) {
        buffer_put(keys, SLICE(" groups="));
        file_value_write(groups_slice(&v->groups), keys);
    }
    while (there->is && file_line_next_key(&rest, &one))
        if (!slice_starts_with(one, SLICE(" changed=")) &&
            !slice_starts_with(one, SLICE(" expires=")) &&
            !slice_starts_with(one, SLICE(" groups=")))
            buffer_put(keys, one);
}

/* Put a verifier where something, or nothing, is. */
static enum scram_status
file_change_put_there(struct file_draft *d, struct slice name,
                      const struct there *there,
                      const struct scram_verifier *verifier,
                      struct sentence *why)
{
    uint8_t text_space[FILE_LINE_MAX + 1], keys_space[FILE_LINE_MAX];
    struct buffer text = BUFFER_ARRAY(text_space);
    struct buffer keys = BUFFER_ARRAY(keys_space);
    enum scram_status status;

    if (there->is && says(&there->line, verifier))
        return SCRAM_OK;
    write_keys(d, there, verifier, &keys);
    file_line_format(name, verifier, buffer_slice(&keys), &text);
    if (keys.overflow || text.overflow) {
        sentence_write(why,
                       "the user's line in %s would have more than %d "
                       "bytes",
                       d->path, FILE_LINE_MAX);
        status = SCRAM_BAD_ARGUMENT;
    } else {
        status = put_text(d, there, buffer_slice(&text), why);
    }
    OPENSSL_cleanse(text_space, sizeof(text_space));
    return status;
}

/* What a user gets for a mechanism; NULL: nothing. */
static const struct scram_verifier *
file_change_verifier_for(const struct store_change *c,
                         enum scram_mechanism mechanism)
{
    size_t i;

    for (i = 0; i < c->count; i++)
        if (c->verifiers[i].mechanism == mechanism)
            return &c->verifiers[i];
    return NULL;
}

/* struct store_ops' change */
static enum scram_status
file_change_one(struct store_transaction *transaction,
                const struct store_change *c, struct sentence *why)
{
    struct file_draft *d = (struct file_draft *)transaction;
    const struct scram_verifier *verifiers[SCRAM_MECHANISMS];
    struct there there[SCRAM_MECHANISMS];
    uint8_t name_space[FILE_NAME_MAX];
    struct buffer name = BUFFER_ARRAY(name_space);
    enum scram_status status = SCRAM_OK;
    bool has = false;
    int m;

    file_name_write(c->user, &name);
    for (m = 0; m < SCRAM_MECHANISMS && status == SCRAM_OK; m++) {
        there[m].is = false;
        verifiers[m] = file_change_verifier_for(c, (enum scram_mechanism)m);
        if (c->whole || verifiers[m] != NULL)
            status = file_change_find(d, buffer_slice(&name),
                                      (enum scram_mechanism)m, &there[m], why);
        has = has || there[m].is;
    }
    if (status == SCRAM_OK)
        status = store_may_change(transaction->store, c, has, why);
    for (m = 0; m < SCRAM_MECHANISMS && status == SCRAM_OK; m++) {
        if (verifiers[m] != NULL)
            status = file_change_put_there(d, buffer_slice(&name), &there[m],
                                           verifiers[m], why);
        else if (there[m].is)
            status = put_text(d, &there[m], (struct slice){NULL, 0}, why);
    }
    return status;
}

/* Make an empty store where nothing is. */
static enum scram_status
file_change_make(struct slice location, struct sentence *why)
{
    struct slice path = location, scheme;
    struct file_shared *shared;
    struct file_draft *draft;
    enum scram_status status;

    (void)slice_take_until(&path, ':', &scheme);
    status = file_shared_join(path, &shared, why);
    if (status != SCRAM_OK)
        return status;
    status = draft_begin(shared, true, &draft, why);
    if (status == SCRAM_OK)
        status = file_change_end(&draft->transaction, true, why);
    file_shared_leave(shared);
    return status;
}

static enum scram_status
open_writer(struct slice location, enum store_mode mode, struct store **opened,
            struct sentence *why)
{
    enum scram_status status = file_open(location, mode, opened, why);

    if (status == SCRAM_STORE_ABSENT && mode == STORE_CREATE) {
        status = file_change_make(location, why);
        if (status == SCRAM_OK)
            status = file_open(location, mode, opened, why);
    }
    if (status == SCRAM_OK)
        (*opened)->ops = &store_file_writer;
    return status;
}

const struct store_ops store_file_writer = {
    .schemes = {"file"},
    .open = open_writer,
    .look_up = file_look_up,
    .iterate = file_iterate,
    .close = file_close,
    .begin = file_change_begin,
    .change = file_change_one,
    .end = file_change_end,
};
