#include "daemon/agent/vault.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/resource.h>

void *
vault_new(size_t size, bool *locked)
{
    void *vault = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct rlimit limit;

    if (vault == MAP_FAILED)
        return NULL;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &limit);
    }
    if (mlock(vault, size) != 0)
        *locked = false;
    (void)madvise(vault, size, MADV_DONTDUMP);
    return vault;
}

void
vault_free(void *vault, size_t size)
{
    if (vault == NULL)
        return;
    OPENSSL_cleanse(vault, size);
    (void)munmap(vault, size);
}
