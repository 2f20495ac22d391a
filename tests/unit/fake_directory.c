#include "fake_directory.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scratch.h"

struct fake fake;

enum scram_status __wrap_ldap_client_open(const struct ldap_location *location,
                                          const struct config_ldap *config,
                                          struct ldap_client **client,
                                          struct sentence *why);
enum scram_status __wrap_ldap_client_search(
    struct ldap_client *client, const struct ldap_client_search *search,
    bool fail_fast, ldap_client_visit *visit, void *data, struct sentence *why);
enum scram_status
__wrap_ldap_client_modify(struct ldap_client *client, const char *dn,
                          const struct ldap_client_change *changes,
                          size_t count, struct sentence *why);
void __wrap_ldap_client_close(struct ldap_client *client);

enum scram_status
__wrap_ldap_client_open(const struct ldap_location *location,
                        const struct config_ldap *config,
                        struct ldap_client **client, struct sentence *why)
{
    (void)location;
    (void)config;
    (void)why;
    fake.clients++;
    *client = (struct ldap_client *)&fake;
    return SCRAM_OK;
}

/* The values that are asked for beside verifiers and names. */
static size_t
add_facts(const struct fake_entry *e, const char *const *attributes,
          struct ldap_client_value *values)
{
    size_t n = 0, i, count;
    unsigned a;

    for (a = 2; attributes[a] != NULL; a++) {
        bool expires = strcmp(attributes[a], "shadowExpire") == 0;
        const char *const *texts = expires ? e->expires : e->groups;

        ck_assert(expires || strcmp(attributes[a], "memberOf") == 0);
        count = expires ? 2 : 3;
        for (i = 0; i < count && texts[i] != NULL; i++)
            values[n++] = (struct ldap_client_value){a, slice_of(texts[i])};
    }
    return n;
}

static enum scram_status
visit_entry(const struct fake_entry *e, const char *const *attributes,
            ldap_client_visit *visit, void *data)
{
    struct ldap_client_value values[FAKE_VALUES + 6] = {{1, slice_of(e->uid)}};
    struct ldap_client_entry entry = {"", 1, values};
    char dn[300];
    size_t i;

    snprintf(dn, sizeof(dn), "uid=%s,dc=example", e->uid);
    entry.dn = dn;
    for (i = 0; i < FAKE_VALUES; i++)
        if (e->values[i][0] != '\0')
            values[entry.count++] =
                (struct ldap_client_value){0, slice_of(e->values[i])};
    entry.count += add_facts(e, attributes, values + entry.count);
    return visit(data, &entry);
}

/* It takes capitals for small letters, as directories do. */
enum scram_status
__wrap_ldap_client_search(struct ldap_client *client,
                          const struct ldap_client_search *search,
                          bool fail_fast, ldap_client_visit *visit, void *data,
                          struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    struct fake_entry *e;
    char filter[300];

    (void)client;
    (void)fail_fast;
    fake.searches++;
    ck_assert_str_eq(search->attributes[0], "authPassword");
    ck_assert_str_eq(search->attributes[1], "uid");
    if (fake.fails != SCRAM_OK) {
        sentence_write(why, "the fake fails");
        return fake.fails;
    }
    for (e = fake.entries; e < fake.entries + 4 && status == SCRAM_OK; e++) {
        if (e->uid == NULL)
            continue;
        snprintf(filter, sizeof(filter), "(uid=%s)", e->uid);
        if (search->all ? e->values[0][0] != '\0'
                        : strcasecmp(filter, search->filter) == 0)
            status = visit_entry(e, search->attributes, visit, data);
    }
    snprintf(fake.filter, sizeof(fake.filter), "%s", search->filter);
    return status;
}

static char *
place_of(struct fake_entry *e, struct slice value)
{
    size_t i;

    for (i = 0; i < FAKE_VALUES; i++)
        if (slice_equal(value, slice_of(e->values[i])))
            return e->values[i];
    return NULL;
}

enum scram_status
__wrap_ldap_client_modify(struct ldap_client *client, const char *dn,
                          const struct ldap_client_change *changes,
                          size_t count, struct sentence *why)
{
    struct fake_entry *e = fake.entries, after;
    char *place;
    size_t i;

    (void)client;
    fake.changes++;
    sentence_write(why, "the fake does not change that");
    while (e->uid == NULL || strncmp(dn + 4, e->uid, strlen(e->uid)) != 0)
        e++;
    if (fake.meddled) {
        fake.meddled = false;
        snprintf(e->values[0], sizeof(e->values[0]), "%s",
                 fake_verifier("SCRAM-SHA-256", 5555));
    }
    after = *e;
    for (i = 0; i < count; i++) {
        if (strcmp(changes[i].attribute, "objectClass") == 0) {
            after.has_class = true;
            continue;
        }
        place = place_of(&after, changes[i].add ? SLICE("") : changes[i].value);
        if (place == NULL)
            return SCRAM_NO_USER;
        memset(place, 0, sizeof(after.values[0]));
        if (changes[i].add)
            memcpy(place, changes[i].value.data, changes[i].value.len);
    }
    if (!after.has_class)
        return SCRAM_BAD_ARGUMENT;
    *e = after;
    return SCRAM_OK;
}

void
__wrap_ldap_client_close(struct ldap_client *client)
{
    (void)client;
}

const char *
fake_verifier(const char *scheme, unsigned iterations)
{
    static char text[400];

    snprintf(text, sizeof(text),
             "%s$%u:W22ZaJ0SNY7soEsUEjb6gQ==$"
             "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
             "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
             scheme, iterations);
    return text;
}

void
fake_configure(const char *lines)
{
    char text[1024];

    snprintf(text, sizeof(text), "[scram]\n%s\n", lines);
    setenv("GSS_SCRAM_CONFIG", scratch_file("scram.conf", text), 1);
}
