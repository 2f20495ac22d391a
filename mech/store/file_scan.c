#include "store/file_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes that are read at once */

struct scanner {
    struct file_scan *scan;
    file_scan_visit *visit;
    void *data;
    uint8_t last[FILE_KEY_MAX]; /* the key of the user before */
    size_t last_len;
};

/* Whether a name is in the form in which SASLprep leaves it, as one that is
 * looked up: what a client can ask for may stand in the file. */
static bool
is_prepared(struct slice name)
{
    uint8_t read[SCRAM_USER_MAX], made[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(read), prepared = BUFFER_ARRAY(made);

    return file_name_read(name, &user) &&
           scram_prepare_user(buffer_slice(&user), &prepared) == SCRAM_OK &&
           slice_equal(buffer_slice(&user), buffer_slice(&prepared));
}

/* Compare with the line before, and be that line for the next. */
static enum file_damage
check_order(struct scanner *s, const struct file_line *line)
{
    uint8_t space[FILE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(space);
    int order = 1;

    file_key(line->name, line->mechanism, &key);
    if (s->last_len != 0)
        order = file_key_compare(buffer_slice(&key),
                                 (struct slice){s->last, s->last_len});
    if (order <= 0)
        return order == 0 ? FILE_TWICE : FILE_OUT_OF_ORDER;
    memcpy(s->last, key.data, key.len);
    s->last_len = key.len;
    return FILE_SOUND;
}

/* Read a line, without its LF. */
static enum scram_status
file_scan_take_line(struct scanner *s, struct slice text)
{
    struct file_scan *scan = s->scan;
    struct file_line line;

    if (scan->number == 1) {
        scan->damage = file_header_parse(text, &scan->decoy_key);
        return scan->damage == FILE_SOUND ? SCRAM_OK : SCRAM_STORE_FAILED;
    }
    if (file_line_is_remark(text)) {
        if (text.len > FILE_LINE_MAX)
            scan->damage = FILE_TOO_LONG;
        else if (memchr(text.data, '\r', text.len) != NULL)
            scan->damage = FILE_CR;
        return scan->damage == FILE_SOUND ? SCRAM_OK : SCRAM_STORE_FAILED;
    }
    scan->damage = file_line_parse(text, &line);
    if (scan->damage != FILE_SOUND && memchr(text.data, '\r', text.len) != NULL)
        scan->damage = FILE_CR;
    if (scan->damage == FILE_SOUND && !line.plain && !is_prepared(line.name))
        scan->damage = FILE_NOT_PREPARED;
    if (scan->damage == FILE_SOUND)
        scan->damage = check_order(s, &line);
    if (scan->damage != FILE_SOUND)
        return SCRAM_STORE_FAILED;
    return s->visit(s->data, scan, &line);
}

/* Read the whole lines of some bytes; @p used: how many bytes they are. */
static enum scram_status
take_lines(struct scanner *s, struct slice text, size_t *used)
{
    const uint8_t *start = text.data, *end = text.data + text.len, *lf;
    enum scram_status status = SCRAM_OK;

    while (status == SCRAM_OK && start < end &&
           (lf = memchr(start, '\n', (size_t)(end - start))) != NULL) {
        s->scan->number++;
        s->scan->len = (size_t)(lf - start) + 1;
        status =
            file_scan_take_line(s, (struct slice){start, (size_t)(lf - start)});
        if (status != SCRAM_OK)
            break;
        s->scan->at += (off_t)s->scan->len;
        start = lf + 1;
    }
    *used = (size_t)(start - text.data);
    return status;
}

/* There is a line that does not end, for too long or at all. */
static enum scram_status
cut(struct file_scan *scan, enum file_damage damage)
{
    scan->number++;
    scan->damage = damage;
    return SCRAM_STORE_FAILED;
}

static enum scram_status
scan_all(struct scanner *s, uint8_t *chunk)
{
    struct file_scan *scan = s->scan;
    size_t have = 0, used;
    off_t next = 0;

    for (;;) {
        ssize_t n = pread(scan->fd, chunk + have, CHUNK - have, next);
        enum scram_status status;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            scan->error = errno;
            return SCRAM_STORE_FAILED;
        }
        if (n == 0)
            break;
        next += n;
        have += (size_t)n;
        status = take_lines(s, (struct slice){chunk, have}, &used);
        if (status != SCRAM_OK)
            return status;
        have -= used;
        if (have > FILE_LINE_MAX)
            return cut(scan, FILE_TOO_LONG);
        memmove(chunk, chunk + used, have);
    }
    if (have > 0)
        return cut(scan, FILE_NO_LF);
    return scan->number == 0 ? cut(scan, FILE_NO_HEADER) : SCRAM_OK;
}

enum scram_status
file_scan(struct file_scan *scan, file_scan_visit *visit, void *data)
{
    struct scanner s = {.scan = scan, .visit = visit, .data = data};
    uint8_t *chunk = malloc(CHUNK);
    enum scram_status status;

    if (chunk == NULL)
        return SCRAM_NO_MEMORY;
    status = scan_all(&s, chunk);
    OPENSSL_cleanse(chunk, CHUNK);
    free(chunk);
    return status;
}
