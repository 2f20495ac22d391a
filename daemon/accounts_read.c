/*
 * How what accounts.h has is found out. All of it may wait: for the name
 * services, and for files.
 */
#include "daemon/accounts_read.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/account.h"
#include "base/config.h"
#include "base/config_file.h"
#include "daemon/lmdb/store.h"
#include "daemon/nonce.h"
#include "directory/store.h"
#include "store/store.h"

#define SCRATCH 4096 /* what a group needs, most often */
#define SCRATCH_MAX 16777216

/* The [scram] of has_store is no entitlement: it is everybody's. */
static struct account_policy *
add_policy(struct accounts *a, const char *section)
{
    struct account_policy *policies =
        realloc(a->policies, (a->policy_count + 1) * sizeof(*policies));
    struct account_policy *p;

    if (policies == NULL)
        return NULL;
    a->policies = policies;
    p = &policies[a->policy_count];
    *p = (struct account_policy){.section =
                                     section == NULL ? NULL : strdup(section)};
    if (section != NULL && p->section == NULL)
        return NULL;
    a->policy_count++;
    return p;
}

/* config_file_visit: the accounts that have sections, and stores in them. */
static enum scram_status
accounts_visit(void *data, const struct config_entry *entry)
{
    struct accounts *a = data;
    struct account_policy *p;
    const char *section = entry->subsection;
    size_t i = 1;

    if (entry->section == NULL || strcmp(entry->section, "accounts") != 0)
        return SCRAM_OK;
    if (section == NULL)
        section = entry->name; /* whose section begins here */
    while (i < a->policy_count && strcmp(a->policies[i].section, section) != 0)
        i++;
    p = i < a->policy_count ? &a->policies[i] : add_policy(a, section);
    if (p == NULL)
        return SCRAM_NO_MEMORY;
    if (entry->subsection != NULL && strcmp(entry->name, "store") == 0)
        p->has_store = true;
    return SCRAM_OK;
}

/* The kinds of store in which a look-up never waits. */
static const struct store_ops *const kinds[] = {&store_file_reader, &store_lmdb,
                                                NULL};

/* Open the store that a policy names, by the configuration of its account. */
static enum scram_status
accounts_open_store(const struct account_policy *p, struct store **store,
                    struct sentence *why)
{
    return p->waits ? ldap_store_open_for(p->location, &p->config, store, why)
                    : store_open(kinds, p->location, STORE_READ, store, why);
}

/* Open a policy's store, if it can be. */
static enum scram_status
accounts_open_service(struct account_policy *p)
{
    struct accept_policy policy = {
        .store = strdup(p->location),
        .handshake_timeout = p->handshake_timeout,
        .require_channel_bindings = p->require_channel_bindings,
    };
    struct store *store = NULL;

    if (policy.store == NULL)
        return SCRAM_NO_MEMORY;
    p->status = accounts_open_store(p, &store, &p->why);
    if (p->status == SCRAM_OK)
        p->status = verify_local_with(store, &policy, nonce_make, &p->service);
    else
        accept_policy_clear(&policy);
    return p->status == SCRAM_NO_MEMORY ? SCRAM_NO_MEMORY : SCRAM_OK;
}

/* Read what the configuration says of one account. */
static enum scram_status
accounts_read_policy(struct account_policy *p, struct sentence *why)
{
    struct config config CLEANUP_CONFIG = {0};
    enum scram_status status =
        config_load_file(config_path(), p->section, &config, why);

    if (status != SCRAM_OK)
        return status;
    p->location = config.store;
    config.store = NULL;
    p->config = config;
    p->waits = ldap_store_is_at(p->location);
    p->handshake_timeout = config.handshake_timeout;
    p->require_channel_bindings = config.require_channel_bindings;
    return accounts_open_service(p);
}

/* What there was for a section. */
static const struct account_policy *
find_before(const struct accounts *before, const char *section)
{
    size_t i;

    for (i = 1; before != NULL && i < before->policy_count; i++) {
        if (strcmp(before->policies[i].section, section) == 0)
            return &before->policies[i];
    }
    return NULL;
}

