#include "directory/store.h"

#include <stdlib.h>

#include "directory/change.h"
#include "directory/clock.h"
#include "directory/find.h"
#include "directory/list.h"

static void
close_ldap(struct store *base)
{
    struct ldap_store *store = ldap_store_of(base);

    ldap_directory_close(store->directory);
    free(store);
}

static enum scram_status
open_by(struct slice location, const struct config *config,
        struct store **opened, struct sentence *why)
{
    struct ldap_store *store = calloc(1, sizeof(*store));
    enum scram_status status;

    if (store == NULL) {
        sentence_write(why, "out of memory");
        return SCRAM_NO_MEMORY;
    }
    store->store.ops = &store_ldap;
    store->each.store = &store->store;
    status = ldap_directory_open(location, config, &store->directory, why);
    if (status != SCRAM_OK) {
        free(store);
        return status;
    }
    store->store.name = store->directory->location;
    *opened = &store->store;
    return SCRAM_OK;
}

static enum scram_status
open_ldap(struct slice location, enum store_mode mode, struct store **opened,
          struct sentence *why)
{
    struct config config CLEANUP_CONFIG = {0};
    enum scram_status status = config_load(&config, why);

    (void)mode;
    return status == SCRAM_OK ? open_by(location, &config, opened, why)
                              : status;
}

enum scram_status
ldap_store_open_for(const char *location, const struct config *config,
                    struct store **store, struct sentence *why)
{
    return open_by(slice_of(location), config, store, why);
}

bool
ldap_store_is_at(const char *location)
{
    const char *const *s = store_ldap.schemes;
    struct slice rest = slice_of(location), scheme;

    if (!slice_take_until(&rest, ':', &scheme))
        return false;
    while (*s != NULL && !slice_equal(scheme, slice_of(*s)))
        s++;
    return *s != NULL;
}

/* A search for a user, and what comes of it. */
struct finding {
    const struct ldap_directory *directory;
    struct slice user;
    struct ldap_account *account;
    struct sentence *why;
};

/* ldap_client_visit */
static enum scram_status
ldap_store_take(void *data, const struct ldap_client_entry *entry)
{
    struct finding *f = data;
    enum scram_status status =
        ldap_find_is(f->directory, entry, f->user, f->why);

    if (status == SCRAM_NO_USER)
        return SCRAM_OK;
    return status == SCRAM_OK
               ? ldap_find_account(f->directory, entry, f->account, f->why)
               : status;
}

/* Make decoys for what the user has not; the lock is held. */
static enum scram_status
add_decoys(struct ldap_directory *d, struct slice user,
           struct ldap_account *account)
{
    enum scram_status status = SCRAM_OK;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS && status == SCRAM_OK; m++) {
        enum scram_mechanism mechanism = (enum scram_mechanism)m;
        uint32_t iterations = d->config.decoy_iterations;

        if (iterations == 0)
            iterations = scram_default_iterations(mechanism);
        if (!(account->has & 1u << m))
            status =
                scram_verifier_decoy(d->decoys, mechanism, user, iterations,
                                     SCRAM_SALT_LEN, &account->of[m]);
    }
    return status;
}

/* Ask the directory, and remember what it says. */
static enum scram_status
ldap_store_ask(struct ldap_store *store, struct slice user, bool fail_fast,
               struct ldap_account *account, struct sentence *why)
{
    struct ldap_directory *d = store->directory;
    CLEANUP_ACCOUNT struct ldap_account found = {0};
    struct finding f = {d, user, &found, why};
    uint64_t asked = ldap_clock();
    enum scram_status status =
        ldap_find(d, user, fail_fast, ldap_store_take, &f, why);

    if (status != SCRAM_OK)
        return status;
    ldap_directory_lock();
    status = add_decoys(d, user, &found);
    if (status == SCRAM_OK && !store->store.writable)
        ldap_cache_put(d->cache, user, asked, &found);
    ldap_directory_unlock();
    *account = found;
    return status;
}

static enum scram_status
ldap_store_look_up(struct store *base, enum scram_mechanism mechanism,
                   struct slice user, bool salted,
                   struct scram_verifier *verifier, struct sentence *why)
{
    struct ldap_store *store = ldap_store_of(base);
    struct ldap_directory *d = store->directory;
    CLEANUP_ACCOUNT struct ldap_account account = {0};
    enum ldap_cache_state state = LDAP_CACHE_ABSENT;
    enum scram_status status = SCRAM_OK;
    uint64_t age;

    /* Who changes users sees them as they are. */
    if (!store->store.writable) {
        ldap_directory_lock();
        state = ldap_cache_find(d->cache, user, ldap_clock(), &account, &age);
        ldap_directory_unlock();
    }
    if (state != LDAP_CACHE_FRESH)
        status = ldap_store_ask(store, user, state == LDAP_CACHE_STALE,
                                &account, why);
    if (status == SCRAM_STORE_ABSENT && state == LDAP_CACHE_STALE) {
        status = SCRAM_OK;
        sentence_write(why, "%s", ""); /* it is no reason of what follows */
    }
    if (status != SCRAM_OK)
        return status == SCRAM_STORE_ABSENT ? SCRAM_STORE_FAILED : status;
    *verifier = account.of[mechanism];
    if (!(account.has & 1u << mechanism))
        return SCRAM_NO_USER;
    if (!salted)
        ldap_find_explain(d, account.odd, why);
    return SCRAM_OK;
}

static void
mark_stale(struct store *base, struct slice user)
{
    struct ldap_directory *d = ldap_store_of(base)->directory;

    ldap_directory_lock();
    ldap_cache_mark_stale(d->cache, user, ldap_clock());
    ldap_directory_unlock();
}

const struct store_ops store_ldap = {
    .schemes = {"ldap", "ldaps", "ldapi"},
    .open = open_ldap,
    .look_up = ldap_store_look_up,
    .mark_stale = mark_stale,
    .iterate = ldap_iterate,
    .close = close_ldap,
    .begin = ldap_begin,
    .change = ldap_change,
    .end = ldap_end,
};
