#include "store/file_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "store/file_fault.h"
#include "store/file_scan.h"

#define TRIES 4 /* while the file changes as it is read */

struct file_id
file_id_of(const struct stat *st)
{
    return (struct file_id){st->st_dev, st->st_ino, st->st_size, st->st_mtim,
                            st->st_ctim};
}

static bool
same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
file_id_is(const struct stat *st, struct file_id id)
{
    return st->st_dev == id.device && st->st_ino == id.inode;
}

bool
file_id_same_bytes(struct file_id a, struct file_id b)
{
    return a.device == b.device && a.inode == b.inode && a.size == b.size &&
           same_time(a.written, b.written);
}

bool
file_id_equal(struct file_id a, struct file_id b)
{
    return file_id_same_bytes(a, b) && same_time(a.changed, b.changed);
}

int
file_image_open_path(const char *path)
{
    /* O_NONBLOCK: nobody may ever open the other end of a FIFO. */
    return descriptor_above_standard(
        open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

/* Close a descriptor, if it is still this file's; it is so too where only the
 * file system does not say. */
static void
close_own(int fd, struct file_id id)
{
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) == 0 ? file_id_is(&st, id) : errno != EBADF))
        close(fd);
}

/*
 * Whose word is trusted: root's and this account's. What the mode has for the
 * group is, where there is an access control list, the most that anybody in the
 * list but the owner gets (POSIX 1003.1e, 23.1.6), so it covers lists too.
 */
static const char *
trust_fault(const struct stat *st, uid_t owner)
{
    if (!S_ISREG(st->st_mode))
        return "is not a store: it is not a regular file";
    if (st->st_uid != 0 && st->st_uid != owner)
        return "is not used: it belongs to another account than root and the "
               "one that reads it";
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "is not used: other accounts may write to it; \"chmod "
               "go-w\" it, and look at what is in it";
    return NULL;
}

bool
file_image_trusts(const struct stat *st, uid_t owner)
{
    return trust_fault(st, owner) == NULL;
}

static enum scram_status
check_trust(const char *path, const struct stat *st, uid_t owner,
            struct sentence *why)
{
    const char *fault = trust_fault(st, owner);

    if (fault == NULL)
        return SCRAM_OK;
    sentence_write(why, "%s %s", path, fault);
    return SCRAM_STORE_FORBIDDEN;
}

/* file_scan_visit */
static enum scram_status
file_image_take(void *data, const struct file_scan *scan,
                const struct file_line *line)
{
    struct file_image *image = data;

    image->users++;
    if ((line->odd || line->misdated) && image->odd++ == 0)
        image->odd_line = scan->number;
    return file_index_add(&image->index, scan, line) &&
                   file_tally_add(&image->tally[line->mechanism],
                                  line->iterations, line->salt_len)
               ? SCRAM_OK
               : SCRAM_NO_MEMORY;
}

/* What a file that is no file of users is, if that is known. */
static bool
is_lmdb(int fd)
{
    static const uint8_t magic[] = {0xde, 0xc0, 0xef, 0xbe};
    uint8_t bytes[20];

    /* Its first page's header has 16 bytes on most machines, and 12 on some. */
    return pread(fd, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes) &&
           (memcmp(bytes + 16, magic, sizeof(magic)) == 0 ||
            memcmp(bytes + 12, magic, sizeof(magic)) == 0);
}

enum scram_status
file_image_say(const struct file_image *image, const struct file_scan *scan,
               enum scram_status status, struct sentence *why)
{
    if (status == SCRAM_NO_MEMORY)
        return file_fault_memory(why);
    if (scan->error != 0)
        return file_fault_read(image->path, scan->error, why);
    if (scan->number == 1 && is_lmdb(scan->fd)) {
        sentence_write(why,
                       "%s is a store of gss-scramd's, in LMDB's format: its "
                       "location is lmdb:%s, and gss-scramd alone opens it",
                       image->path, image->path);
        return SCRAM_STORE_FAILED;
    }
    return file_fault_damage(image->path, scan->number, scan->damage, why);
}

static enum scram_status
read_through(struct file_image *image, int fd, struct sentence *why)
{
    struct file_scan scan = {.fd = fd};
    enum scram_status status = file_scan(&scan, file_image_take, image);
    int i;

    image->decoys.key = scan.decoy_key;
    secret_key_wipe(&scan.decoy_key);
    if (status == SCRAM_OK)
        status = file_index_end(&image->index, fd);
    for (i = 0; i < SCRAM_MECHANISMS && status == SCRAM_OK; i++)
        file_tally_share(&image->tally[i], image->shares[i]);
    return status == SCRAM_OK ? SCRAM_OK
                              : file_image_say(image, &scan, status, why);
}

static struct file_image *
image_new(const char *path)
{
    struct file_image *image = calloc(1, sizeof(*image));

    if (image != NULL) {
        atomic_store(&image->holders, 1);
        image->path = path;
        atomic_store(&image->fd, -1);
    }
    return image;
}

/* Open the file, and look at what it is. */
static enum scram_status
open_trusted(struct file_image *image, uid_t owner, struct sentence *why)
{
    enum scram_status status;
    struct stat st;
    int fd = file_image_open_path(image->path);

    if (fd < 0)
        return file_fault_open(image->path, errno, why);
    if (fstat(fd, &st) != 0) {
        status = file_fault_read(image->path, errno, why);
        close(fd);
        return status;
    }
    image->id = file_id_of(&st);
    atomic_store(&image->fd, fd);
    status = check_trust(image->path, &st, owner, why);
    if (status == SCRAM_OK && st.st_size == 0) {
        sentence_write(why,
                       "%s is empty and not a store yet; \"gss-scram user "
                       "add\" makes it one",
                       image->path);
        status = SCRAM_STORE_ABSENT;
    }
    return status;
}

static enum scram_status
open_once(const char *path, uid_t owner, struct file_image **opened,
          struct file_id *id, bool *again, struct sentence *why)
{
    struct file_image *image = image_new(path);
    enum scram_status status;
    struct stat st;
    int fd;

    *id = (struct file_id){0};
    if (image == NULL)
        return file_fault_memory(why);
    status = open_trusted(image, owner, why);
    fd = atomic_load(&image->fd);
    if (fd >= 0)
        *id = image->id;
    if (status == SCRAM_OK) {
        status = read_through(image, fd, why);
        *again = fstat(fd, &st) == 0 &&
                 !file_id_same_bytes(image->id, file_id_of(&st));
        if (status == SCRAM_OK && *again) {
            sentence_write(why, "%s is being written to while it is read",
                           path);
            status = SCRAM_STORE_FAILED;
        }
    }
    if (status == SCRAM_OK)
        status = store_decoys_begin(&image->decoys, why);
    if (status == SCRAM_OK)
        *opened = image;
    else
        file_image_release(image);
    return status;
}

enum scram_status
file_image_open(const char *path, uid_t owner, struct file_image **image,
                struct file_id *id, struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    bool again = true;
    int i;

    for (i = 0; i < TRIES && again; i++) {
        again = false;
        status = open_once(path, owner, image, id, &again, why);
    }
    return status;
}

void
file_image_hold(struct file_image *image)
{
    atomic_fetch_add(&image->holders, 1);
}

void
file_image_release(struct file_image *image)
{
    int i;

    if (image == NULL || atomic_fetch_sub(&image->holders, 1) != 1)
        return;
    close_own(atomic_load(&image->fd), image->id);
    for (i = 0; i < SCRAM_MECHANISMS; i++)
        file_tally_clear(&image->tally[i]);
    store_decoys_clear(&image->decoys);
    file_index_clear(&image->index);
    free(image);
}
