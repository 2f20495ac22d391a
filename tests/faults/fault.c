#include "fault.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdlib.h>

int fault_mappings;
bool fault_unknown;

/* malloc and realloc as the C library has them. */
void *__real_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);

static struct {
    bool armed;
    unsigned passed, first, last;
    const char *where;
} faults;

void
fault_arm(unsigned n, unsigned last)
{
    faults.passed = 0;
    faults.first = n;
    faults.last = last;
    faults.where = NULL;
    faults.armed = true;
}

void
fault_disarm(void)
{
    faults.armed = false;
}

bool
fault_pause(void)
{
    bool armed = faults.armed;

    faults.armed = false;
    return armed;
}

void
fault_resume(bool paused)
{
    faults.armed = paused;
}

const char *
fault_where(void)
{
    return faults.where;
}

bool
fault_strikes(const char *call)
{
    if (!faults.armed)
        return false;
    faults.passed++;
    if (faults.passed < faults.first || faults.passed > faults.last)
        return false;
    if (faults.where == NULL)
        faults.where = call;
    return true;
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fault_strikes("libcrypto's malloc") ? NULL : __real_malloc(size);
}

static void *
crypto_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fault_strikes("libcrypto's realloc") ? NULL
                                                : __real_realloc(memory, size);
}

static void
crypto_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* Before libcrypto has any memory, and before the module's own beginnings, of
 * which the calls are to fail where the environment says so. */
__attribute__((constructor(101))) static void
begin(void)
{
    if (getenv(FAULT_AT_LOAD) != NULL)
        fault_arm(1, UINT_MAX);
    if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
        abort();
}
