#include "daemon/lmdb/check.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "daemon/lmdb/fault.h"
#include "daemon/lmdb/record.h"

#define MAGIC 0xBEEFC0DEu
#define DATA_VERSION 1 /* of LMDB 0.9's files */

enum { /* flags of a page, and of a node */
       BRANCH = 0x01,
       LEAF = 0x02,
       OVERFLOW = 0x04,
       META = 0x08,
       BIG = 0x01, /* the value is in pages of its own */
       NODE_HEADER = 8,
       PAGE_MIN = 512,
       PAGE_MAX = 65536,
       DEPTH_MAX = 32,
       /* The tree of free pages: keys are numbers; and of the file as lmdb_make
        * made it, that it is no folder. */
       FREE_FLAGS = MDB_INTEGERKEY | MDB_NOSUBDIR
};

/* LMDB's structures, of this machine's words. */
struct page {
    size_t number;
    uint16_t pad;
    uint16_t flags;
    uint16_t lower, upper; /* or how many pages, for OVERFLOW */
};
struct tree {
    uint32_t pad; /* the size of a page, in the first */
    uint16_t flags;
    uint16_t depth;
    size_t branches, leaves, overflows, entries;
    size_t root;
};
struct meta {
    uint32_t magic;
    uint32_t version;
    void *address;
    size_t map_size;
    struct tree trees[2]; /* of free pages, and of what is stored */
    size_t last_page;
    size_t transaction;
};

#define WORD sizeof(size_t)
#define PAGE_HEADER (8 + WORD)
#define NO_PAGE SIZE_MAX

_Static_assert(sizeof(struct page) == PAGE_HEADER &&
                   sizeof(struct tree) == 8 + 5 * WORD &&
                   sizeof(struct meta) ==
                       8 + 4 * WORD + 2 * sizeof(struct tree),
               "LMDB's structures");

struct walk {
    int fd;
    size_t page_size;
    uint64_t last_page;
    uint8_t *seen;    /* a bit for each page */
    const char *what; /* is wrong */
    int error;        /* errno, when something else is */
    bool of_free;     /* the tree of free pages */
    uint64_t entries;
    size_t before_len; /* the key before */
    uint8_t before[LMDB_KEY_MAX];
};

static bool
lmdb_check_wrong(struct walk *w, const char *what)
{
    w->what = what;
    return false;
}

static bool
read_at(struct walk *w, void *bytes, size_t len, uint64_t at)
{
    ssize_t n;

    do
        n = pread(w->fd, bytes, len, (off_t)at);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)len)
        return true;
    if (n < 0)
        w->error = errno;
    return lmdb_check_wrong(w, "it is cut short");
}

/* Give a page its one use. */
static bool
lmdb_check_use(struct walk *w, uint64_t number)
{
    uint8_t bit = (uint8_t)(1u << number % 8);

    if (number < 2 || number > w->last_page)
        return lmdb_check_wrong(w, "a page that there is not is named");
    if (w->seen[number / 8] & bit)
        return lmdb_check_wrong(w, "a page has two uses");
    w->seen[number / 8] |= bit;
    return true;
}

/* One node of a page. */
struct node {
    uint64_t child; /* a branch's */
    struct slice key;
    struct slice value; /* a leaf's; empty when it is elsewhere */
    bool big;
    size_t elsewhere;
    size_t size; /* of the value, wherever it is */
};

/* Read a node, all of which has to be in the page. */
static bool
read_node(struct walk *w, const uint8_t *page, const struct page *header,
          size_t i, struct node *node)
{
    uint16_t at, parts[4]; /* low, high, flags, length of the key */
    size_t room;

    memcpy(&at, page + PAGE_HEADER + 2 * i, 2);
    if (at < header->upper || at % 2 != 0 || w->page_size < NODE_HEADER ||
        at > w->page_size - NODE_HEADER)
        return lmdb_check_wrong(w, "a node is out of its page");
    memcpy(parts, page + at, NODE_HEADER);
    room = w->page_size - at - NODE_HEADER;
    if (parts[3] > room)
        return lmdb_check_wrong(w, "a key is out of its page");
    *node = (struct node){
        .child = parts[0] | (uint64_t)parts[1] << 16 |
                 (WORD > 4 ? (uint64_t)parts[2] << 32 : 0),
        .key = {page + at + NODE_HEADER, parts[3]},
        .big = parts[2] == BIG,
        .size = parts[0] | (size_t)parts[1] << 16,
    };
    if ((header->flags & LEAF) == 0)
        return true;
    if (parts[2] != 0 && parts[2] != BIG)
        return lmdb_check_wrong(w, "a node is of an unknown kind");
    room -= parts[3];
    node->value = (struct slice){node->key.data + parts[3], node->size};
    if (node->big) {
        node->value.len = 0;
        if (room < sizeof(node->elsewhere))
            return lmdb_check_wrong(w, "a value is out of its page");
        memcpy(&node->elsewhere, node->value.data, sizeof(node->elsewhere));
    } else if (node->size > room) {
        return lmdb_check_wrong(w, "a value is out of its page");
    }
    return true;
}

