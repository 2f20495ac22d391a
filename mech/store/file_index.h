/*
 * Where in a file of users to look for a key: one key for each block of lines
 * that is read at once.
 */
#ifndef STORE_FILE_INDEX_H
#define STORE_FILE_INDEX_H

#include "store/file_scan.h"

/* Bytes of a block: as many lines as are not longer together, or one line that
 * is. What a look-up reads, copies, goes through and wipes is a block, so that
 * a smaller one costs less; a thousand users take some 5 KB of index. */
#define FILE_BLOCK_AIM 1024
#define FILE_BLOCK_MAX (FILE_LINE_MAX + 1)

/* A block begins with a user's line. */
struct file_block {
    off_t at;
    uint32_t key; /* the first user's, in keys */
    uint16_t key_len;
    uint16_t len;
};

/* One that is all zero is empty. */
struct file_index {
    struct file_block *blocks;
    size_t count, room;
    uint8_t *keys; /* one after the other */
    size_t keys_len, keys_room;
};

/* Add a line, which comes behind all others; false without memory. */
bool file_index_add(struct file_index *index, const struct file_scan *scan,
                    const struct file_line *line);

/*
 * End adding lines.
 *
 * @param fd  of the file
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status file_index_end(struct file_index *index, int fd);

/* The block in which a key is, if it is anywhere; NULL when nobody is. */
const struct file_block *file_index_find(const struct file_index *index,
                                         struct slice key);

/* A block's key. */
static inline struct slice
file_index_key(const struct file_index *index, const struct file_block *block)
{
    return (struct slice){index->keys + block->key, block->key_len};
}

void file_index_clear(struct file_index *index);

#endif
