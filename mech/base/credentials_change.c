/*
 * Changing a credentials file: its text is put together anew from the pieces
 * that stay and the entry that is set, and takes the old file's place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/credentials.h"
#include "base/credentials_file.h"
#include "base/credentials_text.h"
#include "base/file_write.h"

/* A file that is being changed: nobody else is, as it is locked. */
struct change {
    const char *path;
    int fd;
    struct secret text;             /* as it is in the file */
    struct credentials credentials; /* the same, taken apart */
};

static void
change_end(struct change *change)
{
    secret_clear(&change->text);
    credentials_clear(&change->credentials);
    if (change->fd >= 0)
        close(change->fd);
}

#define CLEANUP_CHANGE __attribute__((cleanup(change_end)))

/*
 * Make the folder that a file is in, and the one that this is in, ~/.config for
 * example: no home, and none on a file system that is not mounted.
 */
static enum scram_status
make_folders(const char *path, struct sentence *why)
{
    char folder[CREDENTIALS_PATH_MAX], *ends[3] = {NULL, NULL, NULL}, *slash;
    int i;

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return credentials_file_failed("write", path, ENAMETOOLONG, why);
    /* Not the one that the path begins with, nor what is behind its end. */
    for (slash = folder + (folder[0] != '\0');
         (slash = strchr(slash, '/')) != NULL; slash++) {
        ends[0] = ends[1];
        ends[1] = ends[2];
        ends[2] = slash;
    }
    for (i = 0; i < 3; i++) {
        if (ends[i] == NULL)
            continue;
        *ends[i] = '\0';
        if (i == 0 && access(folder, F_OK) != 0)
            return credentials_file_failed("keep a password below", folder,
                                           errno, why);
        if (i > 0 && mkdir(folder, 0700) != 0 && errno != EEXIST)
            return credentials_file_failed("make", folder, errno, why);
        *ends[i] = '/';
    }
    return SCRAM_OK;
}

/* Whether the path leads to the open file still: who had it locked before may
 * have put another in its place. */
