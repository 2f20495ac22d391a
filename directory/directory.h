/*
 * A directory as a process knows it: a client of it and what was learned. It is
 * one for all stores of the same location and configuration that are open: what
 * a daemon that reads its configuration again knows of users remains.
 */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include "base/config.h"
#include "directory/cache.h"
#include "directory/client.h"
#include "directory/filter.h"
#include "directory/group.h"
#include "store/store.h"

struct ldap_directory {
    struct ldap_directory *next;
    unsigned references;
    char *location; /* as it was written */
    struct config_ldap config;
    struct ldap_filter_names names;
    struct ldap_group_base *group_base; /* NULL: groups are names */
    struct ldap_client *client;
    struct ldap_cache *cache;    /* with the lock */
    struct scram_decoys *decoys; /* likewise */
};

/* A store of the kind ldap. */
struct ldap_store {
    struct store store;
    struct ldap_directory *directory;
    struct store_transaction each; /* a change by itself */
};

static inline struct ldap_store *
ldap_store_of(struct store *store)
{
    return (struct ldap_store *)store;
}

/*
 * The directory at a location.
 *
 * @param config     by which it is asked; copied
 * @param directory  set on SCRAM_OK alone; ldap_directory_close lets it go
 * @return SCRAM_OK, SCRAM_BAD_LOCATION, SCRAM_BAD_CONFIG, SCRAM_STORE_FAILED,
 *         SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status ldap_directory_open(struct slice location,
                                      const struct config *config,
                                      struct ldap_directory **directory,
                                      struct sentence *why);

void ldap_directory_close(struct ldap_directory *directory);

/* Hold the lock of all directories, for no longer than it takes to look at the
 * cache. */
void ldap_directory_lock(void);
void ldap_directory_unlock(void);

#endif