/* Check the pages that a value has of its own. */
static bool
check_overflow(struct walk *w, const struct node *node)
{
    uint64_t pages, i;
    uint32_t count;
    struct page p;

    if (node->elsewhere < 2 || node->elsewhere > w->last_page ||
        !read_at(w, &p, sizeof(p), (uint64_t)node->elsewhere * w->page_size))
        return w->what != NULL ? false
                               : lmdb_check_wrong(w, "a page is not there");
    memcpy(&count, &p.lower, sizeof(count));
    pages = (PAGE_HEADER - 1 + node->size) / w->page_size + 1;
    if (p.number != node->elsewhere || p.flags != OVERFLOW || count < pages)
        return lmdb_check_wrong(w, "a value's page is not one");
    for (i = 0; i < count; i++)
        if (!lmdb_check_use(w, node->elsewhere + i))
            return false;
    return true;
}

/* A list of pages that a transaction has set free: how many, and their numbers,
 * the highest first. */
static bool
check_free(struct walk *w, const struct node *node)
{
    uint64_t at = (uint64_t)node->elsewhere * w->page_size + PAGE_HEADER;
    size_t *list, before = NO_PAGE, i;
    bool sound = false;

    if (node->key.len != WORD || node->size < WORD || node->size % WORD != 0 ||
        node->size / WORD > w->last_page + 2)
        return lmdb_check_wrong(w, "a list of free pages is none");
    list = malloc(node->size);
    if (list == NULL) {
        w->error = ENOMEM;
        return false;
    }
    if (!node->big)
        memcpy(list, node->value.data, node->size);
    if (!node->big || read_at(w, list, node->size, at)) {
        sound = list[0] <= node->size / WORD - 1 ||
                lmdb_check_wrong(w, "a list of free pages is none");
        for (i = 1; sound && i <= list[0]; before = list[i++])
            sound = lmdb_check_use(w, list[i]) &&
                    (list[i] < before ||
                     lmdb_check_wrong(w, "free pages are in disorder"));
    }
    free(list);
    return sound;
}

static bool
check_leaf(struct walk *w, const struct node *node)
{
    size_t len = node->key.len < w->before_len ? node->key.len : w->before_len;
    int order;

    w->entries++;
    if (node->big && !check_overflow(w, node))
        return false;
    if (w->of_free)
        return check_free(w, node);
    if (node->key.len == 0 || node->key.len > LMDB_KEY_MAX)
        return lmdb_check_wrong(w, "a key has no user's length");
    order = memcmp(w->before, node->key.data, len);
    if (order > 0 || (order == 0 && w->before_len >= node->key.len))
        return lmdb_check_wrong(w, "users are in disorder");
    memcpy(w->before, node->key.data, node->key.len);
    w->before_len = node->key.len;
    return true;
}

/*
 * Check a page and all below it.
 *
 * @param depth  how many levels there are from it on
 */
static bool
check_page(struct walk *w, uint64_t number, unsigned depth)
{
    unsigned flags = depth == 1 ? LEAF : BRANCH;
    uint8_t *page = malloc(w->page_size);
    struct page p;
    struct node node;
    bool sound;
    size_t i, count;

    if (page == NULL) {
        w->error = ENOMEM;
        return false;
    }
    sound = lmdb_check_use(w, number) &&
            read_at(w, page, w->page_size, number * w->page_size);
    if (sound)
        memcpy(&p, page, sizeof(p));
    if (sound && (p.number != number || p.flags != flags || p.pad != 0 ||
                  p.lower < PAGE_HEADER || p.lower % 2 != 0 ||
                  p.lower > p.upper || p.upper > w->page_size))
        sound = lmdb_check_wrong(w, "a page is not what it should be");
    count = sound ? (p.lower - PAGE_HEADER) / 2u : 0;
    if (sound && count < (flags == BRANCH ? 2 : 1))
        sound = lmdb_check_wrong(w, "a page has no nodes");
    for (i = 0; i < count && sound; i++) {
        sound = read_node(w, page, &p, i, &node);
        if (sound)
            sound = flags == BRANCH ? check_page(w, node.child, depth - 1)
                                    : check_leaf(w, &node);
    }
    free(page);
    return sound;
}

