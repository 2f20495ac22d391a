#include "store/store.h"

/* The kind of a program's that a scheme is of; NULL when it has none. */
static const struct store_ops *
find_kind(store_kinds kinds, struct slice scheme)
{
    const char *const *s;

    for (; *kinds != NULL; kinds++)
        for (s = (*kinds)->schemes; *s != NULL; s++)
            if (slice_equal(scheme, slice_of(*s)))
                return *kinds;
    return NULL;
}

enum scram_status
store_open(store_kinds kinds, const char *location, enum store_mode mode,
           struct store **store, struct sentence *why)
{
    struct slice rest = slice_of(location), scheme;
    const struct store_ops *ops = NULL;

    if (slice_take_until(&rest, ':', &scheme)) {
        ops = find_kind(kinds, scheme);
        if (ops == NULL && slice_equal(scheme, SLICE("lmdb"))) {
            sentence_write(
                why,
                "%s is a store of an earlier version: export it with "
                "that version, and import it with this one into a "
                "store such as \"file:/var/lib/gss-scram/users\"",
                location);
            return SCRAM_BAD_LOCATION;
        }
    }
    if (ops == NULL) {
        sentence_write(why,
                       "\"%s\" is not the location of a store; write one as "
                       "in \"file:/var/lib/gss-scram/users\" or "
                       "\"ldap://ldap.example.org\"",
                       location);
        return SCRAM_BAD_LOCATION;
    }
    if (mode != STORE_READ && ops->put == NULL) {
        sentence_write(why,
                       "this program reads the store %s and cannot change it; "
                       "\"gss-scram user\" does",
                       location);
        return SCRAM_STORE_FORBIDDEN;
    }
    return ops->open(slice_of(location), mode, store, why);
}

enum scram_status
store_look_up(struct store *store, enum scram_mechanism mechanism,
              struct slice user, struct scram_verifier *verifier,
              struct sentence *why)
{
    return store->ops->look_up(store, mechanism, user, verifier, why);
}

void
store_doubt(struct store *store, struct slice user)
{
    if (store->ops->doubt != NULL)
        store->ops->doubt(store, user);
}

enum scram_status
store_put(struct store *store, struct slice user,
          const struct scram_verifier *verifier, enum store_put how,
          struct sentence *why)
{
    return store->ops->put(store, user, verifier, how, why);
}

enum scram_status
store_put_many(struct store *store, struct store_entry *entries, size_t count,
               enum store_put how, struct sentence *why)
{
    return store->ops->put_many(store, entries, count, how, why);
}

enum scram_status
store_set(struct store *store, struct slice user,
          const struct scram_verifier *verifiers, size_t count,
          enum store_put how, struct sentence *why)
{
    return store->ops->set(store, user, verifiers, count, how, why);
}

enum scram_status
store_remove(struct store *store, struct slice user, struct sentence *why)
{
    return store->ops->remove(store, user, why);
}

void
store_begin(struct store *store)
{
    store->ops->begin(store);
}

enum scram_status
store_commit(struct store *store, struct sentence *why)
{
    return store->ops->commit(store, why);
}

/* store_visit: one is enough. */
static enum scram_status
stop(void *data, struct slice user, const struct scram_verifier *verifier)
{
    (void)data;
    (void)user;
    (void)verifier;
    return SCRAM_USER_EXISTS;
}

enum scram_status
store_has_users(struct store *store, bool *has, struct sentence *why)
{
    enum scram_status status;

    if (store->ops->has_users != NULL)
        return store->ops->has_users(store, has, why);
    status = store_iterate(store, stop, NULL, why);
    if (status != SCRAM_OK && status != SCRAM_USER_EXISTS)
        return status;
    *has = status == SCRAM_USER_EXISTS;
    return SCRAM_OK;
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
    if (store != NULL)
        store->ops->close(store);
}
