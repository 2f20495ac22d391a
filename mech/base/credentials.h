/*
 * The credentials file: which user an initiator is towards which target, and
 * their password. Its format is krb5.conf's, a section for each login:
 *
 *     # an HTTP server
 *     [HTTP@www.example.org]
 *         user = alice
 *         password = "correct horse \"battery\" staple"
 *
 *     # any service on any host
 *     [*]
 *         user = alice
 *         password = "another one"
 *         min_iterations = 100000
 *
 * min_iterations may be left out. It is the least count of iterations that a
 * server may ask for, which an account's configuration can raise further.
 *
 * A section's name is a pattern for targets, SERVICE@HOST. Each side of it may
 * be * for any; HOST may also be *.DOMAIN for any host below a domain; * alone
 * is *@*. Letters' case does not count. Of the patterns that fit a target the
 * one with the closest host wins (the host itself, the longest domain, any),
 * then the one that names the service, then the one that stands first: a
 * target may have a section for each of several users.
 *
 * A program that reads such a file trusts it with what the account knows, and
 * it holds passwords, so it is read by code of our own: MIT's profile library
 * would open it a second time by its name, leave passwords in memory that it
 * has released, run what a "module" line names, and pass over mistakes. That
 * library reads the same from every file of one section a target that this code
 * takes.
 */
#ifndef BASE_CREDENTIALS_H
#define BASE_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

#define CREDENTIALS_FILE_MAX 65536 /* bytes of a file */
#define CREDENTIALS_TARGET_MAX 512 /* bytes of a section's name */
#define CREDENTIALS_PATH_MAX 4096  /* bytes of a path, with its NUL */

#define CREDENTIALS_ITERATIONS_MIN 4096 /* RFC 7677, section 4 */
#define CREDENTIALS_ITERATIONS_MAX INT32_MAX

/* A section. The slices are into the file's text. */
struct credentials_entry {
    struct slice target; /* a pattern */
    struct slice user;
    struct slice password;
    uint32_t min_iterations; /* 0: the section says nothing of it */
    size_t begin, end; /* where it stands in the file, for who changes it */
};

/* What a file holds, in its order. */
struct credentials {
    struct secret text;
    struct credentials_entry *entries;
    size_t count;
};

/*
 * The path of the file that is read unless another is asked for: what
 * GSS_SCRAM_CREDENTIALS says, or gss-scram/credentials in $XDG_CONFIG_HOME or
 * ~/.config. A set-uid program's environment does not count.
 *
 * @param path  CREDENTIALS_PATH_MAX bytes, set on true alone
 * @return false where none of the variables is set, or the path is too long
 */
bool credentials_path(char *path);

/*
 * Read a file, which must be a file (and no link to one) that belongs to the
 * effective uid and that nobody else may read or write.
 *
 * @param credentials  set on SCRAM_OK alone; wipe it with credentials_clear
 * @param why          a sentence with the path and the line on failure, and
 *                     nothing that may be a password; may be NULL
 * @return SCRAM_OK, also when there is no file (no entries then);
 *         SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status credentials_read(const char *path,
                                   struct credentials *credentials,
                                   struct sentence *why);

void credentials_clear(struct credentials *credentials);

#define CLEANUP_CREDENTIALS __attribute__((cleanup(credentials_clear)))

/* Whether an entry's user will do. */
typedef bool credentials_wanted(void *data, struct slice user);

/*
 * The entry for a target, as the rules above choose it.
 *
 * @param target  SERVICE@HOST, or a service alone, for which only patterns for
 *                any host are
 * @param wanted  entries that it refuses are passed over; NULL: any will do
 * @return NULL where there is none
 */
const struct credentials_entry *
credentials_find(const struct credentials *credentials, struct slice target,
                 credentials_wanted *wanted, void *data);

/*
 * How closely a pattern fits a target, by the same rules: of two that fit, the
 * one with the greater rank is taken.
 *
 * @return 0 for one that does not fit
 */
size_t credentials_rank(struct slice pattern, struct slice target);

/* Whether @p target is a pattern that may name a section. */
bool credentials_target_is_valid(struct slice target);

/* How much of a target goes into a sentence. */
static inline int
credentials_shown(struct slice target)
{
    return target.len < 128 ? (int)target.len : 128;
}

/* What becomes of an entry for the same target and user, and where a new one
 * goes. */
struct credentials_how {
    bool replace; /* false: SCRAM_USER_EXISTS if there is one */
    bool first;   /* before the target's other entries; last if not */
};

/*
 * Set an entry: once this returns SCRAM_OK the file is on disk with it, and a
 * reader sees the old file or the new one. All else in it stays as it is,
 * comments too. A file that is not there is made (0600), as are its folder and
 * the one that this is in (0700).
 *
 * @param entry  target, user and password, with no NUL in them; without
 *               min_iterations it has that of the entry that it replaces, if
 *               any, as a new password demands no less of its servers
 * @return SCRAM_OK, SCRAM_USER_EXISTS; SCRAM_BAD_ARGUMENT for what cannot be
 *         written; SCRAM_BAD_CONFIG when the file is wrong, or cannot be
 *         written; SCRAM_NO_MEMORY; with a sentence always
 */
enum scram_status credentials_set(const char *path,
                                  const struct credentials_entry *entry,
                                  struct credentials_how how,
                                  struct sentence *why);

/*
 * Remove the entry for a target, as it is written in the file, and a user; a
 * user without data is any, and all of that target's entries go.
 *
 * @return as above; SCRAM_NO_USER where there is no such entry
 */
enum scram_status credentials_remove(const char *path, struct slice target,
                                     struct slice user, struct sentence *why);

#endif
