#include "store/file_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/libcrypto.h"
#include "store/file_changes.h"
#include "store/file_fault.h"
#include "store/file_rights.h"
#include "store/file_write.h"

struct file_draft {
    struct file_shared *shared;
    const char *path;
    pid_t process; /* that made it */
    struct file_place place;
    struct file_image *old; /* NULL: there is none */
    bool moved;             /* the new file is where it belongs */
    bool made;              /* the new file is there */
    char changed[sizeof(" changed=2026-11-29")];
    struct file_changes changes;
    uint8_t block[FILE_BLOCK_MAX]; /* what a line that was found is in */
};

static void
today(struct file_draft *d)
{
    time_t now = time(NULL);
    struct tm tm;

    if (gmtime_r(&now, &tm) == NULL ||
        strftime(d->changed, sizeof(d->changed), " changed=%Y-%m-%d", &tm) == 0)
        d->changed[0] = '\0';
}

/* Whether the image is the very file that is in the place. */
static int
check_old(const struct file_draft *d)
{
    struct stat st;

    if (fstatat(d->place.folder, d->place.name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return d->old == NULL && errno == ENOENT ? 0 : errno;
    if (S_ISLNK(st.st_mode))
        return ELOOP;
    if (!S_ISREG(st.st_mode))
        return EISDIR;
    if (d->old == NULL)
        return st.st_size == 0 ? 0 : ESTALE;
    return file_id_same_bytes(file_id_of(&st), d->old->id) ? 0 : ESTALE;
}

enum scram_status
file_draft_begin(struct file_shared *shared, bool make,
                 struct file_draft **draft, struct sentence *why)
{
    struct file_draft *d = calloc(1, sizeof(*d));
    enum scram_status status;
    int error;

    if (d == NULL)
        return file_fault_memory(why);
    d->shared = shared;
    d->path = file_shared_path(shared);
    d->process = getpid();
    d->place = (struct file_place){.folder = -1, .lock = -1};
    today(d);
    status = file_place_take(d->path, &d->place, why);
    if (status == SCRAM_OK) {
        /* What is there now, which nobody changes while the lock is held. */
        file_shared_renew(shared, NULL);
        status = file_shared_take(shared, &d->old, why);
        if (status == SCRAM_STORE_ABSENT && make)
            status = SCRAM_OK;
    }
    if (status == SCRAM_OK && (error = check_old(d)) != 0)
        status = file_fault_write(d->path, error, why);
    if (status == SCRAM_OK)
        *draft = d;
    else
        file_draft_drop(d);
    return status;
}

/* What there is under a key. */
struct there {
    bool is;
    struct file_line line; /* if it is */
    struct file_place_of old;
};

static enum scram_status
find(struct file_draft *d, struct slice key, struct there *there,
     struct sentence *why)
{
    const struct file_change *change = file_changes_find(&d->changes, key);

    *there = (struct there){.is = false};
    if (change != NULL) {
        struct slice text = file_change_text(change);

        there->is = text.len > 0 &&
                    file_line_parse((struct slice){text.data, text.len - 1},
                                    &there->line) == FILE_SOUND;
        return SCRAM_OK;
    }
    if (d->old == NULL)
        return SCRAM_OK;
    switch (file_image_find(d->old, key, d->block, &there->line, &there->old)) {
    case FILE_FOUND:
        there->is = true;
        return SCRAM_OK;
    case FILE_NOBODY:
        return SCRAM_OK;
    case FILE_CHANGED:
        return file_fault_write(d->path, ESTALE, why);
    default:
        return file_fault_read(d->path, errno, why);
    }
}

/* Let a text, or nothing, stand where something else or nothing stands. */
static enum scram_status
put_text(struct file_draft *d, struct slice key, const struct there *there,
         struct slice text, struct sentence *why)
{
    return file_changes_put(&d->changes, key, there->old, text)
               ? SCRAM_OK
               : file_fault_memory(why);
}

/* Whether a line says what a verifier does already. */
static bool
says(const struct file_line *line, const struct scram_verifier *v)
{
    struct scram_verifier old CLEANUP_VERIFIER;
    size_t len = scram_hash_len(v->mechanism);

    return file_line_verifier(line, &old) == SCRAM_OK &&
           line->barred == !v->enabled && old.iterations == v->iterations &&
           old.salt_len == v->salt_len &&
           secret_equal(old.salt, v->salt, v->salt_len) &&
           secret_equal(old.stored_key.data, v->stored_key.data, len) &&
           secret_equal(old.server_key.data, v->server_key.data, len);
}

/* The keys that a new line has: those of the old one, and the day. */
static void
write_keys(const struct file_draft *d, const struct there *there,
           struct buffer *keys)
{
    struct slice rest = there->line.keys, one;

    buffer_put(keys, slice_of(d->changed));
    while (there->is && file_line_next_key(&rest, &one))
        if (!slice_starts_with(one, SLICE(" changed=")))
            buffer_put(keys, one);
}

/* Put a verifier where something, or nothing, is. */
static enum scram_status
put_there(struct file_draft *d, struct slice name, struct slice key,
          const struct there *there, const struct scram_verifier *verifier,
          struct sentence *why)
{
    uint8_t text_space[FILE_LINE_MAX + 1], keys_space[FILE_LINE_MAX];
    struct buffer text = BUFFER_ARRAY(text_space);
    struct buffer keys = BUFFER_ARRAY(keys_space);
    enum scram_status status;

    if (there->is && says(&there->line, verifier))
        return SCRAM_OK;
    write_keys(d, there, &keys);
    file_line_format(name, verifier, buffer_slice(&keys), &text);
    if (keys.overflow || text.overflow) {
        sentence_write(why,
                       "the user's line in %s would have more than %d "
                       "bytes",
                       d->path, FILE_LINE_MAX);
        status = SCRAM_BAD_ARGUMENT;
    } else {
        status = put_text(d, key, there, buffer_slice(&text), why);
    }
    OPENSSL_cleanse(text_space, sizeof(text_space));
    return status;
}

/* Whether to go on, by whether something is there. */
static enum scram_status
may_go_on(enum store_put how, bool is)
{
    if (is && how == STORE_ADD)
        return SCRAM_USER_EXISTS;
    return !is && how == STORE_REPLACE ? SCRAM_NO_USER : SCRAM_OK;
}

enum scram_status
file_draft_put(struct file_draft *d, struct slice user,
               const struct scram_verifier *verifier, enum store_put how,
               struct sentence *why)
{
    uint8_t name_space[FILE_NAME_MAX], key_space[FILE_KEY_MAX];
    struct buffer name = BUFFER_ARRAY(name_space);
    struct buffer key = BUFFER_ARRAY(key_space);
    enum scram_status status;
    struct there there;

    file_name_write(user, &name);
    file_key(buffer_slice(&name), verifier->mechanism, &key);
    status = find(d, buffer_slice(&key), &there, why);
    if (status == SCRAM_OK)
        status = may_go_on(how, there.is);
    return status == SCRAM_OK
               ? put_there(d, buffer_slice(&name), buffer_slice(&key), &there,
                           verifier, why)
               : status;
}

/* The one of some verifiers that is for a mechanism. */
static const struct scram_verifier *
verifier_for(const struct scram_verifier *verifiers, size_t count,
             enum scram_mechanism mechanism)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (verifiers[i].mechanism == mechanism)
            return &verifiers[i];
    return NULL;
}

enum scram_status
file_draft_set(struct file_draft *d, struct slice user,
               const struct scram_verifier *verifiers, size_t count,
               enum store_put how, struct sentence *why)
{
    uint8_t name_space[FILE_NAME_MAX];
    struct buffer name = BUFFER_ARRAY(name_space);
    enum scram_status status = SCRAM_OK;
    bool is = false, looking = true;
    int i;

    file_name_write(user, &name);
    do { /* look first, so that what is not put leaves all as it was */
        for (i = 0; i < SCRAM_MECHANISMS && status == SCRAM_OK; i++) {
            enum scram_mechanism m = (enum scram_mechanism)i;
            const struct scram_verifier *v = verifier_for(verifiers, count, m);
            uint8_t key_space[FILE_KEY_MAX];
            struct buffer key = BUFFER_ARRAY(key_space);
            struct there there;

            file_key(buffer_slice(&name), m, &key);
            status = find(d, buffer_slice(&key), &there, why);
            if (status != SCRAM_OK)
                break;
            is = is || there.is;
            if (!looking && v != NULL)
                status = put_there(d, buffer_slice(&name), buffer_slice(&key),
                                   &there, v, why);
            else if (!looking && there.is)
                status = put_text(d, buffer_slice(&key), &there,
                                  (struct slice){NULL, 0}, why);
        }
        if (looking && status == SCRAM_OK)
            status = may_go_on(how, is);
        looking = !looking;
    } while (!looking && status == SCRAM_OK);
    return status;
}

/* The first line of a store that is new. */
static int
write_header(struct file_writer *w)
{
    uint8_t space[FILE_HEADER_LEN + 1];
    struct buffer text = BUFFER_ARRAY(space);
    struct secret_key key CLEANUP_KEY;
    bool drawn;
    int error;

    if (!libcrypto_enter())
        return EIO;
    drawn = RAND_bytes(key.data, sizeof(key.data)) == 1;
    libcrypto_leave();
    if (!drawn)
        return EIO;
    file_header_format(&key, &text);
    error = file_write_bytes(w, buffer_slice(&text));
    OPENSSL_cleanse(space, sizeof(space));
    return error;
}

/* Write the old file with the changes in it. */
static int
write_all(struct file_draft *d, struct file_writer *w)
{
    off_t at = 0;
    int from = -1, error = 0;
    size_t i;

    if (d->old == NULL)
        error = write_header(w);
    else if ((from = file_image_fd(d->old)) < 0)
        error = errno;
    file_changes_sort(&d->changes);
    for (i = 0; i < d->changes.count && error == 0; i++) {
        const struct file_change *c = d->changes.all[i];

        if (d->old != NULL)
            error = file_write_piece(w, from, at, c->old.at);
        if (error == 0)
            error = file_write_bytes(w, file_change_text(c));
        at = c->old.at + (off_t)c->old.len;
    }
    if (d->old != NULL && error == 0)
        error = file_write_piece(w, from, at, d->old->id.size);
    return error ?: file_write_flush(w);
}

/* Put the new file in the place of the old one. */
static int
move(struct file_draft *d, int fd)
{
    int folder = d->place.folder,
        from = d->old == NULL ? -1 : file_image_fd(d->old);
    int error = d->old == NULL ? file_rights_begin(fd)
                : from < 0     ? errno
                               : file_rights_copy(from, fd);

    if (error == 0 && fsync(fd) != 0)
        error = errno;
    error = error ?: check_old(d);
    if (error == 0 &&
        renameat(folder, d->place.draft, folder, d->place.name) != 0)
        error = errno;
    d->moved = error == 0;
    /* A folder that this account may write to and not read is not waited for.
     */
    if (error == 0 && fsync(folder) != 0 && errno != EBADF && errno != EINVAL)
        error = errno;
    return error;
}

enum scram_status
file_draft_publish(struct file_draft *d, struct sentence *why)
{
    struct file_writer *w = NULL;
    int error;

    if (d->changes.count == 0 && d->old != NULL)
        return SCRAM_OK;
    error = file_write_begin(&d->place, &w);
    d->made = error == 0;
    error = error ?: write_all(d, w) ?: move(d, file_write_fd(w));
    file_write_end(w);
    /* Nobody wants the old one any more, and if the new one is not in its place
     * then another may be. */
    file_shared_renew(d->shared, d->moved ? d->old : NULL);
    if (d->moved)
        file_shared_wait_seen();
    return error == 0 ? SCRAM_OK : file_fault_write(d->path, error, why);
}

void
file_draft_drop(struct file_draft *d)
{
    bool own;

    if (d == NULL)
        return;
    own = d->process == getpid(); /* a child leaves it to its parent */
    if (d->made && !d->moved && own)
        unlinkat(d->place.folder, d->place.draft, 0);
    if (own)
        file_place_leave(&d->place);
    file_image_release(d->old);
    file_changes_clear(&d->changes);
    OPENSSL_cleanse(d->block, sizeof(d->block));
    free(d);
}
