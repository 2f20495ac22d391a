#include "gss/service.h"

#include <errno.h>
#include <gssapi/gssapi_scram.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/config_file.h"
#include "gss/crypto_lock.h"
#include "gss/random.h"
#include "gss/status.h"

/* Accounts and stores that a process accepts with in turns without losing what
 * it keeps. */
#define KEPT 8

/* How old what is known of the file and the store may be: stat(2) costs a fifth
 * of what a handshake does. */
#define LOOK_INTERVAL 250 /* milliseconds */

/* A file may include others, and an account may get another name, which the
 * file's own state does not show: read all again now and then. */
#define KEEP_FOR 60000 /* milliseconds */

/* A file that changes twice within a tick of its file system's clock looks the
 * same: until it is this old, what was read of it may be the first half, and
 * is read again at the next look. */
#define SETTLED_AFTER 2 /* seconds */

/* What was read of an account's configuration depends on this. */
struct origin {
    bool there; /* the file, of which the rest is */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

/* What a service is for. */
struct purpose {
    uid_t account;
    const char *path;  /* of the configuration */
    const char *store; /* that is named; NULL for the configuration's */
};

static struct kept {
    struct verify_service *service; /* NULL: nothing is kept here */
    uid_t account;
    char *path, *store;
    struct origin origin;        /* of the file, when it was read */
    bool settled;                /* and whether it may be taken to be whole */
    uint64_t read_at, looked_at; /* milliseconds of the monotonic clock */
} kept[KEPT];
static unsigned next_place;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
service_lock_it(void)
{
    pthread_mutex_lock(&lock);
}

static void
service_unlock_it(void)
{
    pthread_mutex_unlock(&lock);
}

/* While the module is loaded: a child finds what is kept, whole. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(service_lock_it, service_unlock_it, service_unlock_it);
}

/* False where the file cannot be looked at, as at the end of a symbolic link
 * that leads nowhere: nothing can be said of it then. */
static bool
origin_of(const char *path, struct origin *origin)
{
    struct stat st;

    *origin = (struct origin){.there = stat(path, &st) == 0};
    if (!origin->there)
        return errno == ENOENT && config_file_is_absent(path);
    origin->device = st.st_dev;
    origin->inode = st.st_ino;
    origin->size = st.st_size;
    origin->changed = st.st_ctim;
    return true;
}

static bool
origin_equal(const struct origin *a, const struct origin *b)
{
    return a->there == b->there && a->device == b->device &&
           a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool
is_settled(const struct origin *origin)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return !origin->there ||
           now.tv_sec - origin->changed.tv_sec > SETTLED_AFTER;
}

static bool
service_is_for(const struct kept *k, const struct purpose *p)
{
    return k->service != NULL && k->account == p->account &&
           strcmp(k->path, p->path) == 0 &&
           (p->store == NULL
                ? k->store == NULL
                : k->store != NULL && strcmp(k->store, p->store) == 0);
}

/*
 * Find what is kept.
 *
 * @param found  what is there; a reference, and what is known of the file. Its
 *               texts are not the caller's
 * @param due    whether it is time to look at the file again, which one thread
 *               is told
 * @return false where there is nothing
 */
static bool
service_find(const struct purpose *purpose, struct kept *found, bool *due)
{
    uint64_t now = clock_milliseconds(CLOCK_MONOTONIC_COARSE);
    struct kept *k = kept;

    pthread_mutex_lock(&lock);
    while (k < kept + KEPT && !service_is_for(k, purpose))
        k++;
    if (k < kept + KEPT) {
        *found = *k;
        verify_again(k->service);
        *due = now - k->looked_at >= LOOK_INTERVAL;
        if (*due)
            k->looked_at = now;
    }
    pthread_mutex_unlock(&lock);
    return k < kept + KEPT;
}

/* Put something in the place of what is kept for a purpose, or of what came
 * first; without a service, nothing. */
static void
service_replace(const struct purpose *purpose, const struct kept *new)
{
    struct kept *place = NULL, *k, old = {0};

    pthread_mutex_lock(&lock);
    for (k = kept; k < kept + KEPT; k++) {
        if (service_is_for(k, purpose) || (place == NULL && k->service == NULL))
            place = k;
    }
    if (place == NULL && new->service != NULL)
        place = &kept[next_place++ % KEPT];
    if (place != NULL) {
        old = *place;
        *place = *new;
    }
    pthread_mutex_unlock(&lock);
    verify_release(old.service); /* may close a store: not with the lock */
    free(old.path);
    free(old.store);
}

/* Keep a service; without memory, do not. */
static void
service_keep(const struct purpose *purpose, const struct origin *origin,
             struct verify_service *service)
{
    struct kept new = {.account = purpose->account,
                       .origin = *origin,
                       .settled = is_settled(origin)};
    bool named = purpose->store != NULL;

