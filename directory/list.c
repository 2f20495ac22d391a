#include "directory/list.h"

#include <stdlib.h>

#define FILTER_MAX (3 * CONFIG_LDAP_TEXT_MAX + 16)

/* A user who was found. */
struct listed {
    struct ldap_kept kept;
    size_t user_len, groups_len;
    uint8_t user[]; /* and then the user's groups */
};

struct list {
    struct listed **users;
    size_t count, room;
    const struct ldap_directory *directory;
    struct sentence *why;
};

static void
list_clear(struct list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        OPENSSL_cleanse(list->users[i], sizeof(*list->users[i]));
        free(list->users[i]);
    }
    free(list->users);
}

/* Take one more down: there may be millions, so none has more room than its
 * name and its groups need. */
static bool
ldap_list_add(struct list *list, const struct ldap_account *account,
              struct slice name)
{
    struct slice groups = ldap_account_groups(account);
    struct listed *user;

    if (list->count == list->room) {
        size_t room = list->room == 0 ? 1024 : list->room * 2;
        struct listed **users =
            realloc(list->users, room * sizeof(struct listed *));

        if (users == NULL)
            return false;
        list->users = users;
        list->room = room;
    }
    user = malloc(sizeof(*user) + name.len + groups.len);
    if (user == NULL)
        return false;
    ldap_kept_write(account, &user->kept);
    user->user_len = name.len;
    memcpy(user->user, name.data, name.len);
    user->groups_len = groups.len;
    memcpy(user->user + name.len, groups.data, groups.len);
    list->users[list->count++] = user;
    return true;
}

/* An entry's first name, prepared. */
static bool
name_of(const struct ldap_directory *d, const struct ldap_client_entry *entry,
        struct buffer *name)
{
    size_t i;

    for (i = 0; i < entry->count; i++) {
        if (ldap_find_fact(d, &entry->values[i]) == LDAP_FACT_NAME &&
            scram_prepare_user(entry->values[i].bytes, name) == SCRAM_OK)
            return true;
    }
    return false;
}

/* ldap_client_visit */
static enum scram_status
ldap_list_take(void *data, const struct ldap_client_entry *entry)
{
    struct list *list = data;
    CLEANUP_ACCOUNT struct ldap_account account = {0};
    uint8_t space[SCRAM_USER_MAX];
    struct buffer name = BUFFER_ARRAY(space);
    enum scram_status status =
        ldap_find_account(list->directory, entry, &account, list->why);

    if (status != SCRAM_OK)
        return status;
    if (account.has == 0 || !name_of(list->directory, entry, &name))
        return SCRAM_OK;
    return ldap_list_add(list, &account, buffer_slice(&name)) ? SCRAM_OK
                                                              : SCRAM_NO_MEMORY;
}

static int
ldap_list_compare(const void *a, const void *b)
{
    const struct listed *x = *(struct listed *const *)a;
    const struct listed *y = *(struct listed *const *)b;
    size_t len = x->user_len < y->user_len ? x->user_len : y->user_len;
    int order = memcmp(x->user, y->user, len);

    return order != 0                  ? order
           : x->user_len < y->user_len ? -1
                                       : x->user_len > y->user_len;
}

static enum scram_status
visit_all(const struct list *list, store_visit *visit, void *data)
{
    enum scram_status status = SCRAM_OK;
    size_t i;
    int m;

    for (i = 0; i < list->count; i++) {
        const struct listed *u = list->users[i];
        CLEANUP_ACCOUNT struct ldap_account account;

        ldap_kept_read(&u->kept,
                       (struct slice){u->user + u->user_len, u->groups_len},
                       &account);
        for (m = 0; m < SCRAM_MECHANISMS && status == SCRAM_OK; m++) {
            if (account.has & 1u << m)
                status = visit(data, (struct slice){u->user, u->user_len},
                               &account.of[m]);
        }
    }
    return status;
}

static void
put_clause(const char *attribute, struct buffer *filter)
{
    buffer_put(filter, SLICE("("));
    buffer_put(filter, slice_of(attribute));
    buffer_put(filter, SLICE("=*)"));
}

/* A user with a name, a verifier, and the attribute unless it is NULL. */
static void
write_filter(const struct ldap_directory *d, const char *attribute,
             struct buffer *filter)
{
    buffer_put(filter, SLICE("(&"));
    ldap_filter_write(d->config.filter, SLICE(""), filter);
    put_clause(d->config.attribute, filter);
    if (attribute != NULL)
        put_clause(attribute, filter);
    buffer_put(filter, SLICE(")\0"));
}

/* Have all users visited that a directory shows, with the attribute unless it
 * is NULL. */
static enum scram_status
ldap_list_search(struct ldap_directory *d, const char *attribute,
                 ldap_client_visit *visit, void *data, struct sentence *why)
{
    const char *attributes[LDAP_FIND_ATTRIBUTES];
    uint8_t space[FILTER_MAX];
    struct buffer filter = BUFFER_ARRAY(space);
    const struct ldap_client_search everybody = {(const char *)space,
                                                 attributes, true};
    enum scram_status status;

    ldap_find_attributes(d, attributes);
    write_filter(d, attribute, &filter);
    status = ldap_client_search(d->client, &everybody, false, visit, data, why);
    return status == SCRAM_STORE_ABSENT ? SCRAM_STORE_FAILED : status;
}

enum scram_status
ldap_iterate(struct store *base, store_visit *visit, void *data,
             struct sentence *why)
{
    struct ldap_directory *d = ldap_store_of(base)->directory;
    struct list list
        __attribute__((cleanup(list_clear))) = {.directory = d, .why = why};
    enum scram_status status =
        ldap_list_search(d, NULL, ldap_list_take, &list, why);

    if (status == SCRAM_NO_MEMORY)
        sentence_write(why, "out of memory");
    if (status != SCRAM_OK)
        return status;
    if (list.count > 0)
        qsort(list.users, list.count, sizeof(struct listed *),
              ldap_list_compare);
    return visit_all(&list, visit, data);
}

/* Whether a directory shows something. */
struct seeing {
    const struct ldap_directory *directory;
    enum ldap_fact what;
    bool shown;
};

/* ldap_client_visit: up to the first who has what is asked for; a verifier may
 * be damaged. */
static enum scram_status
see(void *data, const struct ldap_client_entry *entry)
{
    CLEANUP_ACCOUNT struct ldap_account account = {0};
    struct seeing *s = data;
    enum scram_status status =
        ldap_find_account(s->directory, entry, &account, NULL);
    size_t i;

    if (s->what == LDAP_FACT_GROUP)
        s->shown = ldap_account_groups(&account).len != 0;
    else if (s->what == LDAP_FACT_VERIFIER)
        s->shown = status != SCRAM_OK || account.has != 0;
    else
        for (i = 0; i < entry->count && !s->shown; i++)
            s->shown =
                ldap_find_fact(s->directory, &entry->values[i]) == s->what;
    return s->shown ? SCRAM_USER_EXISTS : SCRAM_OK;
}

enum scram_status
ldap_shows(struct store *base, enum ldap_fact what, bool *shown,
           struct sentence *why)
{
    struct ldap_directory *d = ldap_store_of(base)->directory;
    struct seeing s = {.directory = d, .what = what};
    const char *attribute = what == LDAP_FACT_EXPIRES ? d->config.expires
                            : what == LDAP_FACT_GROUP ? d->config.groups
                                                      : NULL;
    enum scram_status status = ldap_list_search(d, attribute, see, &s, why);

    if (!s.shown && status != SCRAM_OK)
        return status;
    *shown = s.shown;
    return SCRAM_OK;
}
