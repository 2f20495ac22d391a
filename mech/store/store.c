#include "store/store.h"

#include "base/config.h"
#include "base/date.h"

/* The kind of a program's that a scheme is of; NULL when it has none. */
static const struct store_ops *
store_find_kind(store_kinds kinds, struct slice scheme)
{
    const char *const *s;

    for (; *kinds != NULL; kinds++)
        for (s = (*kinds)->schemes; *s != NULL; s++)
            if (slice_equal(scheme, slice_of(*s)))
                return *kinds;
    return NULL;
}

/* Whether gss-scramd has a kind of that scheme. */
static bool
is_for_broker(struct slice scheme)
{
    return slice_equal(scheme, SLICE("lmdb")) ||
           slice_equal(scheme, SLICE("ldap")) ||
           slice_equal(scheme, SLICE("ldaps")) ||
           slice_equal(scheme, SLICE("ldapi"));
}

enum scram_status
store_open(store_kinds kinds, const char *location, enum store_mode mode,
           struct store **store, struct sentence *why)
{
    struct slice rest = slice_of(location), scheme;
    const struct store_ops *ops = NULL;
    enum scram_status status;

    if (slice_take_until(&rest, ':', &scheme)) {
        ops = store_find_kind(kinds, scheme);
        if (ops == NULL && is_for_broker(scheme)) {
            sentence_write(
                why,
                "%s is for gss-scramd to open. Start "
                "gss-scramd.socket, and set broker = " CONFIG_INSTALLED_BROKER
                " in %s",
                location, config_path());
            return SCRAM_BAD_LOCATION;
        }
    }
    if (ops == NULL) {
        sentence_write(why,
                       "\"%s\" is not the location of a store; write one as "
                       "in \"" CONFIG_DEFAULT_STORE "\" or "
                       "\"ldap://ldap.example.org\"",
                       location);
        return SCRAM_BAD_LOCATION;
    }
    if (mode != STORE_READ && ops->change == NULL) {
        sentence_write(why,
                       "this program reads the store %s and cannot change it; "
                       "\"gss-scram user\" does",
                       location);
        return SCRAM_STORE_FORBIDDEN;
    }
    status = ops->open(slice_of(location), mode, store, why);
    if (status == SCRAM_OK)
        (*store)->writable = mode != STORE_READ;
    return status;
}

enum scram_status
store_check_user(struct slice user, struct sentence *why)
{
    if (user.len > 0 && user.len <= SCRAM_USER_MAX &&
        memchr(user.data, '\0', user.len) == NULL)
        return SCRAM_OK;
    sentence_write(why, "a user's name has 1 to %d bytes, none of them NUL",
                   SCRAM_USER_MAX);
    return SCRAM_BAD_ARGUMENT;
}

static enum scram_status
store_look_up_any(struct store *store, enum scram_mechanism mechanism,
                  struct slice user, bool salted,
                  struct scram_verifier *verifier, struct sentence *why)
{
    enum scram_status status = store_check_user(user, why);

    if (status != SCRAM_OK)
        return status;
    return store->ops->look_up(store, mechanism, user, salted, verifier, why);
}

enum scram_status
store_look_up(struct store *store, enum scram_mechanism mechanism,
              struct slice user, struct scram_verifier *verifier,
              struct sentence *why)
{
    return store_look_up_any(store, mechanism, user, true, verifier, why);
}

enum scram_status
store_look_up_keys(struct store *store, enum scram_mechanism mechanism,
                   struct slice user, struct scram_verifier *verifier,
                   struct sentence *why)
{
    return store_look_up_any(store, mechanism, user, false, verifier, why);
}

void
store_mark_stale(struct store *store, struct slice user)
{
    if (store->ops->mark_stale != NULL)
        store->ops->mark_stale(store, user);
}

/* A day has four digits of a year. */
static enum scram_status
store_check_facts(uint64_t expires, const struct groups *groups,
                  struct sentence *why)
{
    if (expires > DATE_END) {
        sentence_write(why, "a user expires before the year 10000, or never");
        return SCRAM_BAD_ARGUMENT;
    }
    if (groups->len <= GROUPS_TEXT_MAX && groups_check(groups_slice(groups)))
        return SCRAM_OK;
    sentence_write(why,
                   "a user has up to %d groups, each once, with names of 1 to "
                   "%d bytes of UTF-8 without commas, control characters, and "
                   "blanks at an end, and %d bytes in all with a comma between "
                   "them",
                   GROUPS_MAX, GROUPS_NAME_MAX, GROUPS_TEXT_MAX);
    return SCRAM_BAD_ARGUMENT;
}

enum scram_status
store_check_put(struct slice user, const struct scram_verifier *v,
                struct sentence *why)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(space);
    enum scram_status status = store_check_user(user, why);

    if (status != SCRAM_OK)
        return status;
    if (scram_prepare_user(user, &prepared) != SCRAM_OK ||
        !slice_equal(buffer_slice(&prepared), user)) {
        sentence_write(why, "a user's name has to be in SASLprep's form");
        return SCRAM_BAD_ARGUMENT;
    }
    if (v->mechanism >= SCRAM_MECHANISMS || v->iterations == 0 ||
        v->iterations > INT32_MAX || v->salt_len == 0 ||
        v->salt_len > SCRAM_SALT_MAX) {
        sentence_write(why, "the verifier has no mechanism, salt or count");
        return SCRAM_BAD_ARGUMENT;
    }
    return store_check_facts(v->expires, &v->groups, why);
}

enum scram_status
store_check_edit(const struct store_edit *edit, struct sentence *why)
{
    if (edit->what == 0 || (edit->what & ~(unsigned)STORE_EDIT_ALL) != 0) {
        sentence_write(why, "it is not known what is to change of the user");
        return SCRAM_BAD_ARGUMENT;
    }
    return store_check_facts(edit->expires, &edit->groups, why);
}

