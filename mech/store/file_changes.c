#include "store/file_changes.h"

#include <search.h>
#include <stdlib.h>

static struct slice
file_changes_key_of(const struct file_change *c)
{
    return (struct slice){c->bytes, c->key_len};
}

/* For tsearch(3). */
static int
file_changes_compare(const void *a, const void *b)
{
    return file_key_compare(file_changes_key_of(a), file_changes_key_of(b));
}

static struct file_change *
change_new(struct slice key, struct file_span old, struct slice text)
{
    struct file_change *c = malloc(sizeof(*c) + key.len + text.len);

    if (c == NULL)
        return NULL;
    *c = (struct file_change){old, key.len, text.len};
    memcpy(c->bytes, key.data, key.len);
    if (text.len > 0)
        memcpy(c->bytes + key.len, text.data, text.len);
    return c;
}

/* For tdestroy(3). */
static void
change_free(void *data)
{
    struct file_change *c = data;

    OPENSSL_cleanse(c->bytes, c->key_len + c->text_len);
    free(c);
}

/* The tree's pointer to the change of a key; NULL when there is none. */
static struct file_change **
file_changes_link_of(const file_changes *changes, struct slice key)
{
    uint8_t space[sizeof(struct file_change) + FILE_KEY_MAX]
        __attribute__((aligned(__alignof__(struct file_change))));
    struct file_change *wanted = (struct file_change *)(void *)space;

    wanted->key_len = key.len;
    memcpy(wanted->bytes, key.data, key.len);
    return tfind(wanted, changes, file_changes_compare);
}

const struct file_change *
file_changes_find(const file_changes *changes, struct slice key)
{
    struct file_change **node = file_changes_link_of(changes, key);

    return node == NULL ? NULL : *node;
}

bool
file_changes_put(file_changes *changes, struct slice key, struct file_span old,
                 struct slice text)
{
    struct file_change **node = file_changes_link_of(changes, key);
    struct file_change *c =
        change_new(key, node == NULL ? old : (*node)->old, text);

    if (c == NULL)
        return false;
    if (node != NULL) {
        change_free(*node);
        *node = c;
        return true;
    }
    if (tsearch(c, changes, file_changes_compare) != NULL)
        return true;
    change_free(c);
    return false;
}

struct visiting {
    void (*visit)(void *data, const struct file_change *c);
    void *data;
};

/* For twalk_r(3). */
static void
visit_node(const void *node, VISIT which, void *data)
{
    const struct visiting *v = data;

    if (which == postorder || which == leaf)
        v->visit(v->data, *(struct file_change *const *)node);
}

void
file_changes_visit(file_changes changes,
                   void (*visit)(void *data, const struct file_change *c),
                   void *data)
{
    struct visiting v = {visit, data};

    twalk_r(changes, visit_node, &v);
}

void
file_changes_clear(file_changes *changes)
{
    tdestroy(*changes, change_free);
    *changes = NULL;
}
