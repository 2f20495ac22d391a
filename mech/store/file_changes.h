/*
 * The lines that a change of a file of users puts in, replaces or takes out: a
 * set, by the lines' keys.
 */
#ifndef STORE_FILE_CHANGES_H
#define STORE_FILE_CHANGES_H

#include "store/file_image.h"

/* What is to stand in a line's place. */
struct file_change {
    struct file_span old; /* the line, or where there is none yet */
    size_t key_len;
    size_t text_len; /* with its LF; 0: nothing is to stand there */
    uint8_t bytes[]; /* key, text */
};

static inline struct slice
file_change_text(const struct file_change *c)
{
    return (struct slice){c->bytes + c->key_len, c->text_len};
}

/* A set of them: tsearch(3)'s tree; NULL is empty. */
typedef void *file_changes;

/* The change of a key's line; NULL when there is none yet. */
const struct file_change *file_changes_find(const file_changes *changes,
                                            struct slice key);

/*
 * Let a text stand in a line's place, or nothing.
 *
 * @param old   the line; where a change of it is there already, that one's
 * @param text  with its LF; empty: nothing
 * @return false without memory
 */
bool file_changes_put(file_changes *changes, struct slice key,
                      struct file_span old, struct slice text);

/* Visit all in the order of their keys. */
void file_changes_visit(file_changes changes,
                        void (*visit)(void *data, const struct file_change *c),
                        void *data);

/* Wipe and release all of it. */
void file_changes_clear(file_changes *changes);

#endif
