#include "base/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/credentials_file.h"
#include "base/credentials_text.h"

bool
credentials_path(char *path)
{
    const char *named = secure_getenv("GSS_SCRAM_CREDENTIALS");
    const char *folder = secure_getenv("XDG_CONFIG_HOME");
    const char *home = secure_getenv("HOME");
    const char *below = "";
    int len;

    if (named != NULL && named[0] != '\0') {
        len = snprintf(path, CREDENTIALS_PATH_MAX, "%s", named);
        return len < CREDENTIALS_PATH_MAX;
    }
    /* A relative path is to be ignored (XDG Base Directory Specification). */
    if (folder == NULL || folder[0] != '/') {
        folder = home;
        below = "/.config";
    }
    if (folder == NULL || folder[0] != '/')
        return false;
    len = snprintf(path, CREDENTIALS_PATH_MAX, "%s%s/gss-scram/credentials",
                   folder, below);
    return len < CREDENTIALS_PATH_MAX;
}

enum scram_status
credentials_file_failed(const char *what, const char *path, int error,
                        struct sentence *why)
{
    char account[LOGIN_NAME_MAX], reason[128];

    config_account(account, sizeof(account));
    if (error == ELOOP)
        sentence_write(
            why, "%s is a symbolic link; name the file that it leads to", path);
    else
        sentence_write(why, "cannot %s %s as %s: %s", what, path, account,
                       strerror_r(error, reason, sizeof(reason)));
    return error == ENOMEM ? SCRAM_NO_MEMORY : SCRAM_BAD_CONFIG;
}

/* Whether the file is its owner's alone, and we are that owner. */
static enum scram_status
check_owner(const char *path, const struct stat *st, struct sentence *why)
{
    char account[LOGIN_NAME_MAX];

    if (!S_ISREG(st->st_mode)) {
        sentence_write(why, "%s is %s, not a file", path,
                       S_ISDIR(st->st_mode) ? "a directory" : "something else");
    } else if (st->st_uid != geteuid()) {
        config_account(account, sizeof(account));
        sentence_write(why,
                       "%s belongs to uid %lu and not to %s; a file with "
                       "passwords is used by its owner alone",
                       path, (unsigned long)st->st_uid, account);
    } else if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        sentence_write(why,
                       "%s has mode %04o, with which others may use it; it "
                       "holds passwords: chmod 600 it",
                       path, st->st_mode & 07777u);
    } else if (st->st_size > CREDENTIALS_FILE_MAX) {
        sentence_write(why, "%s has %lld bytes; %d are allowed", path,
                       (long long)st->st_size, CREDENTIALS_FILE_MAX);
    } else {
        return SCRAM_OK;
    }
    return SCRAM_BAD_CONFIG;
}

enum scram_status
credentials_file_read(const char *path, int fd, struct secret *text,
                      struct sentence *why)
{
    struct secret whole CLEANUP_SECRET = {0};
    enum scram_status status;
    size_t done = 0;
    ssize_t n = 1;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return credentials_file_failed("read", path, errno, why);
    status = check_owner(path, &st, why);
    if (status != SCRAM_OK)
        return status;
    whole =
        (struct secret){calloc(1, (size_t)st.st_size + 1), (size_t)st.st_size};
    if (whole.data == NULL)
        return credentials_file_failed("read", path, ENOMEM, why);
    while (done < whole.len && n != 0) {
        n = read(fd, whole.data + done, whole.len - done);
        if (n < 0 && errno != EINTR)
            return credentials_file_failed("read", path, errno, why);
        done += n > 0 ? (size_t)n : 0;
    }
    /* Somebody made it shorter meanwhile: what is there is what counts. */
    *text = (struct secret){whole.data, done};
    whole = (struct secret){0};
    return SCRAM_OK;
}

enum scram_status
credentials_read(const char *path, struct credentials *credentials,
                 struct sentence *why)
{
    /* O_NONBLOCK: nobody may ever open the other end of a FIFO. */
    int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    struct secret text CLEANUP_SECRET = {0};
    enum scram_status status;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *credentials = (struct credentials){0};
        return SCRAM_OK;
    }
    if (fd < 0)
        return credentials_file_failed("read", path, errno, why);
    status = credentials_file_read(path, fd, &text, why);
    close(fd);
    if (status == SCRAM_OK)
        status = credentials_parse(path, &text, credentials, why);
    return status;
}

void
credentials_clear(struct credentials *credentials)
{
    secret_clear(&credentials->text);
    free(credentials->entries);
    *credentials = (struct credentials){0};
}

/* Names of hosts and services are ASCII. */
static bool
is_same_name(struct slice a, struct slice b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data,
                                      (const char *)b.data, a.len) == 0);
}

/* What stands before and behind the first @; a service alone has no host, and
 * the pattern * fits all. */
static void
credentials_split(struct slice target, struct slice *service,
                  struct slice *host)
{
    const uint8_t *at =
        target.len == 0 ? NULL : memchr(target.data, '@', target.len);

    *service = target;
    *host = slice_equal(target, SLICE("*")) ? target : SLICE("");
    if (at == NULL)
        return;
    service->len = (size_t)(at - target.data);
    *host = (struct slice){at + 1, target.len - service->len - 1};
}

/* How closely a pattern fits a host: 0 for not at all. */
static size_t
host_rank(struct slice pattern, struct slice host)
{
    struct slice domain = {pattern.data + 1, pattern.len - 1};

    if (slice_equal(pattern, SLICE("*")))
        return 1;
    if (is_same_name(pattern, host))
        return CREDENTIALS_TARGET_MAX + 1;
    if (!slice_starts_with(pattern, SLICE("*.")) || host.len <= domain.len)
        return 0;
    host.data += host.len - domain.len;
    host.len = domain.len;
    return is_same_name(domain, host) ? domain.len : 0;
}

size_t
credentials_rank(struct slice pattern, struct slice target)
{
    struct slice pattern_service, pattern_host, service, host;
    size_t rank;
    bool any;

    credentials_split(pattern, &pattern_service, &pattern_host);
    credentials_split(target, &service, &host);
    any = slice_equal(pattern_service, SLICE("*"));
    if (!any && !is_same_name(pattern_service, service))
        return 0;
    rank = host_rank(pattern_host, host);
    return rank == 0 ? 0 : 2 * rank + (any ? 0 : 1);
}

const struct credentials_entry *
credentials_find(const struct credentials *credentials, struct slice target,
                 credentials_wanted *wanted, void *data)
{
    const struct credentials_entry *best = NULL;
    size_t best_rank = 0, i;

    for (i = 0; i < credentials->count; i++) {
        const struct credentials_entry *e = credentials->entries + i;
        size_t r = credentials_rank(e->target, target);

        if (r > best_rank && (wanted == NULL || wanted(data, e->user))) {
            best = e;
            best_rank = r;
        }
    }
    return best;
}
