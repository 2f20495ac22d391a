/*
 * The groups that a user is in, by the attribute that ldap_groups names: its
 * values are names, or, where ldap_groups_base is set, DNs (RFC 4514) of
 * groups, of which those directly below that base count, by the value of their
 * RDN.
 */
#ifndef DIRECTORY_GROUP_H
#define DIRECTORY_GROUP_H

#include "base/groups.h"
#include "base/sentence.h"
#include "base/status.h"

#define LDAP_GROUP_DN_MAX 2048 /* bytes of a DN that is looked at */

/* Where groups are. */
struct ldap_group_base;

/*
 * Read where groups are.
 *
 * @param dn    empty: values are names
 * @param base  set on SCRAM_OK alone, to NULL where values are names; release
 * it with ldap_group_base_free
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status ldap_group_base_new(const char *dn,
                                      struct ldap_group_base **base,
                                      struct sentence *why);

void ldap_group_base_free(struct ldap_group_base *base);

/*
 * Add the group of one value; one that is elsewhere is passed over. DNs are
 * compared as the directory writes them, but for capitals of ASCII and the
 * order within an RDN.
 *
 * @param groups  as it was on false
 * @return false for what is no DN, for a group whose RDN has several values,
 * and for what groups_add refuses
 */
bool ldap_group_add(const struct ldap_group_base *base, struct slice value,
                    struct groups *groups);

#endif
