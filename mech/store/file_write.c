#include "store/file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

#define BUFFER 131072 /* bytes that are written at once */
#define LARGE 65536   /* a piece that the system copies by itself */

struct file_writer {
    int fd;
    off_t len;   /* with what is still in memory */
    off_t limit; /* RLIMIT_FSIZE */
    struct buffer buffer;
    uint8_t bytes[BUFFER];
};

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

int
file_write_begin(const struct file_place *place, struct file_writer **writer)
{
    struct file_writer *w = malloc(sizeof(*w));
    struct rlimit limit;
    int error;

    if (w == NULL)
        return ENOMEM;
    w->fd = -1;
    w->len = 0;
    w->buffer = BUFFER_ARRAY(w->bytes);
    w->limit = INT64_MAX;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < INT64_MAX)
        w->limit = (off_t)limit.rlim_cur;
    error = make_file(place, &w->fd);
    if (error == 0)
        *writer = w;
    else
        file_write_end(w);
    return error;
}

/* Count bytes that are to come, if they may. */
static int
grow(struct file_writer *w, off_t len)
{
    if (len > w->limit - w->len)
        return EFBIG;
    w->len += len;
    return 0;
}

int
file_write_flush(struct file_writer *w)
{
    size_t done = 0;

    while (done < w->buffer.len) {
        ssize_t n = write(w->fd, w->bytes + done, w->buffer.len - done);

        if (n < 0 && errno != EINTR)
            return errno;
        done += n > 0 ? (size_t)n : 0;
    }
    w->buffer.len = 0;
    return 0;
}

int
file_write_bytes(struct file_writer *w, struct slice bytes)
{
    int error = grow(w, (off_t)bytes.len);

    if (error == 0 && bytes.len > BUFFER - w->buffer.len)
        error = file_write_flush(w);
    if (error == 0)
        buffer_put(&w->buffer, bytes); /* a line fits */
    return error;
}

/* Have the system copy a piece; what it does not do here is left. */
static void
copy_range(struct file_writer *w, int from, off_t *start, off_t end)
{
    while (*start < end) {
        ssize_t n = copy_file_range(from, start, w->fd, NULL,
                                    (size_t)(end - *start), 0);

        if (n == 0 || (n < 0 && errno != EINTR))
            return;
    }
}

int
file_write_piece(struct file_writer *w, int from, off_t start, off_t end)
{
    int error = grow(w, end - start);

    if (error == 0 && end - start >= LARGE) {
        error = file_write_flush(w);
        if (error == 0)
            copy_range(w, from, &start, end);
    }
    while (error == 0 && start < end) {
        size_t want = BUFFER - w->buffer.len;
        ssize_t n;

        if ((off_t)want > end - start)
            want = (size_t)(end - start);
        n = pread(from, w->bytes + w->buffer.len, want, start);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return ESTALE;
        if (n > 0) {
            w->buffer.len += (size_t)n;
            start += n;
        }
        if (w->buffer.len == BUFFER)
            error = file_write_flush(w);
    }
    return error;
}

int
file_write_fd(const struct file_writer *w)
{
    return w->fd;
}

void
file_write_end(struct file_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    OPENSSL_cleanse(w->bytes, sizeof(w->bytes));
    free(w);
}
