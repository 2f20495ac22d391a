#include "quarantine.h"

#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

bool quarantine_wipes;

/* The C library's own. */
void *__libc_malloc(size_t size);

/* Those that are not looked through, by the beginning of their names. */
static const char *const others[] = {"liblmdb.",   "libldap-", "libldap.",
                                     "liblber-",   "liblber.", "libsasl2.",
                                     "libgnutls.", "libidn."};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RANGES_MAX 32

/* Where their code is. */
static struct {
    uintptr_t begin, end;
} ranges[RANGES_MAX];
static size_t ranges_count;

/* Memory for them. It is shared with nobody, but counts as shared in
 * /proc/PID/maps, which is how secrets_find knows it. A block stands behind its
 * length. */
#define ROOM ((size_t)256 << 20)
#define GRAIN 16
static uint8_t *room;
static _Atomic(size_t) *used;

static int
add_library(struct dl_phdr_info *info, size_t size, void *data)
{
    const char *name = strrchr(info->dlpi_name, '/');
    size_t i, k;

    (void)size;
    (void)data;
    name = name == NULL ? info->dlpi_name : name + 1;
    for (i = 0; i < COUNT(others); i++) {
        if (strncmp(name, others[i], strlen(others[i])) != 0)
            continue;
        for (k = 0; k < info->dlpi_phnum && ranges_count < RANGES_MAX; k++) {
            if (info->dlpi_phdr[k].p_type != PT_LOAD ||
                (info->dlpi_phdr[k].p_flags & PF_X) == 0)
                continue;
            ranges[ranges_count].begin =
                info->dlpi_addr + info->dlpi_phdr[k].p_vaddr;
            ranges[ranges_count].end =
                ranges[ranges_count].begin + info->dlpi_phdr[k].p_memsz;
            ranges_count++;
        }
    }
    return 0;
}

__attribute__((constructor)) static void
find_libraries(void)
{
    void *memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return;
    used = memory; /* a child that is forked takes other blocks */
    atomic_store(used, GRAIN);
    room = memory;
    (void)dl_iterate_phdr(add_library, NULL);
}

static bool
is_in_room(const void *memory)
{
    return room != NULL && (const uint8_t *)memory >= room &&
           (const uint8_t *)memory < room + ROOM;
}

static void *
take_room(size_t size)
{
    size_t whole = GRAIN + (size + GRAIN - 1) / GRAIN * GRAIN, at;

    if (size > ROOM)
        return NULL;
    at = atomic_fetch_add(used, whole);
    if (at > ROOM - whole)
        return NULL;
    memcpy(room + at, &size, sizeof(size));
    return room + at + GRAIN;
}

static void *
allocate(size_t size, const void *caller)
{
    size_t i;

    for (i = 0; i < ranges_count; i++)
        if ((uintptr_t)caller >= ranges[i].begin &&
            (uintptr_t)caller < ranges[i].end)
            return take_room(size);
    return __libc_malloc(size);
}

static size_t
length_of(void *memory)
{
    size_t len;

    if (!is_in_room(memory))
        return malloc_usable_size(memory);
    memcpy(&len, (uint8_t *)memory - GRAIN, sizeof(len));
    return len;
}

void *
malloc(size_t size)
{
    return allocate(size, __builtin_return_address(0));
}

void *
calloc(size_t count, size_t size)
{
    size_t whole;
    void *memory;

    if (__builtin_mul_overflow(count, size, &whole))
        return NULL;
    memory = allocate(whole, __builtin_return_address(0));
    if (memory != NULL)
        memset(memory, 0, whole);
    return memory;
}

void *
realloc(void *memory, size_t size)
{
    void *larger = allocate(size, __builtin_return_address(0));
    size_t len = memory == NULL ? 0 : length_of(memory);

    if (larger != NULL && len != 0)
        memcpy(larger, memory, len < size ? len : size);
    return larger;
}

void
free(void *memory)
{
    if (quarantine_wipes && memory != NULL)
        explicit_bzero(memory, length_of(memory));
}
