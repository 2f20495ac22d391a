/*
 * The configuration: scram.conf, where it was installed to, or the file that
 * GSS_SCRAM_CONFIG names, in krb5.conf's format. What [accounts] says for the
 * account in question overrides [scram], key by key.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config_ldap.h"
#include "base/folders.h"
#include "base/sentence.h"
#include "base/status.h"

#define CONFIG_DEFAULT_PATH FOLDER_CONFIGURATION "/scram.conf"
#define CONFIG_DEFAULT_STORE "file:" FOLDER_USERS "/users"
/* What stands in the file that is installed. */
#define CONFIG_INSTALLED_BROKER FOLDER_SOCKETS "/broker"
#define CONFIG_INSTALLED_STORE "lmdb:" FOLDER_BROKER_USERS "/users.mdb"
#define CONFIG_TIMEOUT_MIN 100     /* milliseconds */
#define CONFIG_TIMEOUT_MAX 3600000 /* milliseconds */
#define CONFIG_HALF_OPEN_MAX 16777216
#define CONFIG_BROKER_MAX 107 /* bytes: as long as a socket's path may be */
#define CONFIG_ITERATIONS_MAX                                                  \
    10000000 /* what client_max_iterations is unless set */

struct config {
    char *store;                    /* a location; see store/store.h */
    uint32_t handshake_timeout;     /* milliseconds */
    uint32_t max_half_open;         /* contexts in the process */
    bool require_channel_bindings;  /* or nobody is let in */
    uint32_t client_min_iterations; /* what an initiator answers to at least */
    uint32_t client_max_iterations; /* what an initiator computes at most */
    bool audit;                     /* how contexts end goes to syslog */
    bool local_accounts;     /* a user may be the account of the same name */
    struct config_ldap ldap; /* for a store in a directory */
    char broker[CONFIG_BROKER_MAX + 1]; /* gss-scramd's socket; empty: there is
                                           none */
    uint32_t broker_timeout; /* milliseconds for one of its answers */
};

/*
 * Read the configuration as it applies to the account with the effective uid.
 *
 * @param config  set on SCRAM_OK alone; release it with config_clear
 * @param why     a sentence with the file and the key on failure; may be NULL
 * @return SCRAM_OK, also when there is no file and the environment names none
 *         (the defaults then); SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status config_load(struct config *config, struct sentence *why);

/*
 * The same for a file and an account by name (NULL: no account's section).
 */
enum scram_status config_load_file(const char *path, const char *account,
                                   struct config *config, struct sentence *why);

/*
 * Put the file and the key in front of a sentence about the configuration's
 * store, which only the store can say.
 *
 * @param why  may be NULL
 */
void config_blame_store(struct sentence *why);

/* The path that config_load reads: never NULL, not to be freed. */
const char *config_path(void);

void config_clear(struct config *config);

#define CLEANUP_CONFIG __attribute__((cleanup(config_clear)))

/*
 * Write the name of the account with the effective uid into @p name, or its
 * number where it has no name.
 */
void config_account(char *name, size_t size);

#endif
