#include "store/file_index.h"

#include <stdlib.h>
#include <unistd.h>

/* Make room for another block and its key. */
static bool
file_index_make_room(struct file_index *index, size_t key_len)
{
    if (index->count == index->room) {
        size_t room = index->room == 0 ? 16 : index->room * 2;
        void *blocks = realloc(index->blocks, room * sizeof(*index->blocks));

        if (blocks == NULL)
            return false;
        index->blocks = blocks;
        index->room = room;
    }
    if (key_len > index->keys_room - index->keys_len) {
        size_t room = index->keys_room * 2 + FILE_KEY_MAX;
        void *keys = room > UINT32_MAX ? NULL : realloc(index->keys, room);

        if (keys == NULL)
            return false;
        index->keys = keys;
        index->keys_room = room;
    }
    return true;
}

/* Begin a block with a line. */
static bool
begin_block(struct file_index *index, const struct file_line *line, off_t at,
            size_t len)
{
    struct buffer key;

    if (!file_index_make_room(index, line->name.len + 1))
        return false;
    key =
        (struct buffer){index->keys, index->keys_len, index->keys_room, false};
    file_key(line->name, line->mechanism, &key);
    index->blocks[index->count++] = (struct file_block){
        at, (uint32_t)index->keys_len, (uint16_t)(key.len - index->keys_len),
        (uint16_t)len};
    index->keys_len = key.len;
    return true;
}

bool
file_index_add(struct file_index *index, const struct file_scan *scan,
               const struct file_line *line)
{
    off_t end = scan->at + (off_t)scan->len;

    if (index->count > 0) {
        struct file_block *last = &index->blocks[index->count - 1];

        if (end - last->at <= FILE_BLOCK_AIM) {
            last->len = (uint16_t)(end - last->at);
            return true;
        }
    }
    return begin_block(index, line, scan->at, scan->len);
}

/* Find the first user's line in some text that begins within a line. */
static bool
first_user(struct slice text, struct file_line *line, size_t *at)
{
    const uint8_t *lf = memchr(text.data, '\n', text.len), *start;

    while (lf != NULL) {
        start = lf + 1;
        lf = memchr(start, '\n', (size_t)(text.data + text.len - start));
        *at = (size_t)(start - text.data);
        if (lf != NULL &&
            file_line_parse((struct slice){start, (size_t)(lf - start)},
                            line) == FILE_SOUND)
            return true;
    }
    return false;
}

/*
 * Let the last block be as long as the others are, with lines in it that are in
 * the one before too: a look-up goes through a whole block, and how long that
 * takes is not to tell that a name comes behind most others.
 */
enum scram_status
file_index_end(struct file_index *index, int fd)
{
    const struct file_block *last;
    uint8_t text[FILE_BLOCK_AIM];
    struct file_line line;
    bool room = true;
    off_t start;
    size_t at;

    if (index->count < 2)
        return SCRAM_OK;
    last = &index->blocks[index->count - 1];
    start = last->at + last->len - (off_t)sizeof(text);
    if (pread(fd, text, sizeof(text), start) == (ssize_t)sizeof(text) &&
        first_user(SLICE_ARRAY(text), &line, &at) &&
        start + (off_t)at < last->at) {
        index->count--;
        room = begin_block(index, &line, start + (off_t)at, sizeof(text) - at);
    }
    OPENSSL_cleanse(text, sizeof(text));
    return room ? SCRAM_OK : SCRAM_NO_MEMORY;
}

const struct file_block *
file_index_find(const struct file_index *index, struct slice key)
{
    size_t first = 0, end = index->count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        const struct file_block *b = &index->blocks[middle];

        if (file_key_compare(file_index_key(index, b), key) <= 0)
            first = middle + 1;
        else
            end = middle;
    }
    if (index->count == 0)
        return NULL;
    return &index->blocks[first == 0 ? 0 : first - 1];
}

void
file_index_clear(struct file_index *index)
{
    free(index->blocks);
    free(index->keys);
    *index = (struct file_index){0};
}
