#include "store/file_changes.h"

#include <search.h>
#include <stdlib.h>

/* For tsearch(3). */
static int
compare(const void *a, const void *b)
{
    return file_key_compare(file_change_key(a), file_change_key(b));
}

/* For qsort(3). */
static int
compare_at(const void *a, const void *b)
{
    return compare(*(struct file_change *const *)a,
                   *(struct file_change *const *)b);
}

static struct file_change *
change_new(struct slice key, struct file_place_of old, struct slice text)
{
    struct file_change *c = malloc(sizeof(*c) + key.len + text.len);

    if (c == NULL)
        return NULL;
    *c = (struct file_change){
        .old = old, .key_len = key.len, .text_len = text.len};
    memcpy(c->bytes, key.data, key.len);
    if (text.len > 0)
        memcpy(c->bytes + key.len, text.data, text.len);
    return c;
}

static void
change_free(struct file_change *c)
{
    OPENSSL_cleanse(c->bytes, c->key_len + c->text_len);
    free(c);
}

static bool
add(struct file_changes *s, struct file_change *c)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? 64 : s->room * 2;
        void *all = realloc(s->all, room * sizeof(*s->all));

        if (all == NULL)
            return false;
        s->all = all;
        s->room = room;
    }
    if (tsearch(c, &s->tree, compare) == NULL)
        return false;
    c->index = s->count;
    s->all[s->count++] = c;
    return true;
}

/* The tree's pointer to the change of a key; NULL when there is none. */
static struct file_change **
find(const struct file_changes *s, struct slice key)
{
    uint8_t space[sizeof(struct file_change) + FILE_KEY_MAX]
        __attribute__((aligned(__alignof__(struct file_change))));
    struct file_change *wanted = (struct file_change *)(void *)space;

    wanted->key_len = key.len;
    memcpy(wanted->bytes, key.data, key.len);
    return tfind(wanted, &s->tree, compare);
}

struct file_change *
file_changes_find(const struct file_changes *changes, struct slice key)
{
    struct file_change **node = find(changes, key);

    return node == NULL ? NULL : *node;
}

bool
file_changes_put(struct file_changes *s, struct slice key,
                 struct file_place_of old, struct slice text)
{
    struct file_change **node = find(s, key), *before;
    struct file_change *c =
        change_new(key, node == NULL ? old : (*node)->old, text);

    if (c == NULL)
        return false;
    if (node == NULL) {
        if (add(s, c))
            return true;
        change_free(c);
        return false;
    }
    before = *node;
    c->index = before->index;
    s->all[c->index] = *node = c;
    change_free(before);
    return true;
}

void
file_changes_sort(struct file_changes *s)
{
    if (s->count > 1)
        qsort(s->all, s->count, sizeof(*s->all), compare_at);
}

static void
keep(void *data)
{
    (void)data;
}

void
file_changes_clear(struct file_changes *s)
{
    size_t i;

    tdestroy(s->tree, keep);
    for (i = 0; i < s->count; i++)
        change_free(s->all[i]);
    free(s->all);
    *s = (struct file_changes){0};
}
