/*
 * Credentials whose passwords are in a file. The file is read when one is
 * acquired, to find out whether there is anything in it, and again for each
 * context: what it says then is what counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/credentials.h"
#include "gss/cred.h"
#include "gss/status.h"

static OM_uint32
refuse(OM_uint32 *minor, enum scram_status status, const struct sentence *why)
{
    status_minor(minor, status, why);
    return status == SCRAM_NO_MEMORY ? GSS_S_FAILURE : GSS_S_NO_CRED;
}

/* credentials_wanted: whether an entry is for the user at @p data, a struct
 * name that is prepared already, or NULL for anybody. */
static bool
is_for(void *data, struct slice user)
{
    const struct name *name = data;
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);

    return name == NULL ||
           (scram_prepare_user(user, &prepared) == SCRAM_OK &&
            slice_equal(buffer_slice(&prepared), name_slice(name)));
}

/* Say why there is no login to be made of an entry. */
static OM_uint32
bad_entry(OM_uint32 *minor, enum scram_status status, const char *path,
          const struct credentials_entry *entry)
{
    struct sentence why = {""};

    if (status == SCRAM_BAD_USERNAME)
        sentence_write(
            &why, "%s: the user of [%.*s] is not one that SASLprep allows",
            path, credentials_shown(entry->target), entry->target.data);
    return refuse(minor, status, &why);
}

/* The name of an entry's user. */
static enum scram_status
name_user(const struct credentials_entry *entry, enum scram_mechanism mechanism,
          struct name **name)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);
    enum scram_status status = scram_prepare_user(entry->user, &prepared);

    if (status != SCRAM_OK)
        return status;
    *name = name_new(mechanism, NAME_USER, buffer_slice(&prepared));
    return *name == NULL ? SCRAM_NO_MEMORY : SCRAM_OK;
}

/*
 * The entry that says whom a file is for: the first for the user, whatever its
 * target is; for anybody the one for any target, or the first that there is.
 */
static const struct credentials_entry *
first_entry(const struct credentials *credentials, struct name *name)
{
    const struct credentials_entry *found =
        credentials_find(credentials, SLICE(""), is_for, name);
    size_t i;

    for (i = 0; found == NULL && i < credentials->count; i++) {
        if (is_for(name, credentials->entries[i].user))
            found = credentials->entries + i;
    }
    return found;
}

static OM_uint32
no_path(OM_uint32 *minor)
{
    struct sentence why;

    sentence_write(&why, "There is no user name and password to authenticate "
                         "with, and neither GSS_SCRAM_CREDENTIALS nor HOME "
                         "says where there might be");
    return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL, &why);
}

/* Look into the file at cred->path. */
static OM_uint32
look_into(OM_uint32 *minor, struct cred *cred)
{
    struct credentials credentials CLEANUP_CREDENTIALS = {0};
    const struct credentials_entry *entry;
    struct sentence why = {""};
    enum scram_status status = credentials_read(cred->path, &credentials, &why);

    if (status != SCRAM_OK)
        return refuse(minor, status, &why);
    entry = first_entry(&credentials, cred->name);
    if (entry == NULL) {
        sentence_write(&why,
                       "There is no password%s%.64s in %s; add a section to "
                       "that file, as in [HTTP@www.example.org], with user "
                       "and password",
                       cred->name == NULL ? "" : " for the user ",
                       cred->name == NULL ? "" : cred->name->text, cred->path);
        return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL,
                             &why);
    }
    if (cred->name != NULL)
        return GSS_S_COMPLETE;
    status = name_user(entry, SCRAM_SHA_256, &cred->user);
    if (status == SCRAM_OK)
        return GSS_S_COMPLETE;
    return bad_entry(minor, status, cred->path, entry);
}

OM_uint32
cred_use_file(OM_uint32 *minor, const char *path, struct cred *cred)
{
    char own[CREDENTIALS_PATH_MAX];

    if (path == NULL && !credentials_path(own))
        return no_path(minor);
    cred->path = strdup(path == NULL ? own : path);
    cred->logins = logins_new();
    if (cred->path == NULL || cred->logins == NULL)
        return refuse(minor, SCRAM_NO_MEMORY, NULL);
    return look_into(minor, cred);
}

/* The greater of the account's least count and the entry's holds, so that
 * neither weakens the other. False without memory. */
static bool
take_minimum(const struct cred *cred, const struct credentials_entry *entry,
             struct cred *login)
{
    struct sentence from;

    if (entry->min_iterations <= cred->iterations.min)
        return true;
    sentence_write(&from, "[%.*s] in %s", credentials_shown(entry->target),
                   entry->target.data, cred->path);
    login->iterations.min = entry->min_iterations;
    login->min_from = strdup(from.text);
    return login->min_from != NULL;
}

/* The login that an entry is, with nothing derived yet. */
static enum scram_status
login_new(const struct cred *cred, const struct credentials_entry *entry,
          enum scram_mechanism mechanism, struct cred **output)
{
    struct cred *login = cred_new(GSS_C_INITIATE);
    enum scram_status status;

    if (login == NULL)
        return SCRAM_NO_MEMORY;
    login->iterations = cred->iterations;
    status = name_user(entry, mechanism, &login->name);
    if (status == SCRAM_OK && !take_minimum(cred, entry, login))
        status = SCRAM_NO_MEMORY;
    if (status == SCRAM_OK && !secret_copy(&login->password, entry->password))
        status = SCRAM_NO_MEMORY;
    if (status == SCRAM_OK)
        *output = login;
    else
        cred_release(login);
    return status;
}

/* Why there is no login for the target, whose name is a stranger's, it may be:
 * nothing of it that is not plain goes into logs and onto terminals. */
static OM_uint32
no_login(OM_uint32 *minor, const struct cred *cred, const struct name *target)
{
    struct sentence why;
    char plain[129];
    size_t i;

    snprintf(plain, sizeof(plain), "%s", target->text);
    for (i = 0; plain[i] != '\0'; i++) {
        if (plain[i] < ' ' || plain[i] > '~')
            plain[i] = '?';
    }
    sentence_write(&why,
                   "%s has no password%s%.64s for %s; add a section to it, "
                   "named [%s] or [*], with user and password",
                   cred->path, cred->name == NULL ? "" : " of the user ",
                   cred->name == NULL ? "" : cred->name->text, plain, plain);
    return status_refuse(minor, GSS_S_NO_CRED, GSS_SCRAM_NO_CREDENTIAL, &why);
}

OM_uint32
cred_for_target(OM_uint32 *minor, struct cred *cred, const struct name *target,
                struct cred **output)
{
    struct credentials credentials CLEANUP_CREDENTIALS = {0};
    const struct credentials_entry *entry;
    struct sentence why = {""};
    enum scram_status status;
    struct cred *login;

    if (cred->path == NULL) {
        atomic_fetch_add(&cred->references, 1);
        *output = cred;
        return GSS_S_COMPLETE;
    }
    status = credentials_read(cred->path, &credentials, &why);
    if (status != SCRAM_OK)
        return refuse(minor, status, &why);
    entry =
        credentials_find(&credentials, name_slice(target), is_for, cred->name);
    if (entry == NULL)
        return no_login(minor, cred, target);
    status = login_new(cred, entry, target->mechanism, &login);
    if (status != SCRAM_OK)
        return bad_entry(minor, status, cred->path, entry);
    *output = logins_settle(cred->logins, entry->target, login);
    return GSS_S_COMPLETE;
}
