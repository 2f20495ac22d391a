/*
 * The filter that finds a user's entry (RFC 4515), made of the configuration's
 * ldap_filter: %u is the user, escaped, and %% a percent sign.
 */
#ifndef DIRECTORY_FILTER_H
#define DIRECTORY_FILTER_H

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

#define LDAP_FILTER_NAMES_MAX 4 /* attributes that name a user */
#define LDAP_NAME_MAX 64        /* bytes of an attribute's name, with a NUL */

/* The attributes that %u is compared with, and so those that name a user. */
struct ldap_filter_names {
    unsigned count;
    char names[LDAP_FILTER_NAMES_MAX][LDAP_NAME_MAX];
};

/*
 * Look at a template, and find out what names a user in it. Each %u is all
 * that an attribute is compared with, "(uid=%u)", and there is one at least:
 * without, everybody would find the same entry.
 *
 * @param names  set on SCRAM_OK alone
 * @param why    a sentence with the template; may be NULL
 * @return SCRAM_OK, SCRAM_BAD_CONFIG
 */
enum scram_status ldap_filter_check(const char *template,
                                    struct ldap_filter_names *names,
                                    struct sentence *why);

/*
 * Write the filter that finds one user, or with an empty name, which no user
 * has, all users.
 *
 * @param template  one that was checked
 * @param filter    appended to; not NUL-terminated
 */
void ldap_filter_write(const char *template, struct slice user,
                       struct buffer *filter);

#endif