/* Find whose section it is. A name that is not the account's first one is
 * nobody's, and neither is a number that has a name: see config_load. */
static int
find_uid(struct account_policy *p)
{
    char name[256], *end;
    unsigned long number;
    int error = account_uid(p->section, &p->uid);

    p->has_uid = error == 0;
    if (error == ENOENT) {
        number = strtoul(p->section, &end, 10);
        if (*end != '\0' || p->section[0] < '0' || p->section[0] > '9' ||
            number >= (uid_t)-1)
            return 0;
        p->uid = (uid_t)number;
        p->has_uid = true;
        error = 0;
    }
    if (error == 0)
        error = account_name(p->uid, name, sizeof(name));
    if (error == 0 && strcmp(name, p->section) != 0)
        p->has_uid = false;
    return error;
}

static enum scram_status
find_uids(struct accounts *a, const struct accounts *before,
          struct sentence *why)
{
    const struct account_policy *was;
    struct account_policy *p;
    int error;

    for (p = a->policies + 1; p < a->policies + a->policy_count; p++) {
        error = find_uid(p);
        if (error == 0)
            continue;
        was = find_before(before, p->section);
        if (was == NULL) {
            sentence_write(why,
                           "%s: cannot find out which account has the section "
                           "%s of [accounts]: error %d",
                           config_path(), p->section, error);
            return error == ENOMEM ? SCRAM_NO_MEMORY : SCRAM_BAD_CONFIG;
        }
        p->uid = was->uid;
        p->has_uid = was->has_uid;
        sentence_write(&a->trouble,
                       "the name services do not say which account %s is "
                       "(error %d); it stays the one that it was",
                       p->section, error);
    }
    return SCRAM_OK;
}

static enum scram_status
add_member(struct accounts *a, const char *name, int *error)
{
    struct account_member *members;
    uid_t uid;

    *error = account_uid(name, &uid);
    if (*error == ENOENT)
        *error = 0; /* a group may name whom there is not */
    else if (*error == 0) {
        members = realloc(a->members, (a->member_count + 1) * sizeof(*members));
        if (members == NULL)
            return SCRAM_NO_MEMORY;
        a->members = members;
        members[a->member_count].uid = uid;
        snprintf(members[a->member_count++].name, ACCOUNTS_NAME, "%s", name);
    }
    return SCRAM_OK;
}

/* Ask the name services for the group, with memory of its own at *scratch. */
static int
find_group(const char *name, struct group *group, char **scratch)
{
    struct group *found = NULL;
    size_t size = SCRATCH;
    char *larger;
    int error;

    do {
        larger = realloc(*scratch, size);
        if (larger == NULL)
            return ENOMEM;
        *scratch = larger;
        error = getgrnam_r(name, group, larger, size, &found);
        size *= 2;
    } while (error == ERANGE && size <= SCRATCH_MAX);
    if (found != NULL)
        return 0;
    return error == 0 || error == ESRCH ? ENOENT : error;
}

/* Take the group over as it was. */
static enum scram_status
keep_group(struct accounts *a, const struct accounts *before)
{
    size_t size = before->member_count * sizeof(before->members[0]);

    free(a->members);
    a->members = NULL;
    a->member_count = 0;
    a->gid = before->gid;
    a->has_gid = before->has_gid;
    if (size == 0)
        return SCRAM_OK;
    a->members = malloc(size);
    if (a->members == NULL)
        return SCRAM_NO_MEMORY;
    memcpy(a->members, before->members, size);
    a->member_count = before->member_count;
    return SCRAM_OK;
}

