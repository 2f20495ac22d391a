/*
 * Changing users in a text file.
 */
#include "store/check.h"
#include "store/file_draft.h"
#include "store/file_fault.h"
#include "store/file_store.h"

/* Begin a change, or go on with the one that was begun. */
static enum scram_status
begin_change(struct file_store *store, struct file_draft **draft,
             struct sentence *why)
{
    *draft = store->draft;
    if (!store->writable) {
        sentence_write(why,
                       "cannot write the store %s: it was opened for "
                       "reading",
                       file_shared_path(store->shared));
        return SCRAM_STORE_FORBIDDEN;
    }
    return *draft == NULL ? file_draft_begin(store->shared, false, draft, why)
                          : SCRAM_OK;
}

/* End a change, or keep it for what follows. */
static enum scram_status
end_change(struct file_store *store, struct file_draft *draft,
           enum scram_status status, struct sentence *why)
{
    if (store->together) {
        store->draft = draft;
        return status;
    }
    if (status == SCRAM_OK)
        status = file_draft_publish(draft, why);
    file_draft_drop(draft);
    return status;
}

/* The sentence for a user who is there already, or is not. */
static void
say_whether_there(const struct file_store *store, struct slice user,
                  enum scram_status status, const char *mechanism,
                  struct sentence *why)
{
    if (status == SCRAM_USER_EXISTS || status == SCRAM_NO_USER)
        sentence_write(why, "%.*s is %s in the store %s%s%s", (int)user.len,
                       (const char *)user.data,
                       status == SCRAM_NO_USER ? "not" : "already",
                       file_shared_path(store->shared),
                       mechanism == NULL ? "" : " for ",
                       mechanism == NULL ? "" : mechanism);
}

static enum scram_status
put(struct store *base, struct slice user,
    const struct scram_verifier *verifier, enum store_put how,
    struct sentence *why)
{
    struct file_store *store = file_store_of(base);
    struct file_draft *draft;
    enum scram_status status = store_check_put(user, verifier, why);

    if (status == SCRAM_OK)
        status = begin_change(store, &draft, why);
    if (status != SCRAM_OK)
        return status;
    status = file_draft_put(draft, user, verifier, how, why);
    say_whether_there(store, user, status,
                      scram_mechanism_name(verifier->mechanism), why);
    return end_change(store, draft, status, why);
}

static enum scram_status
put_many(struct store *base, struct store_entry *entries, size_t count,
         enum store_put how, struct sentence *why)
{
    struct file_store *store = file_store_of(base);
    struct file_draft *draft;
    enum scram_status status = begin_change(store, &draft, why);
    size_t i;

    if (status != SCRAM_OK)
        return status;
    for (i = 0; i < count && status == SCRAM_OK; i++) {
        struct store_entry *e = &entries[i];

        e->status = store_check_put(e->user, e->verifier, NULL);
        if (e->status == SCRAM_OK)
            e->status = file_draft_put(draft, e->user, e->verifier, how, why);
        if (e->status != SCRAM_OK && e->status != SCRAM_USER_EXISTS &&
            e->status != SCRAM_NO_USER && e->status != SCRAM_BAD_ARGUMENT)
            status = e->status;
    }
    return end_change(store, draft, status, why);
}

static enum scram_status
set(struct store *base, struct slice user,
    const struct scram_verifier *verifiers, size_t count, enum store_put how,
    struct sentence *why)
{
    struct file_store *store = file_store_of(base);
    enum scram_status status =
        count == 0 ? SCRAM_BAD_ARGUMENT : store_check_put(user, verifiers, why);
    struct file_draft *draft;
    size_t i;

    for (i = 1; i < count && status == SCRAM_OK; i++)
        status = store_check_put(user, &verifiers[i], why);
    if (status == SCRAM_OK)
        status = begin_change(store, &draft, why);
    if (status != SCRAM_OK)
        return status;
    status = file_draft_set(draft, user, verifiers, count, how, why);
    say_whether_there(store, user, status, NULL, why);
    return end_change(store, draft, status, why);
}

static enum scram_status
remove_user(struct store *base, struct slice user, struct sentence *why)
{
    struct file_store *store = file_store_of(base);
    enum scram_status status = store_check_user(user, why);
    struct file_draft *draft;

    if (status == SCRAM_OK)
        status = begin_change(store, &draft, why);
    if (status != SCRAM_OK)
        return status;
    status = file_draft_set(draft, user, NULL, 0, STORE_REPLACE, why);
    say_whether_there(store, user, status, NULL, why);
    return end_change(store, draft, status, why);
}

static void
begin(struct store *base)
{
    file_store_of(base)->together = true;
}

static enum scram_status
commit(struct store *base, struct sentence *why)
{
    struct file_store *store = file_store_of(base);
    enum scram_status status = SCRAM_OK;

    if (store->draft != NULL)
        status = file_draft_publish(store->draft, why);
    file_draft_drop(store->draft);
    store->draft = NULL;
    store->together = false;
    return status;
}

/* Make an empty store where nothing is. */
static enum scram_status
make(struct slice location, struct sentence *why)
{
    struct slice path = location, scheme;
    struct file_draft *draft = NULL;
    struct file_shared *shared;
    enum scram_status status;

    (void)slice_take_until(&path, ':', &scheme);
    status = file_shared_join(path, &shared, why);
    if (status != SCRAM_OK)
        return status;
    status = file_draft_begin(shared, true, &draft, why);
    if (status == SCRAM_OK)
        status = file_draft_publish(draft, why);
    file_draft_drop(draft);
    file_shared_leave(shared);
    return status;
}

static enum scram_status
open_writer(struct slice location, enum store_mode mode, struct store **opened,
            struct sentence *why)
{
    enum scram_status status = file_open(location, mode, opened, why);

    if (status == SCRAM_STORE_ABSENT && mode == STORE_CREATE) {
        status = make(location, why);
        if (status == SCRAM_OK)
            status = file_open(location, mode, opened, why);
    }
    if (status != SCRAM_OK)
        return status;
    (*opened)->ops = &store_file_writer;
    file_store_of(*opened)->writable = mode != STORE_READ;
    return SCRAM_OK;
}

static void
close_writer(struct store *base)
{
    file_draft_drop(file_store_of(base)->draft);
    file_close(base);
}

const struct store_ops store_file_writer = {
    .schemes = {"file"},
    .open = open_writer,
    .look_up = file_look_up,
    .put = put,
    .put_many = put_many,
    .set = set,
    .remove = remove_user,
    .begin = begin,
    .commit = commit,
    .iterate = file_iterate,
    .close = close_writer,
};
