/*
 * Logins whose passwords are in a file. The file is read when somebody asks
 * whether there is anything in it, and again for each login: what it says then
 * is what counts.
 */
#include <stdio.h>
#include <string.h>

#include "prove/kinds.h"

/* credentials_wanted: whether an entry is for the user at @p data, a struct
 * slice that is prepared already, or empty for anybody. */
static bool
prove_file_is_for(void *data, struct slice user)
{
    const struct slice *wanted = data;
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);

    return wanted->len == 0 ||
           (scram_prepare_user(user, &prepared) == SCRAM_OK &&
            slice_equal(buffer_slice(&prepared), *wanted));
}

/* The user of an entry, prepared. */
static enum scram_status
take_user(const struct prove_service *service,
          const struct credentials_entry *entry, struct buffer *user,
          struct sentence *why)
{
    enum scram_status status = scram_prepare_user(entry->user, user);

    if (status == SCRAM_BAD_USERNAME)
        sentence_write(why,
                       "%s: the user of [%.*s] is not one that SASLprep allows",
                       service->path, credentials_shown(entry->target),
                       entry->target.data);
    return status;
}

/*
 * The entry that says whom a file is for: the first for the user, whatever its
 * target is; for anybody the one for any target, or the first that there is.
 */
static const struct credentials_entry *
first_entry(const struct credentials *credentials, struct slice user)
{
    const struct credentials_entry *found =
        credentials_find(credentials, SLICE(""), prove_file_is_for, &user);
    size_t i;

    for (i = 0; found == NULL && i < credentials->count; i++) {
        if (prove_file_is_for(&user, credentials->entries[i].user))
            found = credentials->entries + i;
    }
    return found;
}

static void
blame_file(const struct prove_service *service, struct slice user,
           struct sentence *why)
{
    sentence_write(why,
                   "There is no password%s%.*s in %s; add a section to that "
                   "file, as in [HTTP@www.example.org], with user and password",
                   user.len == 0 ? "" : " for the user ",
                   credentials_shown(user), (const char *)user.data,
                   service->path);
}

enum scram_status
prove_file_look(struct prove_service *service, struct slice user,
                struct prove_owner *owner, struct sentence *why)
{
    struct credentials credentials CLEANUP_CREDENTIALS = {0};
    const struct credentials_entry *entry;
    enum scram_status status =
        credentials_read(service->path, &credentials, why);

    if (status != SCRAM_OK)
        return status;
    entry = first_entry(&credentials, user);
    if (entry == NULL) {
        blame_file(service, user, why);
        return SCRAM_NO_USER;
    }
    if (user.len == 0)
        return take_user(service, entry, &owner->user, why);
    buffer_put(&owner->user, user);
    return SCRAM_OK;
}

/* The greater of the account's least count and the entry's holds, so that
 * neither weakens the other. False without memory. */
static bool
take_minimum(const struct prove_service *service,
             const struct credentials_entry *entry, struct prove_login *login)
{
    struct sentence from;

    if (entry->min_iterations <= login->iterations.min)
        return true;
    sentence_write(&from, "[%.*s] in %s", credentials_shown(entry->target),
                   entry->target.data, service->path);
    login->iterations.min = entry->min_iterations;
    login->min_from = strdup(from.text);
    return login->min_from != NULL;
}

/* The login that an entry is. */
static enum scram_status
prove_file_begin(struct prove_service *service,
                 const struct credentials_entry *entry,
                 struct prove_login **output, struct sentence *why)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    struct prove_login *login;
    enum scram_status status = take_user(service, entry, &user, why);

    if (status == SCRAM_OK)
        status = prove_local(service, buffer_slice(&user), entry->password,
                             &login, why);
    if (status != SCRAM_OK)
        return status;
    if (!take_minimum(service, entry, login)) {
        prove_end(login);
        return SCRAM_NO_MEMORY;
    }
    *output = login;
    return SCRAM_OK;
}

/* Why there is no login for the target, whose name is a stranger's, it may be:
 * nothing of it that is not plain goes into logs and onto terminals. */
static void
blame_target(const struct prove_service *service, struct slice target,
             struct slice user, struct sentence *why)
{
    char plain[129];
    size_t i;

    snprintf(plain, sizeof(plain), "%.*s", credentials_shown(target),
             (const char *)target.data);
    for (i = 0; plain[i] != '\0'; i++) {
        if (plain[i] < ' ' || plain[i] > '~')
            plain[i] = '?';
    }
    sentence_write(why,
                   "%s has no password%s%.*s for %s; add a section to it, "
                   "named [%s] or [*], with user and password",
                   service->path, user.len == 0 ? "" : " of the user ",
                   credentials_shown(user), (const char *)user.data, plain,
                   plain);
}

enum scram_status
prove_file_choose(struct prove_service *service, struct slice target,
                  struct slice user, struct prove_login **login,
                  struct sentence *why)
{
    struct credentials credentials CLEANUP_CREDENTIALS = {0};
    const struct credentials_entry *entry;
    enum scram_status status =
        credentials_read(service->path, &credentials, why);

    if (status != SCRAM_OK)
        return status;
    entry = credentials_find(&credentials, target, prove_file_is_for, &user);
    if (entry == NULL) {
        if (first_entry(&credentials, user) == NULL)
            blame_file(service, user, why);
        else
            blame_target(service, target, user, why);
        return SCRAM_NO_USER;
    }
    return prove_file_begin(service, entry, login, why);
}
