#include "directory/find.h"

/* Room for the user in each place of a template. */
#define FILTER_MAX                                                             \
    (CONFIG_LDAP_TEXT_MAX + LDAP_FILTER_NAMES_MAX * 3 * SCRAM_USER_MAX)

void
ldap_find_attributes(const struct ldap_directory *d,
                     const char *attributes[LDAP_FIND_ATTRIBUTES])
{
    unsigned i;

    attributes[0] = d->config.attribute;
    for (i = 0; i < d->names.count; i++)
        attributes[1 + i] = d->names.names[i];
    if (d->config.expires[0] != '\0')
        attributes[1 + i++] = d->config.expires;
    if (d->config.groups[0] != '\0')
        attributes[1 + i++] = d->config.groups;
    attributes[1 + i] = NULL;
}

enum ldap_fact
ldap_find_fact(const struct ldap_directory *d,
               const struct ldap_client_value *value)
{
    unsigned names = d->names.count;

    if (value->attribute == 0)
        return LDAP_FACT_VERIFIER;
    if (value->attribute <= names)
        return LDAP_FACT_NAME;
    return value->attribute == names + 1 && d->config.expires[0] != '\0'
               ? LDAP_FACT_EXPIRES
               : LDAP_FACT_GROUP;
}

static bool
ldap_find_is_name(struct slice value, struct slice user)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(space);

    return slice_equal(value, user) ||
           (scram_prepare_user(value, &prepared) == SCRAM_OK &&
            slice_equal(buffer_slice(&prepared), user));
}

enum scram_status
ldap_find_is(const struct ldap_directory *d,
             const struct ldap_client_entry *entry, struct slice user,
             struct sentence *why)
{
    bool named = false;
    size_t i;

    for (i = 0; i < entry->count; i++) {
        if (ldap_find_fact(d, &entry->values[i]) != LDAP_FACT_NAME)
            continue;
        if (ldap_find_is_name(entry->values[i].bytes, user))
            return SCRAM_OK;
        named = true;
    }
    if (named)
        return SCRAM_NO_USER;
    sentence_write(why,
                   "%s: %s of %.200s cannot be read by this account: correct "
                   "the LDAP directory's access rules",
                   d->location, d->names.names[0], entry->dn);
    return SCRAM_STORE_FAILED;
}

/* When a user expires: of two times nobody can tell which counts. */
static uint64_t
ldap_find_expires(const struct ldap_directory *d,
                  const struct ldap_client_entry *entry, unsigned *odd)
{
    uint64_t expires = 0;
    bool seen = false;
    size_t i;

    for (i = 0; i < entry->count; i++) {
        if (ldap_find_fact(d, &entry->values[i]) != LDAP_FACT_EXPIRES)
            continue;
        if (seen || !ldap_value_expires(entry->values[i].bytes, &expires))
            *odd |= LDAP_ODD_EXPIRES;
        seen = true;
    }
    return expires;
}

/* The user's groups; all of them or none. */
static void
ldap_find_groups(const struct ldap_directory *d,
                 const struct ldap_client_entry *entry, struct groups *groups,
                 unsigned *odd)
{
    size_t i;

    for (i = 0; i < entry->count; i++)
        if (ldap_find_fact(d, &entry->values[i]) == LDAP_FACT_GROUP &&
            !ldap_group_add(d->group_base, entry->values[i].bytes, groups))
            *odd |= LDAP_ODD_GROUPS;
    if (*odd & LDAP_ODD_GROUPS)
        groups->len = 0;
}

/* What holds for each of a user's verifiers. A user with a value that makes no
 * sense has expired. */
static void
ldap_find_facts(const struct ldap_directory *d,
                const struct ldap_client_entry *entry,
                struct ldap_account *account)
{
    uint64_t expires = ldap_find_expires(d, entry, &account->odd);
    struct groups groups = {.len = 0};
    int m;

    ldap_find_groups(d, entry, &groups, &account->odd);
    if (account->odd != 0)
        expires = 1;
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (!(account->has & 1u << m))
            continue;
        account->of[m].expires = expires;
        account->of[m].groups = groups;
    }
}

enum scram_status
ldap_find_account(const struct ldap_directory *d,
                  const struct ldap_client_entry *entry,
                  struct ldap_account *account, struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    size_t i;

    for (i = 0; i < entry->count && status == SCRAM_OK; i++) {
        if (entry->values[i].attribute == 0)
            status = ldap_account_take(account, entry->values[i].bytes);
    }
    if (status == SCRAM_OK) {
        ldap_find_facts(d, entry, account);
        return SCRAM_OK;
    }
    sentence_write(why,
                   status == SCRAM_USER_EXISTS
                       ? "%.200s has two verifiers for the same mechanism; "
                         "remove one of them"
                       : "%.200s has a verifier that is damaged; remove it",
                   entry->dn);
    return SCRAM_STORE_FAILED;
}

void
ldap_find_explain(const struct ldap_directory *d, unsigned odd,
                  struct sentence *why)
{
    if (odd & LDAP_ODD_EXPIRES)
        sentence_write(why,
                       "%s of the user's entry is not one time as in "
                       "20270131120000Z, or one number of days since 1970. The "
                       "user counts as expired until it is corrected",
                       d->config.expires);
    else if (odd & LDAP_ODD_GROUPS)
        sentence_write(why,
                       "%s of the user's entry names something that is no "
                       "group, a group twice, more than %d, or more than %d "
                       "bytes of them. The user counts as expired until it is "
                       "corrected",
                       d->config.groups, GROUPS_MAX, GROUPS_TEXT_MAX);
}

enum scram_status
ldap_find(struct ldap_directory *d, struct slice user, bool fail_fast,
          ldap_client_visit *visit, void *data, struct sentence *why)
{
    const char *attributes[LDAP_FIND_ATTRIBUTES];
    uint8_t space[FILTER_MAX];
    struct buffer filter = BUFFER_ARRAY(space);
    struct ldap_client_search search = {(const char *)space, attributes, false};

    ldap_find_attributes(d, attributes);
    ldap_filter_write(d->config.filter, user, &filter);
    buffer_put(&filter, SLICE("\0"));
    if (filter.overflow) {
        sentence_write(why, "the filter for the user is too long");
        return SCRAM_STORE_FAILED;
    }
    return ldap_client_search(d->client, &search, fail_fast, visit, data, why);
}