static bool
check_tree(struct walk *w, const struct tree *tree, bool of_free)
{
    w->of_free = of_free;
    w->entries = 0;
    w->before_len = 0;
    if ((tree->root == NO_PAGE) != (tree->depth == 0) ||
        tree->depth > DEPTH_MAX || tree->flags != (of_free ? FREE_FLAGS : 0))
        return lmdb_check_wrong(w, "a tree is of an unknown kind");
    if (tree->root != NO_PAGE && !check_page(w, tree->root, tree->depth))
        return false;
    return tree->entries == w->entries ||
           lmdb_check_wrong(w, "users are missing");
}

static bool
lmdb_check_read_meta(struct walk *w, uint64_t at, struct meta *meta)
{
    uint8_t bytes[PAGE_HEADER + sizeof(*meta)];
    struct page p;

    if (!read_at(w, bytes, sizeof(bytes), at))
        return false;
    memcpy(&p, bytes, sizeof(p));
    memcpy(meta, bytes + PAGE_HEADER, sizeof(*meta));
    if ((p.flags & META) == 0 || meta->magic != MAGIC ||
        meta->version != DATA_VERSION)
        return lmdb_check_wrong(w, "its first pages are not LMDB's");
    return true;
}

/* Whether the file is of a machine of another kind: LMDB's magic number stands
 * elsewhere in it, or the other way round. */
static const char *
other_machine(int fd)
{
    uint8_t bytes[20]; /* behind a page's header of 12 bytes, or of 16 */
    uint32_t ours, other;

    if (pread(fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return NULL;
    memcpy(&ours, bytes + PAGE_HEADER, 4);
    memcpy(&other, bytes + (28 - PAGE_HEADER), 4);
    if (ours == __builtin_bswap32(MAGIC) || other == __builtin_bswap32(MAGIC))
        return "byte order";
    return ours != MAGIC && other == MAGIC ? "word size" : NULL;
}

static bool
lmdb_check_file(struct walk *w)
{
    struct meta first, second;
    const struct meta *meta;
    struct stat st;

    if (fstat(w->fd, &st) != 0) {
        w->error = errno;
        return false;
    }
    if (!lmdb_check_read_meta(w, 0, &first))
        return false;
    w->page_size = first.trees[0].pad;
    if (w->page_size < PAGE_MIN || w->page_size > PAGE_MAX ||
        (w->page_size & (w->page_size - 1)) != 0)
        return lmdb_check_wrong(w, "its pages have no size");
    if (!lmdb_check_read_meta(w, w->page_size, &second))
        return false;
    meta = first.transaction > second.transaction ? &first : &second;
    w->last_page = meta->last_page;
    if (second.trees[0].pad != first.trees[0].pad || w->last_page < 1 ||
        w->last_page > (uint64_t)INT64_MAX / PAGE_MAX)
        return lmdb_check_wrong(w, "its first pages differ");
    /* A page is in the file, or a list of free pages in the file has its
     * number: there are no more pages than the file has words. */
    if (w->last_page > (uint64_t)st.st_size / WORD)
        return lmdb_check_wrong(w, "it is cut short");
    w->seen = calloc(1, (size_t)w->last_page / 8 + 1);
    if (w->seen == NULL) {
        w->error = ENOMEM;
        return false;
    }
    return check_tree(w, &meta->trees[1], false) &&
           check_tree(w, &meta->trees[0], true);
}

enum scram_status
lmdb_check(const char *path, int fd, struct sentence *why)
{
    struct walk w = {.fd = fd};
    const char *other = other_machine(fd);
    bool sound;

    if (other != NULL) {
        sentence_write(why,
                       "the store %s was made on a machine of another %s: "
                       "export its users there, and import them here",
                       path, other);
        return SCRAM_STORE_FAILED;
    }
    /* The pages are read in the order of the tree: a file that is not in the
     * machine's memory is read from its disk meanwhile, all of it, which took
     * 1.3 s in the place of 3.5 s at ten million users. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
    sound = lmdb_check_file(&w);
    free(w.seen);
    if (sound)
        return SCRAM_OK;
    return w.error != 0 ? lmdb_fault(path, "read", w.error, why)
                        : lmdb_fault_damage(path, w.what, why);
}
