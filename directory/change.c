#include "directory/change.h"

#include <stdlib.h>
#include <strings.h>

#include "directory/find.h"

#define OURS_MAX 16 /* values of our schemes in one entry */
#define CHANGES_MAX (OURS_MAX + SCRAM_MECHANISMS + 1)
#define TRIES 3 /* when others change the same entry */

/* What is to become of a user. */
struct changing {
    struct ldap_store *store;
    struct slice user;
    const struct scram_verifier *verifiers; /* what the user gets */
    size_t count;
    unsigned mechanisms; /* a bit for each: what the user had of them goes */
    enum store_put how;
    struct sentence *why;
};

/* A user's entry as it is: the values that are ours, whatever is in them. */
struct present {
    const struct changing *changing;
    char *dn; /* NULL: there is no entry */
    size_t count;
    struct {
        struct secret value;
        unsigned mechanisms; /* its bit; all of them where it is damaged */
    } ours[OURS_MAX];
};

static void
present_clear(struct present *p)
{
    size_t i;

    for (i = 0; i < p->count; i++)
        secret_clear(&p->ours[i].value);
    free(p->dn);
    *p = (struct present){0};
}

#define CLEANUP_PRESENT __attribute__((cleanup(present_clear)))

/* ldap_client_visit */
static enum scram_status
ldap_change_take(void *data, const struct ldap_client_entry *entry)
{
    struct present *p = data;
    const struct changing *c = p->changing;
    enum scram_status status =
        ldap_find_is(c->store->directory, entry, c->user, c->why);
    size_t i;

    if (status != SCRAM_OK)
        return status == SCRAM_NO_USER ? SCRAM_OK : status;
    p->dn = strdup(entry->dn);
    if (p->dn == NULL)
        return SCRAM_NO_MEMORY;
    for (i = 0; i < entry->count && p->count < OURS_MAX; i++) {
        CLEANUP_VERIFIER struct scram_verifier verifier;

        if (entry->values[i].attribute != 0)
            continue;
        status = ldap_value_read(entry->values[i].bytes, &verifier);
        if (status == SCRAM_NO_USER)
            continue;
        if (!secret_copy(&p->ours[p->count].value, entry->values[i].bytes))
            return SCRAM_NO_MEMORY;
        p->ours[p->count++].mechanisms = status == SCRAM_OK
                                             ? 1u << verifier.mechanism
                                             : (1u << SCRAM_MECHANISMS) - 1;
    }
    return SCRAM_OK;
}

static enum scram_status
ldap_change_say(const struct changing *c, enum scram_status status,
                const char *what)
{
    sentence_write(c->why, "%.*s %s %s", (int)c->user.len,
                   (const char *)c->user.data, what,
                   c->store->directory->location);
    return status;
}

/* Whether to go on, by what is there. */
static enum scram_status
ldap_change_may_go_on(const struct changing *c, const struct present *p)
{
    bool there = false;
    size_t i;

    for (i = 0; i < p->count; i++)
        there = there || (p->ours[i].mechanisms & c->mechanisms) != 0;
    if (p->dn == NULL)
        return ldap_change_say(c, SCRAM_NO_USER, "has no entry in");
    if (there && c->how == STORE_ADD)
        return ldap_change_say(c, SCRAM_USER_EXISTS,
                               "has a verifier already in");
    if (!there && c->how == STORE_REPLACE)
        return ldap_change_say(c, SCRAM_NO_USER, "has no verifier in");
    return SCRAM_OK;
}

/* Old values go by what they are: if somebody has changed one meanwhile, the
 * directory refuses all of the change. */
static enum scram_status
modify(const struct changing *c, const struct present *p, bool with_class)
{
    struct ldap_directory *d = c->store->directory;
    uint8_t texts[SCRAM_MECHANISMS][LDAP_VALUE_TEXT_MAX];
    struct ldap_client_change changes[CHANGES_MAX];
    enum scram_status status;
    size_t i, n = 0;

    for (i = 0; i < p->count; i++) {
        if (p->ours[i].mechanisms & c->mechanisms)
            changes[n++] = (struct ldap_client_change){
                false, d->config.attribute, secret_slice(&p->ours[i].value)};
    }
    for (i = 0; i < c->count; i++) {
        struct buffer text = BUFFER_ARRAY(texts[i]);

        ldap_value_write(&c->verifiers[i], &text);
        changes[n++] = (struct ldap_client_change){true, d->config.attribute,
                                                   buffer_slice(&text)};
    }
    if (with_class)
        changes[n++] = (struct ldap_client_change){true, "objectClass",
                                                   SLICE("authPasswordObject")};
    status = ldap_client_modify(d->client, p->dn, changes, n, c->why);
    OPENSSL_cleanse(texts, sizeof(texts));
    return status;
}

/* Look at the entry, and change it. */
static enum scram_status
ldap_change_try(const struct changing *c, bool *changed_meanwhile)
{
    struct ldap_directory *d = c->store->directory;
    CLEANUP_PRESENT struct present p = {.changing = c};
    enum scram_status status =
        ldap_find(d, c->user, false, ldap_change_take, &p, c->why);

    if (status == SCRAM_OK)
        status = ldap_change_may_go_on(c, &p);
    if (status != SCRAM_OK)
        return status;
    status = modify(c, &p, false);
    /* RFC 3112, section 3: an entry has to be of a class that allows it. */
    if (status == SCRAM_BAD_ARGUMENT &&
        strcasecmp(d->config.attribute, CONFIG_LDAP_ATTRIBUTE) == 0)
        status = modify(c, &p, true);
    *changed_meanwhile = status == SCRAM_NO_USER;
    if (status == SCRAM_BAD_ARGUMENT || *changed_meanwhile)
        status = SCRAM_STORE_FAILED;
    return status;
}

static enum scram_status
change_entry(const struct changing *c)
{
    struct ldap_directory *d = c->store->directory;
    enum scram_status status = SCRAM_STORE_FAILED;
    bool again = true;
    int tries;

    for (tries = 0; tries < TRIES && again; tries++) {
        again = false;
        status = ldap_change_try(c, &again);
    }
    ldap_directory_lock();
    ldap_cache_drop(d->cache, c->user);
    ldap_directory_unlock();
    if (status == SCRAM_NO_MEMORY)
        sentence_write(c->why, "out of memory");
    return status;
}

enum scram_status
ldap_change(struct store_transaction *transaction,
            const struct store_change *change, struct sentence *why)
{
    struct changing c = {ldap_store_of(transaction->store),
                         change->user,
                         change->verifiers,
                         change->count,
                         ~0u,
                         change->how,
                         why};

    if (!change->whole)
        c.mechanisms = 1u << change->verifiers->mechanism;
    return change_entry(&c);
}

enum scram_status
ldap_begin(struct store *base, struct store_transaction **transaction,
           struct sentence *why)
{
    (void)why;
    *transaction = &ldap_store_of(base)->each;
    return SCRAM_OK;
}

enum scram_status
ldap_end(struct store_transaction *transaction, bool keep, struct sentence *why)
{
    (void)transaction;
    (void)keep;
    (void)why;
    return SCRAM_OK;
}
