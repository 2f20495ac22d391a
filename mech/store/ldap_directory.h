/*
 * A directory as a process knows it: a client of it and what was learned. It
 * is one for all stores of the same location and configuration, and stays when
 * the last of them is closed: servers that acquire a credential for each
 * request keep their connections, and what they know of users.
 */
#ifndef STORE_LDAP_DIRECTORY_H
#define STORE_LDAP_DIRECTORY_H

#include <sys/types.h>

#include "store/ldap_cache.h"
#include "store/ldap_client.h"
#include "store/ldap_filter.h"
#include "store/store.h"

struct ldap_directory {
    struct ldap_directory *next;
    unsigned references;
    char *location; /* as it was written */
    struct config_ldap config;
    uid_t account; /* who acts */
    struct ldap_filter_names names;
    const struct ldap_client_ops *ops;
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
 * The directory at a location, by the configuration of this process' account.
 *
 * @param directory  set on SCRAM_OK alone; ldap_directory_close lets it go
 * @return SCRAM_OK, SCRAM_BAD_LOCATION, SCRAM_BAD_CONFIG, SCRAM_STORE_FAILED,
 *         SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status ldap_directory_open(struct slice location,
                                      struct ldap_directory **directory,
                                      struct sentence *why);

void ldap_directory_close(struct ldap_directory *directory);

/* Hold the lock of all directories, for no longer than it takes to look at the
 * cache; it is free after a fork. */
void ldap_directory_lock(void);
void ldap_directory_unlock(void);

#endif
