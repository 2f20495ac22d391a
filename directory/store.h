/*
 * Verifiers in a directory: ldap://host, ldaps://host or ldapi://path, or
 * several of them, each with all users. A look-up waits for the directory, in
 * the thread that makes it: gss-scramd makes them in workers of its own, and
 * the gss-scram command waits. The parts are
 *
 *   location.h   where it is
 *   check.h      whether the configuration makes sense for it
 *   directory.h  what a process knows of one
 *   find.h       a user's entry
 *   filter.h     what finds it
 *   value.h      a verifier in it
 *   group.h      a group that it is in
 *   cache.h      users who were found, for a while
 *   secret.h     what stands in for those who are not there
 *   change.h     who is put in and who is taken out
 *   list.h       all who are there
 *   client.h     asking the servers; it says how it goes on
 *
 * An open store is not for children of the process.
 */
#ifndef DIRECTORY_STORE_H
#define DIRECTORY_STORE_H

#include "base/config.h"
#include "store/store.h"

/* What is opened by store_open is asked by the configuration of this process'
 * account. */
extern const struct store_ops store_ldap;

/* Whether a location is a directory's. */
bool ldap_store_is_at(const char *location);

/*
 * Open a directory, for reading, by the configuration of another account.
 *
 * @param config  used until this returns
 * @return as store_open
 */
enum scram_status ldap_store_open_for(const char *location,
                                      const struct config *config,
                                      struct store **store,
                                      struct sentence *why);

#endif
