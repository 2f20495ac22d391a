#include "page_edge.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* PAGE_EDGE_MAX bytes between two pages that cannot be touched. */
static uint8_t *
pages(uint8_t **kept)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *memory = *kept;

    if (memory != NULL)
        return memory;
    memory = mmap(NULL, PAGE_EDGE_MAX + 2 * page, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED ||
        mprotect(memory + page, PAGE_EDGE_MAX, PROT_READ | PROT_WRITE) != 0)
        abort();
    return *kept = memory + page;
}

static struct slice
put(uint8_t *at, struct slice bytes)
{
    if (bytes.len != 0)
        memcpy(at, bytes.data, bytes.len);
    return (struct slice){at, bytes.len};
}

struct slice
page_edge_before(struct slice bytes)
{
    static uint8_t *memory;

    return put(pages(&memory) + PAGE_EDGE_MAX - bytes.len, bytes);
}

struct slice
page_edge_behind(struct slice bytes)
{
    static uint8_t *memory;

    return put(pages(&memory), bytes);
}

struct buffer
page_edge_room(size_t size)
{
    static uint8_t *memory;

    return (struct buffer){pages(&memory) + PAGE_EDGE_MAX - size, 0, size,
                           false};
}
