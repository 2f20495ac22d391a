#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file_write.h"
#include "base/libcrypto.h"
#include "store/file_draft.h"
#include "store/file_fault.h"

#define GROUP "gss-scram"
#define GROUP_SCRATCH 65536 /* what the names of its members need */
#define ACL "system.posix_acl_access"
#define ACL_MAX 4096

/* The new file on its way to the disk. */
struct output {
    const struct file_draft *draft;
    int from, to;
    off_t at;  /* what of the old file comes next */
    int error; /* errno of what went wrong first */
    struct buffer buffer;
    uint8_t bytes[131072]; /* written at once */
};

int
file_draft_check_old(const struct file_draft *d)
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

static int
file_publish_flush(struct output *o)
{
    size_t done = 0;

    while (done < o->buffer.len && o->error == 0) {
        ssize_t n = file_write(
            o->to, (struct slice){o->bytes + done, o->buffer.len - done});

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            o->error = errno;
    }
    o->buffer.len = 0;
    return o->error;
}

/* Write a line. */
static void
file_publish_write_line(struct output *o, struct slice line)
{
    if (line.len > sizeof(o->bytes) - o->buffer.len)
        file_publish_flush(o);
    buffer_put(&o->buffer, line);
}

/* Write what the old file has up to a place. */
static void
copy_to(struct output *o, off_t end)
{
    while (o->error == 0 && o->at < end) {
        size_t want = sizeof(o->bytes) - o->buffer.len;
        ssize_t n;

        if ((off_t)want > end - o->at)
            want = (size_t)(end - o->at);
        n = pread(o->from, o->bytes + o->buffer.len, want, o->at);
        if (n > 0) {
            o->buffer.len += (size_t)n;
            o->at += n;
        } else if (n == 0 || errno != EINTR) {
            o->error = n == 0 ? ESTALE : errno;
        }
        if (o->buffer.len == sizeof(o->bytes))
            file_publish_flush(o);
    }
}

/* For file_changes_visit. */
static void
write_change(void *data, const struct file_change *c)
{
    struct output *o = data;

    if (o->draft->old != NULL)
        copy_to(o, c->old.at);
    file_publish_write_line(o, file_change_text(c));
    o->at += (off_t)c->old.len;
}

/* The first line of a store that is new. */
static int
write_header(struct output *o)
{
    uint8_t space[FILE_HEADER_LEN + 1];
    struct buffer text = BUFFER_ARRAY(space);
    struct secret_key key CLEANUP_KEY;
    bool drawn;

    if (!libcrypto_enter())
        return EIO;
    drawn = RAND_bytes(key.data, sizeof(key.data)) == 1;
    libcrypto_leave();
    if (!drawn)
        return EIO;
    file_header_format(&key, &text);
    file_publish_write_line(o, buffer_slice(&text));
    OPENSSL_cleanse(space, sizeof(space));
    return 0;
}

/* Write the old file with the changes in it. */
static int
file_publish_write_all(const struct file_draft *d, int to)
{
    struct output *o = malloc(sizeof(*o));
    int error;

    if (o == NULL)
        return ENOMEM;
    *o = (struct output){.draft = d, .from = -1, .to = to};
    o->buffer = BUFFER_ARRAY(o->bytes);
    if (d->old == NULL)
        o->error = write_header(o);
    else if ((o->from = file_image_fd(d->old)) < 0)
        o->error = errno;
    file_changes_visit(d->changes, write_change, o);
    if (d->old != NULL)
        copy_to(o, d->old->id.size);
    error = file_publish_flush(o);
    OPENSSL_cleanse(o->bytes, sizeof(o->bytes));
    free(o);
    return error;
}

/* The group that reads stores, if there is one and we may give it files. */
static gid_t
service_group(void)
{
    char scratch[GROUP_SCRATCH];
    struct group entry, *found = NULL;

    if (geteuid() == 0)
        getgrnam_r(GROUP, &entry, scratch, sizeof(scratch), &found);
    return found == NULL ? (gid_t)-1 : found->gr_gid;
}

/* Give the first file its rights: its group, gss-scram where root makes it and
 * there is that group, may read it. Returns 0 or an errno. */
static int
give_rights(int fd)
{
    return fchown(fd, (uid_t)-1, service_group()) != 0 || fchmod(fd, 0640) != 0
               ? errno
               : 0;
}

/* Give one file the owner, group, mode and access control list of another.
 * Returns 0 or an errno. */
static int
copy_rights(int from, int to)
{
    uint8_t acl[ACL_MAX];
    struct stat st;
    ssize_t len;

    if (fstat(from, &st) != 0)
        return errno;
    len = fgetxattr(from, ACL, acl, sizeof(acl));
    if (len < 0 && errno == ERANGE)
        return E2BIG;
    if (fchown(to, st.st_uid, st.st_gid) != 0)
        return errno;
    /* A list says all that the mode does, and the mode alone would say more:
     * what it has for the group is then what any of the list may get. */
    if (len > 0)
        return fsetxattr(to, ACL, acl, (size_t)len, 0) == 0 ? 0 : errno;
    /* There may be one that the folder gives to what is made in it. */
    if (fremovexattr(to, ACL) != 0 && errno != ENODATA && errno != EOPNOTSUPP)
        return errno;
    return fchmod(to, st.st_mode & 0777) == 0 ? 0 : errno;
}

/* Make the new file, for this account alone, whatever is in its place: the lock
 * is held, so that it is no living writer's. */
static int
make_file(const struct file_place *place, int *fd)
{
    if (unlinkat(place->folder, place->draft, 0) != 0 && errno != ENOENT)
        return errno;
    *fd = openat(place->folder, place->draft,
                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0)
        return errno;
    return fchmod(*fd, 0600) == 0 ? 0 : errno; /* whatever the mask */
}

/* Let the new file be what the old one was, all of it on disk. */
static int
file_publish_finish(const struct file_draft *d, int fd)
{
    int from, error;

    if (d->old == NULL)
        error = give_rights(fd);
    else if ((from = file_image_fd(d->old)) < 0)
        error = errno;
    else
        error = copy_rights(from, fd);
    return error == 0 && fsync(fd) != 0 ? errno : error;
}

enum scram_status
file_draft_publish(struct file_draft *d, struct sentence *why)
{
    const struct file_place *p = &d->place;
    bool moved = false;
    int fd = -1, error;

    if (d->changes == NULL && d->old != NULL)
        return SCRAM_OK;
    error = make_file(p, &fd);
    error = error ?: file_publish_write_all(d, fd) ?: file_publish_finish(d, fd);
    error = error ?: file_draft_check_old(d);
    if (error == 0) {
        moved = renameat(p->folder, p->draft, p->folder, p->name) == 0;
        /* A folder that this account may write to and not read is not waited
         * for. */
        if (!moved ||
            (fsync(p->folder) != 0 && errno != EBADF && errno != EINVAL))
            error = errno;
    }
    if (fd >= 0) {
        close(fd);
        if (!moved)
            unlinkat(p->folder, p->draft, 0);
    }
    /* Nobody wants the old one any more, and if the new one is not in its place
     * then another may be. */
    file_shared_renew(d->shared, moved ? d->old : NULL);
    if (moved)
        file_shared_wait_seen();
    return error == 0 ? SCRAM_OK : file_fault_write(d->path, error, why);
}
