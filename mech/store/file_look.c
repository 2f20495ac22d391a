/*
 * Reading what is in an image's file: one user, or all.
 */
#include <errno.h>
#include <unistd.h>

#include "store/file_fault.h"
#include "store/file_image.h"

/* Take the number of another descriptor for the same file. */
static int
reopen(struct file_image *image, int gone)
{
    int fd = file_image_open_path(image->path);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 ||
        !file_id_same_bytes(image->id, file_id_of(&st))) {
        close(fd);
        errno = ESTALE;
        return -1;
    }
    if (atomic_compare_exchange_strong(&image->fd, &gone, fd))
        return fd;
    close(fd); /* another thread was here first */
    return gone;
}

int
file_image_fd(struct file_image *image)
{
    int fd = atomic_load(&image->fd);
    struct stat st;

    if (fstat(fd, &st) != 0) {
        if (errno != EBADF)
            return -1;
        return reopen(image, fd);
    }
    if (!file_id_is(&st, image->id))
        return reopen(image, fd); /* it is the program's now */
    if (file_id_same_bytes(image->id, file_id_of(&st)))
        return fd;
    errno = ESTALE;
    return -1;
}

/* Read a block; it has to be what it was. */
static enum file_found
read_block(struct file_image *image, const struct file_block *block,
           struct file_text *text)
{
    int fd = file_image_fd(image);
    ssize_t n;

    if (fd < 0)
        return errno == ESTALE ? FILE_CHANGED : FILE_BROKEN;
    do
        n = pread(fd, text->bytes, block->len, block->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return FILE_BROKEN;
    text->len = (size_t)n;
    return text->len == block->len && text->bytes[n - 1] == '\n' ? FILE_FOUND
                                                                 : FILE_CHANGED;
}

/*
 * Look for a key's line in a block: at all of its lines, wherever the key's is,
 * so that a look-up takes as long for one who is not there.
 *
 * @param line   set on FILE_FOUND alone
 * @param place  set on FILE_FOUND and FILE_NOBODY
 */
static enum file_found
file_look_search(const struct file_image *image, const struct file_block *block,
                 const uint8_t *text, struct slice key, struct file_line *line,
                 struct file_span *place)
{
    const uint8_t *start = text, *end = text + block->len, *lf;
    const uint8_t *put = text; /* behind the last user who comes before */
    struct slice first = file_index_key(&image->index, block);
    struct slice found = {NULL, 0};
    int order;

    for (; start < end; start = lf + 1) {
        struct slice one;

        lf = memchr(start, '\n', (size_t)(end - start));
        one = (struct slice){start, (size_t)(lf - start)};
        if (file_line_is_remark(one))
            continue;
        if (start == text &&
            (!file_line_compare(one, first, &order) || order != 0))
            return FILE_CHANGED;
        if (!file_line_compare(one, key, &order))
            return FILE_CHANGED;
        if (order < 0)
            put = lf + 1;
        else if (order == 0)
            found = one;
    }
    if (found.len == 0) {
        *place = (struct file_span){block->at + (put - text), 0};
        return FILE_NOBODY;
    }
    *place = (struct file_span){block->at + (found.data - text), found.len + 1};
    return file_line_parse(found, line) == FILE_SOUND ? FILE_FOUND
                                                      : FILE_CHANGED;
}

enum file_found
file_image_find(struct file_image *image, struct slice key,
                struct file_text *text, struct file_line *line,
                struct file_span *place)
{
    struct file_span ignored;
    const struct file_block *block = file_index_find(&image->index, key);
    enum file_found found;

    text->len = 0;
    if (block == NULL) {
        if (place != NULL)
            *place = (struct file_span){image->id.size, 0};
        return FILE_NOBODY;
    }
    found = read_block(image, block, text);
    if (found == FILE_FOUND)
        found = file_look_search(image, block, text->bytes, key, line,
                                 place == NULL ? &ignored : place);
    return found;
}

struct visiting {
    store_visit *visit;
    void *data;
};

/* file_scan_visit */
static enum scram_status
visit_line(void *data, const struct file_scan *scan,
           const struct file_line *line)
{
    struct scram_verifier verifier CLEANUP_VERIFIER;
    const struct visiting *v = data;
    uint8_t space[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(space);
    enum scram_status status = file_line_verifier(line, &verifier);

    (void)scan;
    (void)file_name_read(line->name, &user); /* which the line's parser did */
    return status == SCRAM_OK
               ? v->visit(v->data, buffer_slice(&user), &verifier)
               : status;
}

enum scram_status
file_image_visit(struct file_image *image, store_visit *visit, void *data,
                 struct sentence *why)
{
    struct visiting v = {visit, data};
    struct file_scan scan = {.fd = file_image_fd(image)};
    enum scram_status status;

    if (scan.fd < 0)
        return file_fault_read(image->path, errno, why);
    status = file_scan(&scan, visit_line, &v);
    secret_key_wipe(&scan.decoy_key);
    /* Where no line was read, or none could be, it is not the visitor's. */
    return scan.number > 0 && scan.damage == FILE_SOUND && scan.error == 0
               ? status
               : file_image_say(image, &scan, status, why);
}
