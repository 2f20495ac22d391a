/*
 * A client of a directory, on libldap. Any number of threads ask at once, and
 * each waits in libldap for the answer. The parts are
 *
 *   ask.h         asking one server after another
 *   servers.h     which of them, in which order
 *   pool.h        the connections that are kept
 *   connection.h  one of them, with TLS
 *   bind.h        and who it is
 *   entry.h       what is found, as libldap has it
 *   modify.c      changing an entry
 */
#ifndef DIRECTORY_CLIENT_H
#define DIRECTORY_CLIENT_H

#include "base/config_ldap.h"
#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"
#include "directory/location.h"

struct ldap_client;

/* A value of one of the attributes that were asked for. */
struct ldap_client_value {
    unsigned attribute; /* which of them, from 0 on */
    struct slice bytes;
};

/* An entry that was found; all of it is valid until the visit returns. */
struct ldap_client_entry {
    const char *dn;
    size_t count;
    const struct ldap_client_value *values;
};

/* One call for each entry; anything but SCRAM_OK ends the search and is
 * returned by it. It must not use the client. */
typedef enum scram_status
ldap_client_visit(void *data, const struct ldap_client_entry *entry);

struct ldap_client_search {
    const char *filter;            /* RFC 4515 */
    const char *const *attributes; /* their names, and NULL */
    bool all; /* every entry, however long that takes, and not just one */
};

/* A change of an entry: a value that is taken away or added. */
struct ldap_client_change {
    bool add;
    const char *attribute;
    struct slice value;
};

/*
 * Make a client. Nothing is sent yet: whether there is a directory is found out
 * when it is asked. The first in a process has libldap begin, which looks up
 * the machine's name.
 *
 * @param config  copied
 * @param client  set on SCRAM_OK alone; release it with ldap_client_close
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status ldap_client_open(const struct ldap_location *location,
                                   const struct config_ldap *config,
                                   struct ldap_client **client,
                                   struct sentence *why);

/*
 * Search below ldap_base. A search for one entry takes ldap_total_timeout at
 * most, and asks as many servers as it takes in that time.
 *
 * @param fail_fast  whether to fail at once where every server has failed
 * lately: somebody knows another answer
 * @param why    a sentence with the servers and libldap's words
 * @return SCRAM_OK; SCRAM_STORE_ABSENT when no server has answered;
 *         SCRAM_STORE_FAILED when some have, and had nothing to say, or a
 *         search for one entry found more; SCRAM_NO_MEMORY, or what @p visit
 *         ended it with
 */
enum scram_status ldap_client_search(struct ldap_client *client,
                                     const struct ldap_client_search *search,
                                     bool fail_fast, ldap_client_visit *visit,
                                     void *data, struct sentence *why);

/*
 * Change one entry: all of it or nothing.
 *
 * @return SCRAM_OK; SCRAM_NO_USER when there is no such entry or a value that
 *         is to go is not there, so that somebody else has changed it;
 *         SCRAM_BAD_ARGUMENT when the entry's classes do not allow the
 *         attribute; SCRAM_STORE_FORBIDDEN, SCRAM_STORE_ABSENT,
 *         SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status ldap_client_modify(struct ldap_client *client, const char *dn,
                                     const struct ldap_client_change *changes,
                                     size_t count, struct sentence *why);

/* No thread asks any more. */
void ldap_client_close(struct ldap_client *client);

#endif
