#include "daemon/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/accounts_read.h"

void
accounts_free(struct accounts *a)
{
    size_t i;

    if (a == NULL)
        return;
    for (i = 0; i < a->policy_count; i++) {
        free(a->policies[i].section);
        free(a->policies[i].location);
        verify_release(a->policies[i].service);
    }
    free(a->policies);
    free(a->group);
    free(a->members);
    free(a);
}

bool
accounts_have_failed(const struct accounts *a)
{
    size_t i;

    for (i = 0; i < a->policy_count; i++) {
        if (a->policies[i].service == NULL)
            return true;
    }
    return false;
}

const struct account_policy *
accounts_policy(const struct accounts *a, uid_t uid)
{
    size_t i;

    for (i = 1; i < a->policy_count; i++) {
        if (a->policies[i].has_uid && a->policies[i].uid == uid)
            return &a->policies[i];
    }
    return &a->policies[0];
}

static int
compare_member(const void *a, const void *b)
{
    uid_t x = ((const struct account_member *)a)->uid;
    uid_t y = ((const struct account_member *)b)->uid;

    return x < y ? -1 : x > y;
}

static const struct account_member *
find_member(const struct accounts *a, uid_t uid)
{
    struct account_member key = {.uid = uid};

    return a->member_count == 0
               ? NULL
               : bsearch(&key, a->members, a->member_count,
                         sizeof(a->members[0]), compare_member);
}

void
accounts_sort_members(struct accounts *a)
{
    if (a->member_count != 0)
        qsort(a->members, a->member_count, sizeof(a->members[0]),
              compare_member);
}

/* The account that gss-scramd runs as has all that could be asked for. The
 * number that stands for those which have none here is nobody's. */
bool
accounts_know(const struct accounts *a, uid_t uid)
{
    return uid != peer_overflow_uid() &&
           (uid == 0 || uid == geteuid() ||
            accounts_policy(a, uid)->has_store || find_member(a, uid) != NULL);
}

bool
accounts_entitle(const struct accounts *a, int fd, const struct peer *peer)
{
    if (peer->uid == peer_overflow_uid())
        return false;
    return accounts_know(a, peer->uid) ||
           (a->has_gid && peer_has_group(fd, peer, a->gid));
}

void
accounts_name(const struct accounts *a, uid_t uid, char *name)
{
    const struct account_policy *p = accounts_policy(a, uid);
    const struct account_member *m = find_member(a, uid);

    if (uid == 0)
        snprintf(name, ACCOUNTS_NAME, "root");
    else if (p->section != NULL)
        snprintf(name, ACCOUNTS_NAME, "%s", p->section);
    else if (m != NULL)
        snprintf(name, ACCOUNTS_NAME, "%s", m->name);
    else
        snprintf(name, ACCOUNTS_NAME, "%lu", (unsigned long)uid);
}
