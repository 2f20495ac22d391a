/*
 * The lines that a change of a file of users puts in, replaces or takes out: a
 * set, by the lines' keys.
 */
#ifndef STORE_FILE_CHANGES_H
#define STORE_FILE_CHANGES_H

#include "store/file_image.h"

/* What is to stand in a line's place. */
struct file_change {
    struct file_place_of old; /* the line, or where there is none yet */
    size_t index;             /* among all */
    size_t key_len;
    size_t text_len; /* with its LF; 0: nothing is to stand there */
    uint8_t bytes[]; /* key, text */
};

static inline struct slice
file_change_key(const struct file_change *c)
{
    return (struct slice){c->bytes, c->key_len};
}

static inline struct slice
file_change_text(const struct file_change *c)
{
    return (struct slice){c->bytes + c->key_len, c->text_len};
}

/* One that is all zero is empty. */
struct file_changes {
    void *tree; /* tsearch(3)'s, by key */
    struct file_change **all;
    size_t count, room;
};

/* The change of a key's line; NULL when there is none yet. */
struct file_change *file_changes_find(const struct file_changes *changes,
                                      struct slice key);

/*
 * Let a text stand in a line's place, or nothing.
 *
 * @param old   the line; where a change of it is there already, that one's
 * @param text  with its LF; empty: nothing
 * @return false without memory
 */
bool file_changes_put(struct file_changes *changes, struct slice key,
                      struct file_place_of old, struct slice text);

/* Let all be in the order of their keys, for the last time. */
void file_changes_sort(struct file_changes *changes);

/* Wipe and release all of it. */
void file_changes_clear(struct file_changes *changes);

#endif
