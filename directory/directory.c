#include "directory/directory.h"

#include <pthread.h>
#include <stdlib.h>

#include "directory/check.h"
#include "directory/secret.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ldap_directory *directories;

void
ldap_directory_lock(void)
{
    pthread_mutex_lock(&lock);
}

void
ldap_directory_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void
directory_free(struct ldap_directory *d)
{
    if (d == NULL)
        return;
    if (d->client != NULL)
        ldap_client_close(d->client);
    ldap_group_base_free(d->group_base);
    ldap_cache_free(d->cache);
    scram_decoys_free(d->decoys);
    free(d->location);
    free(d);
}

/* One that is there already; the lock is held. */
static struct ldap_directory *
ldap_directory_find(const struct ldap_directory *wanted)
{
    struct ldap_directory *d = directories;

    while (d != NULL &&
           (strcmp(d->location, wanted->location) != 0 ||
            memcmp(&d->config, &wanted->config, sizeof(d->config)) != 0))
        d = d->next;
    if (d != NULL)
        d->references++;
    return d;
}

/* All that it takes to make one of which nothing is known yet. */
static enum scram_status
ldap_directory_fill(struct ldap_directory *d,
                    const struct ldap_location *location, struct sentence *why)
{
    const struct ldap_cache_times times = {d->config.cache_ttl,
                                           d->config.cache_stale};
    enum scram_status status =
        ldap_filter_check(d->config.filter, &d->names, why);

    if (status == SCRAM_OK)
        status =
            ldap_group_base_new(d->config.groups_base, &d->group_base, why);
    if (status == SCRAM_OK)
        status = ldap_secret_decoys(d->config.decoy_key_file, &d->decoys, why);
    if (status == SCRAM_OK)
        status = ldap_client_open(location, &d->config, &d->client, why);
    if (status != SCRAM_OK)
        return status;
    d->cache = ldap_cache_new(d->config.cache_size, &times);
    return d->cache == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

/* The location and the configuration: what tells one from another. */
static enum scram_status
identify(struct slice text, const struct config *config,
         struct ldap_directory *d, struct ldap_location *location,
         struct sentence *why)
{
    enum scram_status status = ldap_location_read(text, location, why);

    if (status == SCRAM_OK)
        status = ldap_check(location, config, why);
    if (status != SCRAM_OK)
        return status;
    memcpy(&d->config, &config->ldap, sizeof(d->config));
    d->location = strndup((const char *)text.data, text.len);
    return d->location == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

enum scram_status
ldap_directory_open(struct slice text, const struct config *config,
                    struct ldap_directory **opened, struct sentence *why)
{
    struct ldap_directory *d = calloc(1, sizeof(*d)), *found = NULL;
    struct ldap_location location;
    enum scram_status status = SCRAM_NO_MEMORY;

    if (d != NULL)
        status = identify(text, config, d, &location, why);
    if (status == SCRAM_OK) {
        ldap_directory_lock();
        found = ldap_directory_find(d);
        ldap_directory_unlock();
        if (found == NULL)
            status = ldap_directory_fill(d, &location, why);
    }
    if (status == SCRAM_OK && found == NULL) {
        ldap_directory_lock();
        d->references = 1;
        d->next = directories;
        directories = found = d;
        d = NULL;
        ldap_directory_unlock();
    }
    directory_free(d);
    if (status == SCRAM_OK)
        *opened = found;
    else if (status == SCRAM_NO_MEMORY)
        sentence_write(why, "out of memory");
    return status;
}

void
ldap_directory_close(struct ldap_directory *d)
{
    struct ldap_directory **at = &directories;
    bool unused;

    ldap_directory_lock();
    unused = --d->references == 0;
    while (unused && *at != d)
        at = &(*at)->next;
    if (unused)
        *at = d->next;
    ldap_directory_unlock();
    if (unused)
        directory_free(d);
}