/* Who is in the group now; what cannot be found out stays as it was. */
static enum scram_status
read_group(struct accounts *a, const struct accounts *before)
{
    struct group group;
    char *scratch = NULL, **name;
    enum scram_status status = SCRAM_OK;
    int error = find_group(a->group, &group, &scratch);

    /* The number that stands for groups which have none here is no group. */
    a->has_gid = error == 0 && group.gr_gid != peer_overflow_gid();
    if (a->has_gid) {
        a->gid = group.gr_gid;
        for (name = group.gr_mem;
             status == SCRAM_OK && error == 0 && *name != NULL; name++)
            status = add_member(a, *name, &error);
    }
    free(scratch);
    if (status == SCRAM_OK && error != 0 && error != ENOENT) {
        sentence_write(&a->trouble,
                       "the name services do not say who is in the group %s "
                       "(error %d)%s",
                       a->group, error,
                       before == NULL ? "" : "; it stays as it was");
        if (before != NULL && strcmp(before->group, a->group) == 0)
            status = keep_group(a, before);
    }
    accounts_sort_members(a);
    return status;
}

static enum scram_status
accounts_find_out(struct accounts *a, const struct accounts *before,
                  struct sentence *why)
{
    enum scram_status status = find_uids(a, before, why);

    return status == SCRAM_OK ? read_group(a, before) : status;
}

/* One that has no account yet. */
static struct accounts *
new_accounts(const char *group, const struct throttle_limits *limits)
{
    struct accounts *a = calloc(1, sizeof(*a));

    if (a == NULL)
        return NULL;
    a->limits = *limits;
    a->group = strdup(group);
    if (a->group != NULL)
        return a;
    free(a);
    return NULL;
}

/* Hand over what was made, or release it. */
static enum scram_status
accounts_hand_over(struct accounts *made, enum scram_status status,
                   struct accounts **accounts, struct sentence *why)
{
    if (status == SCRAM_OK)
        *accounts = made;
    else
        accounts_free(made);
    if (status == SCRAM_NO_MEMORY)
        sentence_write(why, "cannot find out who may ask: out of memory");
    return status;
}

enum scram_status
accounts_read(const struct config_broker *broker, const struct accounts *before,
              struct accounts **accounts, struct sentence *why)
{
    const struct throttle_limits limits = {broker->guess_burst,
                                           broker->guess_refill};
    struct accounts *a = new_accounts(broker->group, &limits);
    struct config_file file = {NULL, 0};
    enum scram_status status = SCRAM_NO_MEMORY;
    size_t i;

    if (a != NULL && add_policy(a, NULL) != NULL)
        status = config_file_open(config_path(), &file, why);
    if (status == SCRAM_OK)
        status = config_file_walk(&file, accounts_visit, a, why);
    config_file_close(&file);
    for (i = 0; status == SCRAM_OK && i < a->policy_count; i++)
        status = accounts_read_policy(&a->policies[i], why);
    if (status == SCRAM_OK)
        status = accounts_find_out(a, before, why);
    return accounts_hand_over(a, status, accounts, why);
}

/* The same policy once more, with its store; one that could not be opened is
 * tried again. */
static enum scram_status
copy_policy(struct accounts *a, const struct account_policy *from)
{
    struct account_policy *p = add_policy(a, from->section);
    char *section;

    if (p == NULL)
        return SCRAM_NO_MEMORY;
    section = p->section;
    *p = *from;
    p->section = section;
    p->service = from->service == NULL ? NULL : verify_again(from->service);
    p->location = strdup(from->location);
    if (p->location == NULL)
        return SCRAM_NO_MEMORY;
    return p->service == NULL ? accounts_open_service(p) : SCRAM_OK;
}

enum scram_status
accounts_refresh(const struct accounts *before, struct accounts **accounts,
                 struct sentence *why)
{
    struct accounts *a = new_accounts(before->group, &before->limits);
    enum scram_status status = a == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
    size_t i;

    for (i = 0; status == SCRAM_OK && i < before->policy_count; i++)
        status = copy_policy(a, &before->policies[i]);
    if (status == SCRAM_OK)
        status = accounts_find_out(a, before, why);
    return accounts_hand_over(a, status, accounts, why);
}
