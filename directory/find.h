/* A user's entry. */
#ifndef DIRECTORY_FIND_H
#define DIRECTORY_FIND_H

#include "directory/directory.h"

#define LDAP_FIND_ATTRIBUTES (LDAP_FILTER_NAMES_MAX + 4) /* and NULL */

/*
 * What to ask for: the attribute with verifiers, then those that name a user,
 * and then when the user expires and which groups there are, where the
 * configuration has them.
 */
void ldap_find_attributes(const struct ldap_directory *directory,
                          const char *attributes[LDAP_FIND_ATTRIBUTES]);

/* What a value says of a user. */
enum ldap_fact {
    LDAP_FACT_VERIFIER,
    LDAP_FACT_NAME,
    LDAP_FACT_EXPIRES,
    LDAP_FACT_GROUP
};

/* By the attribute that a value is of: see ldap_find_attributes. */
enum ldap_fact ldap_find_fact(const struct ldap_directory *directory,
                              const struct ldap_client_value *value);

/*
 * Whether an entry is a user's: that is who has the name, byte for byte once it
 * is prepared, as it is in other stores. A directory may take "Alice" for
 * "alice", and what a program knows alice by, or forbids her, is not Alice's.
 *
 * @param why  set where no name can be seen, which nobody can have meant
 * @return SCRAM_OK, SCRAM_NO_USER, SCRAM_STORE_FAILED
 */
enum scram_status ldap_find_is(const struct ldap_directory *directory,
                               const struct ldap_client_entry *entry,
                               struct slice user, struct sentence *why);

/*
 * Take all verifiers of an entry, when they expire, and groups. Where these
 * cannot be read, the user has expired, as the text file has it: what a program
 * forbids to a group it would allow.
 *
 * @param account  zeroed
 * @return SCRAM_OK, SCRAM_STORE_FAILED
 */
enum scram_status ldap_find_account(const struct ldap_directory *directory,
                                    const struct ldap_client_entry *entry,
                                    struct ldap_account *account,
                                    struct sentence *why);

/* Say what of a user's entry makes no sense, so that the user counts as
 * expired; nothing where all of it does. */
void ldap_find_explain(const struct ldap_directory *directory, unsigned odd,
                       struct sentence *why);

/*
 * Search for a user.
 *
 * @param visit  called at most once, for an entry that may be the user's
 * @param fail_fast  see ldap_client_search
 * @return as its search
 */
enum scram_status ldap_find(struct ldap_directory *directory, struct slice user,
                            bool fail_fast, ldap_client_visit *visit,
                            void *data, struct sentence *why);

#endif