    new.path = strdup(purpose->path);
    new.store = named ? strdup(purpose->store) : NULL;
    if (new.path == NULL || (named && new.store == NULL)) {
        free(new.path);
        free(new.store);
        return;
    }
    new.service = verify_again(service);
    new.read_at = new.looked_at = clock_milliseconds(CLOCK_MONOTONIC_COARSE);
    service_replace(purpose, &new);
}

/* Whether what is kept is of the configuration as it is. */
static bool
is_as_configured(const char *path, const struct kept *k)
{
    struct origin now;

    return k->settled &&
           clock_milliseconds(CLOCK_MONOTONIC_COARSE) - k->read_at < KEEP_FOR &&
           origin_of(path, &now) && origin_equal(&k->origin, &now);
}

OM_uint32
service_failed(OM_uint32 *minor, enum scram_status status,
               const struct sentence *why)
{
    status_minor(minor, status, why);
    return status == SCRAM_NO_MEMORY ? GSS_S_FAILURE : GSS_S_NO_CRED;
}

/* Whether a store is for this process to open: beside a broker a file is that a
 * program names. */
static bool
is_for_this_process(const char *location, bool broker, struct sentence *why)
{
    if (!broker || strncmp(location, "file:", 5) == 0)
        return true;
    sentence_write(why,
                   "%s names a broker for this account, and beside that a "
                   "program may name a file: alone. Give the account a section "
                   "with store = %s under [accounts]",
                   config_path(), location);
    return false;
}

/* Where verifiers come from, for a program that names a store or does not. */
static enum scram_status
choose_source(const char *named, const struct config *config,
              struct accept_policy *policy, struct sentence *why)
{
    const char *store = named != NULL ? named : config->store;
    bool broker = config->broker[0] != '\0';

    if (broker && named == NULL) {
        policy->broker = strdup(config->broker);
        return policy->broker == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
    }
    if (!is_for_this_process(store, broker, why))
        return SCRAM_BAD_LOCATION;
    policy->store = strdup(store);
    return policy->store == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

/* The account's policy, with the store that is named. */
static enum scram_status
service_read_policy(const char *store, struct accept_policy *policy,
                    struct sentence *why)
{
    struct config config CLEANUP_CONFIG = {0};
    enum scram_status status = config_load(&config, why);

    if (status != SCRAM_OK)
        return status;
    *policy = (struct accept_policy){
        .account = geteuid(),
        .broker_timeout = config.broker_timeout,
        .handshake_timeout = config.handshake_timeout,
        .max_half_open = config.max_half_open,
        .require_channel_bindings = config.require_channel_bindings,
        .audit = config.audit,
    };
    return choose_source(store, &config, policy, why);
}

enum scram_status
service_open(struct accept_policy *policy, struct verify_service **service,
             struct sentence *why)
{
    enum scram_status status;
    uint8_t byte;

    crypto_prepare();
    if (policy->broker != NULL)
        status = verify_broker_open(policy, service, why);
    else
        status =
            verify_local_open(verify_kinds, policy, random_nonce, service, why);

    /* A server that forks for each client makes libcrypto's generator now, as
     * each child would have to otherwise, at its first message: it takes twice
     * what the rest of a login does. */
    if (status == SCRAM_OK)
        (void)random_bytes(&byte, 1);
    return status;
}

static OM_uint32
service_open_named(OM_uint32 *minor, const char *store,
                   struct verify_service **service)
{
    struct accept_policy policy;
    struct sentence why = {""}, said;
    enum scram_status status = service_read_policy(store, &policy, &why);

    if (status == SCRAM_OK)
        status = service_open(&policy, service, &why);
    if (status == SCRAM_OK)
        return GSS_S_COMPLETE;
    if (status == SCRAM_BAD_LOCATION && store == NULL) {
        config_blame_store(&why);
    } else if (status == SCRAM_BAD_LOCATION) {
        said = why;
        sentence_write(&why, GSS_SCRAM_CRED_STORE " is wrong: %s", said.text);
    }
    return service_failed(minor, status, &why);
}

OM_uint32
service_now(OM_uint32 *minor, struct verify_service *of,
            struct verify_service **service)
{
    if (of->policy.broker != NULL && of->policy.account != geteuid())
        return service_for(minor, NULL, service);
    *service = verify_again(of);
    return GSS_S_COMPLETE;
}

/* Open a service, and keep it unless the configuration changes meanwhile. */
static OM_uint32
open_and_keep(OM_uint32 *minor, const struct purpose *purpose,
              struct verify_service **service)
{
    struct kept none = {0};
    struct origin before, after;
    bool known = origin_of(purpose->path, &before);
    OM_uint32 major = service_open_named(minor, purpose->store, service);

    if (major == GSS_S_COMPLETE && known && origin_of(purpose->path, &after) &&
        origin_equal(&before, &after))
        service_keep(purpose, &before, *service);
    else
        service_replace(purpose, &none);
    return major;
}

OM_uint32
service_for(OM_uint32 *minor, const char *store,
            struct verify_service **service)
{
    struct purpose purpose = {geteuid(), config_path(), store};
    struct kept k = {0}, none = {0};
    enum scram_status status = SCRAM_OK;
    struct sentence why = {""};
    bool due = false, known = service_find(&purpose, &k, &due);
    OM_uint32 major;

    if (known && due)
        known = is_as_configured(purpose.path, &k);
    if (known && due)
        status = verify_check(k.service, &why);
    if (known && status == SCRAM_OK) {
        *service = k.service;
        return GSS_S_COMPLETE;
    }
    if (known && k.service->policy.broker != NULL) {
        /* gss-scramd was waited for as long as it may be: no second time. */
        service_replace(&purpose, &none);
        major = service_failed(minor, status, &why);
    } else {
        major = open_and_keep(minor, &purpose, service);
    }
    /* Not earlier: a store that is open is opened again for little. */
    verify_release(k.service);
    return major;
}