static bool
is_current(const char *path, int fd)
{
    struct stat here, there;

    return fstat(fd, &here) == 0 && lstat(path, &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Open and lock the file; one that is not there is made, empty. */
static enum scram_status
lock_file(const char *path, int *fd, struct sentence *why)
{
    for (;;) {
        *fd = open(path,
                   O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
                       O_NOFOLLOW,
                   0600);
        if (*fd < 0)
            return credentials_file_failed("write", path, errno, why);
        while (flock(*fd, LOCK_EX) != 0) {
            if (errno != EINTR)
                return credentials_file_failed("lock", path, errno, why);
        }
        if (is_current(path, *fd))
            return SCRAM_OK;
        close(*fd);
    }
}

static enum scram_status
change_begin(const char *path, struct change *change, struct sentence *why)
{
    struct secret copy CLEANUP_SECRET = {0};
    enum scram_status status;

    *change = (struct change){.path = path, .fd = -1};
    status = lock_file(path, &change->fd, why);
    if (status == SCRAM_OK)
        status = credentials_file_read(path, change->fd, &change->text, why);
    if (status != SCRAM_OK)
        return status;
    if (!secret_copy(&copy, secret_slice(&change->text)))
        return credentials_file_failed("read", path, ENOMEM, why);
    return credentials_parse(path, &copy, &change->credentials, why);
}

static bool
credentials_change_write_all(int fd, struct slice bytes)
{
    while (bytes.len != 0) {
        ssize_t n = file_write(fd, bytes);

        if (n < 0 && errno != EINTR)
            return false;
        bytes.data += n > 0 ? n : 0;
        bytes.len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The new name of a file is on disk once its folder is. */
static bool
credentials_change_sync_folder(const char *path)
{
    char folder[CREDENTIALS_PATH_MAX];
    char *slash;
    bool done;
    int fd;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        snprintf(folder, sizeof(folder), ".");
    else
        slash[slash == folder] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

/* Put the text on disk and in the file's place. */
static enum scram_status
change_end_with(const struct change *change, struct slice text,
                struct sentence *why)
{
    char beside[CREDENTIALS_PATH_MAX + 8];
    bool done;
    int error, fd;

    if (text.len > CREDENTIALS_FILE_MAX)
        return credentials_file_failed("write", change->path, EFBIG, why);
    snprintf(beside, sizeof(beside), "%s.XXXXXX", change->path);
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return credentials_file_failed("write", beside, errno, why);
    done = fchmod(fd, 0600) == 0 && credentials_change_write_all(fd, text) &&
           fsync(fd) == 0 && rename(beside, change->path) == 0;
    error = errno;
    close(fd);
    if (!done)
        unlink(beside);
    else if (!credentials_change_sync_folder(change->path)) {
        error = errno;
        done = false;
    }
    return done ? SCRAM_OK
                : credentials_file_failed("write", change->path, error, why);
}

/* Append a piece of the old text, on lines of its own. */
static void
put_lines(struct buffer *out, struct slice text, size_t from, size_t to)
{
    buffer_put(out, (struct slice){text.data + from, to - from});
    if (out->len != 0 && out->data[out->len - 1] != '\n')
        buffer_put(out, SLICE("\n"));
}

static bool
credentials_change_is_for(const struct credentials_entry *e,
                          struct slice target, struct slice user)
{
    return slice_equal(e->target, target) &&
           (user.data == NULL || slice_equal(e->user, user));
}

/* Memory for a file's text with another entry in it. */
static bool
credentials_change_make_room(const struct change *change, struct secret *room,
                             struct buffer *out)
{
    size_t size = change->text.len + CREDENTIALS_ENTRY_MAX + 2;

    *room = (struct secret){malloc(size), size};
    *out = (struct buffer){room->data, 0, size, false};
    return room->data != NULL;
}

/* Where an entry goes: in the place of the one that it replaces, before its
 * target's first, or at the end. */
struct place {
    size_t at, next; /* what of the text it takes */
};

static enum scram_status
find_place(const struct change *change, const struct credentials_entry *entry,
           struct credentials_how how, struct place *place,
           struct sentence *why)
{
    const struct credentials *c = &change->credentials;
    const struct credentials_entry *first = NULL, *same = NULL;
    size_t i;

    for (i = c->count; i-- != 0;) {
        if (credentials_change_is_for(c->entries + i, entry->target,
                                      entry->user))
            same = c->entries + i;
        if (slice_equal(c->entries[i].target, entry->target))
            first = c->entries + i;
    }
    if (same != NULL && !how.replace) {
        sentence_write(why, "%s has a password for that user in [%.*s] already",
                       change->path, credentials_shown(entry->target),
                       entry->target.data);
        return SCRAM_USER_EXISTS;
    }
    *place = (struct place){change->text.len, change->text.len};
    if (how.first && first != same)
        *place = (struct place){first->begin, first->begin};
    else if (same != NULL)
        *place = (struct place){same->begin, same->end};
    return SCRAM_OK;
}

/* The text with the entry in its place, and without the one that it replaces
 * wherever that stands. */
static void
put_changed(const struct change *change, const struct credentials_entry *entry,
            struct place place, struct slice written, struct buffer *out)
{
    const struct credentials *c = &change->credentials;
    struct slice text = secret_slice(&change->text);
    size_t i, from = place.next;

    put_lines(out, text, 0, place.at);
    if (place.at == text.len && text.len != 0)
        buffer_put(out, SLICE("\n"));
    buffer_put(out, written);
    if (place.at == place.next && place.at != text.len)
        buffer_put(out, SLICE("\n"));
    for (i = 0; i < c->count; i++) {
        const struct credentials_entry *e = c->entries + i;

        if (e->begin < from ||
            !credentials_change_is_for(e, entry->target, entry->user))
            continue;
        put_lines(out, text, from, e->begin);
        from = e->end;
    }
    put_lines(out, text, from, text.len);
}

/* The entry, with the least count of the one that it replaces where it says
 * nothing of it. */
static struct credentials_entry
keep_minimum(const struct change *change, const struct credentials_entry *entry)
{
    const struct credentials *c = &change->credentials;
    struct credentials_entry kept = *entry;
    size_t i;

    for (i = 0; i < c->count && kept.min_iterations == 0; i++) {
        if (credentials_change_is_for(c->entries + i, entry->target,
                                      entry->user))
            kept.min_iterations = c->entries[i].min_iterations;
    }
    return kept;
}

enum scram_status
credentials_set(const char *path, const struct credentials_entry *entry,
                struct credentials_how how, struct sentence *why)
{
    struct change change CLEANUP_CHANGE = {.fd = -1};
    struct secret room CLEANUP_SECRET = {0};
    struct secret written CLEANUP_SECRET = {0};
    struct credentials_entry kept;
    struct buffer out, piece;
    struct place place;
    enum scram_status status;

    written =
        (struct secret){malloc(CREDENTIALS_ENTRY_MAX), CREDENTIALS_ENTRY_MAX};
    if (written.data == NULL)
        return credentials_file_failed("write", path, ENOMEM, why);
    piece = (struct buffer){written.data, 0, written.len, false};
    status = credentials_format(entry, &piece, why);
    if (status == SCRAM_OK)
        status = make_folders(path, why);
    if (status == SCRAM_OK)
        status = change_begin(path, &change, why);
    if (status == SCRAM_OK)
        status = find_place(&change, entry, how, &place, why);
    if (status == SCRAM_OK) {
        kept = keep_minimum(&change, entry);
        piece.len = 0;
        status = credentials_format(&kept, &piece, why);
    }
    if (status != SCRAM_OK)
        return status;
    if (!credentials_change_make_room(&change, &room, &out))
        return credentials_file_failed("write", path, ENOMEM, why);
    put_changed(&change, entry, place, buffer_slice(&piece), &out);
    return change_end_with(&change, buffer_slice(&out), why);
}

enum scram_status
credentials_remove(const char *path, struct slice target, struct slice user,
                   struct sentence *why)
{
    struct change change CLEANUP_CHANGE = {.fd = -1};
    struct secret room CLEANUP_SECRET = {0};
    const struct credentials_entry *e;
    struct buffer out;
    struct slice text;
    enum scram_status status = SCRAM_OK;
    size_t i, from = 0;
    bool found = false;

    if (access(path, F_OK) == 0)
        status = change_begin(path, &change, why);
    if (status != SCRAM_OK)
        return status;
    if (!credentials_change_make_room(&change, &room, &out))
        return credentials_file_failed("write", path, ENOMEM, why);
    text = secret_slice(&change.text);
    for (i = 0; i < change.credentials.count; i++) {
        e = change.credentials.entries + i;
        if (!credentials_change_is_for(e, target, user))
            continue;
        found = true;
        put_lines(&out, text, from, e->begin);
        from = e->end;
    }
    if (!found) {
        sentence_write(why,
                       "%s has no such login; \"gss-scram login --list\" "
                       "lists those that it has",
                       path);
        return SCRAM_NO_USER;
    }
    put_lines(&out, text, from, text.len);
    return change_end_with(&change, buffer_slice(&out), why);
}
