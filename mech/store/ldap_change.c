#include "store/ldap_change.h"

#include <stdlib.h>
#include <strings.h>

#include "store/ldap_find.h"

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
take(void *data, const struct ldap_client_entry *entry)
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
say(const struct changing *c, enum scram_status status, const char *what)
{
    sentence_write(c->why, "%.*s %s %s", (int)c->user.len,
                   (const char *)c->user.data, what,
                   c->store->directory->location);
    return status;
}

/* Whether to go on, by what is there. */
static enum scram_status
may_go_on(const struct changing *c, const struct present *p)
{
    bool there = false;
    size_t i;

    for (i = 0; i < p->count; i++)
        there = there || (p->ours[i].mechanisms & c->mechanisms) != 0;
    if (p->dn == NULL)
        return say(c, SCRAM_NO_USER, "has no entry in");
    if (there && c->how == STORE_ADD)
        return say(c, SCRAM_USER_EXISTS, "has a verifier already in");
    if (!there && c->how == STORE_REPLACE)
        return say(c, SCRAM_NO_USER, "has no verifier in");
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
    status = d->ops->modify(d->client, p->dn, changes, n, c->why);
    OPENSSL_cleanse(texts, sizeof(texts));
    return status;
}

/* Look at the entry, and change it. */
static enum scram_status
try(const struct changing *c, bool *changed_meanwhile)
{
    struct ldap_directory *d = c->store->directory;
    CLEANUP_PRESENT struct present p = {.changing = c};
    enum scram_status status = ldap_find(d, c->user, false, take, &p, c->why);

    if (status == SCRAM_OK)
        status = may_go_on(c, &p);
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
change(const struct changing *c)
{
    struct ldap_directory *d = c->store->directory;
    enum scram_status status = SCRAM_STORE_FAILED;
    bool again = true;
    int tries;

    for (tries = 0; tries < TRIES && again; tries++) {
        again = false;
        status = try(c, &again);
    }
    ldap_directory_lock();
    ldap_cache_drop(d->cache, c->user);
    ldap_directory_unlock();
    if (status == SCRAM_NO_MEMORY)
        sentence_write(c->why, "out of memory");
    return status;
}

/* What can be wrong with the arguments, before anything is sent. */
static enum scram_status
check(const struct changing *c)
{
    bool good = c->user.len > 0 && c->user.len <= SCRAM_USER_MAX &&
                memchr(c->user.data, '\0', c->user.len) == NULL &&
                c->count <= SCRAM_MECHANISMS;
    size_t i;

    if (!c->store->writable) {
        sentence_write(c->why, "cannot write %s: it was opened for reading",
                       c->store->directory->location);
        return SCRAM_STORE_FORBIDDEN;
    }
    for (i = 0; i < c->count && good; i++)
        good = c->verifiers[i].mechanism < SCRAM_MECHANISMS &&
               c->verifiers[i].salt_len > 0 &&
               c->verifiers[i].salt_len <= SCRAM_SALT_MAX &&
               c->verifiers[i].iterations > 0;
    if (good)
        return SCRAM_OK;
    sentence_write(c->why, "the user has no name, or the verifier has no "
                           "mechanism, salt or count");
    return SCRAM_BAD_ARGUMENT;
}

static enum scram_status
check_and_change(const struct changing *c)
{
    enum scram_status status = check(c);

    return status == SCRAM_OK ? change(c) : status;
}

enum scram_status
ldap_put(struct store *base, struct slice user,
         const struct scram_verifier *verifier, enum store_put how,
         struct sentence *why)
{
    struct changing c = {ldap_store_of(base),       user, verifier, 1,
                         1u << verifier->mechanism, how,  why};

    return check_and_change(&c);
}

enum scram_status
ldap_set(struct store *base, struct slice user,
         const struct scram_verifier *verifiers, size_t count,
         enum store_put how, struct sentence *why)
{
    struct changing c = {
        ldap_store_of(base), user, verifiers, count, ~0u, how, why};

    if (count == 0) {
        sentence_write(why, "there is no verifier");
        return SCRAM_BAD_ARGUMENT;
    }
    return check_and_change(&c);
}

enum scram_status
ldap_put_many(struct store *base, struct store_entry *entries, size_t count,
              enum store_put how, struct sentence *why)
{
    enum scram_status status;
    size_t i;

    for (i = 0; i < count; i++) {
        status = ldap_put(base, entries[i].user, entries[i].verifier, how, why);
        switch (status) {
        case SCRAM_OK:
        case SCRAM_USER_EXISTS:
        case SCRAM_NO_USER:
        case SCRAM_BAD_ARGUMENT:
            entries[i].status = status;
            break;
        default:
            return status;
        }
    }
    return SCRAM_OK;
}

enum scram_status
ldap_remove(struct store *base, struct slice user, struct sentence *why)
{
    struct changing c = {ldap_store_of(base), user, NULL, 0, ~0u,
                         STORE_REPLACE,       why};

    return check_and_change(&c);
}

void
ldap_begin(struct store *base)
{
    (void)base;
}

enum scram_status
ldap_commit(struct store *base, struct sentence *why)
{
    (void)base;
    (void)why;
    return SCRAM_OK;
}