void
store_edit_apply(const struct store_edit *edit, struct scram_verifier *verifier)
{
    if (edit->what & STORE_EDIT_ENABLED)
        verifier->enabled = edit->enabled;
    if (edit->what & STORE_EDIT_EXPIRES)
        verifier->expires = edit->expires;
    if (edit->what & STORE_EDIT_GROUPS)
        verifier->groups = edit->groups;
}

void
store_keep(const struct scram_verifier *old, struct scram_verifier *new)
{
    new->enabled = new->enabled && old->enabled;
    if (new->expires == 0)
        new->expires = old->expires;
    if (new->groups.len == 0)
        new->groups = old->groups;
}

static enum scram_status
store_check(const struct store_change *c, struct sentence *why)
{
    enum scram_status status = store_check_user(c->user, why);
    size_t i;

    for (i = 0; i < c->count && status == SCRAM_OK; i++)
        status = store_check_put(c->user, &c->verifiers[i], why);
    return status;
}

enum scram_status
store_may_change(const struct store *store, const struct store_change *change,
                 bool has, struct sentence *why)
{
    if (has ? change->how != STORE_ADD : change->how != STORE_REPLACE)
        return SCRAM_OK;
    sentence_write(why, "%.*s is %s in the store %s%s%s", (int)change->user.len,
                   (const char *)change->user.data, has ? "already" : "not",
                   store->name, change->whole ? "" : " for ",
                   change->whole
                       ? ""
                       : scram_mechanism_name(change->verifiers->mechanism));
    return has ? SCRAM_USER_EXISTS : SCRAM_NO_USER;
}

/* Begin a transaction, or go on with the one that was begun. */
static enum scram_status
store_transaction_begin(struct store *store,
                        struct store_transaction **transaction,
                        struct sentence *why)
{
    *transaction = store->transaction;
    if (!store->writable) {
        sentence_write(why,
                       "cannot write the store %s: it was opened for reading",
                       store->name);
        return SCRAM_STORE_FORBIDDEN;
    }
    return *transaction == NULL ? store->ops->begin(store, transaction, why)
                                : SCRAM_OK;
}

/* End a transaction, or keep it for what follows. */
static enum scram_status
store_transaction_end(struct store *store,
                      struct store_transaction *transaction,
                      enum scram_status status, struct sentence *why)
{
    enum scram_status ended;

    if (store->in_transaction) {
        store->transaction = transaction;
        return status;
    }
    ended = store->ops->end(transaction, status == SCRAM_OK, why);
    return status == SCRAM_OK ? ended : status;
}

static enum scram_status
change_one(struct store *store, const struct store_change *change,
           struct sentence *why)
{
    struct store_transaction *transaction;
    enum scram_status status = store_check(change, why);

    if (status == SCRAM_OK)
        status = store_transaction_begin(store, &transaction, why);
    return status == SCRAM_OK
               ? store_transaction_end(
                     store, transaction,
                     store->ops->change(transaction, change, why), why)
               : status;
}

enum scram_status
store_put(struct store *store, struct slice user,
          const struct scram_verifier *verifier, enum store_put how,
          struct sentence *why)
{
    const struct store_change change = {user, verifier, 1, false, how};

    return change_one(store, &change, why);
}

enum scram_status
store_put_many(struct store *store, struct store_entry *entries, size_t count,
               enum store_put how, struct sentence *why)
{
    struct store_transaction *transaction;
    enum scram_status status =
        store_transaction_begin(store, &transaction, why);
    size_t i;

    if (status != SCRAM_OK)
        return status;
    for (i = 0; i < count && status == SCRAM_OK; i++) {
        struct store_entry *e = &entries[i];
        const struct store_change change = {e->user, e->verifier, 1, false,
                                            how};

        e->status = store_check(&change, NULL);
        if (e->status == SCRAM_OK)
            e->status = store->ops->change(transaction, &change, why);
        if (e->status != SCRAM_OK && e->status != SCRAM_USER_EXISTS &&
            e->status != SCRAM_NO_USER && e->status != SCRAM_BAD_ARGUMENT)
            status = e->status;
    }
    return store_transaction_end(store, transaction, status, why);
}

enum scram_status
store_set(struct store *store, struct slice user,
          const struct scram_verifier *verifiers, size_t count,
          enum store_put how, struct sentence *why)
{
    const struct store_change change = {user, verifiers, count, true, how};

    if (count == 0) {
        sentence_write(why, "there is no verifier");
        return SCRAM_BAD_ARGUMENT;
    }
    return change_one(store, &change, why);
}

enum scram_status
store_remove(struct store *store, struct slice user, struct sentence *why)
{
    const struct store_change change = {user, NULL, 0, true, STORE_REPLACE};

    return change_one(store, &change, why);
}

void
store_begin(struct store *store)
{
    store->in_transaction = true;
}

/* End what was begun, if anything was. */
static enum scram_status
end_batch(struct store *store, bool keep, struct sentence *why)
{
    struct store_transaction *transaction = store->transaction;

    store->transaction = NULL;
    store->in_transaction = false;
    return transaction == NULL ? SCRAM_OK
                               : store->ops->end(transaction, keep, why);
}

enum scram_status
store_commit(struct store *store, struct sentence *why)
{
    return end_batch(store, true, why);
}

enum scram_status
store_iterate(struct store *store, store_visit *visit, void *data,
              struct sentence *why)
{
    return store->ops->iterate(store, visit, data, why);
}

void
store_close(struct store *store)
{
    if (store == NULL)
        return;
    (void)end_batch(store, false, NULL);
    store->ops->close(store);
}
