#include "gss/random.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base/base64.h"
#include "base/kernel_random.h"
#include "base/libcrypto.h"
#include "gss/crypto_lock.h"
#include "scram/message.h"

/*
 * A confounder is 16 bytes, and libcrypto takes as long for them as for some
 * hundred. So each thread draws a batch and uses it up, wiping what it hands
 * out.
 *
 * A fork would make two processes of a thread and its batch, which must never
 * draw the same bytes. So a child of fork() wipes the batch. Other children, of
 * a bare clone(2) for one, are told by the kernel: the number of the process is
 * in memory that a child, however it was made, finds zero (MADV_WIPEONFORK). A
 * batch that was drawn under another number is not used. The kernel alone is
 * not relied on, as qemu-user accepts that advice and does nothing.
 */
static struct process {
    atomic_uint number; /* 0: not set since the fork */
} * process;
static atomic_uint last_number; /* inherited, so that no number comes again */

static _Thread_local struct {
    unsigned number; /* the process' when it was drawn */
    size_t left;     /* bytes at the end that have not been used */
    uint8_t bytes[512];
} batch;

/* In a child of fork(), whose only thread has the only batch. */
static void
child_begin(void)
{
    OPENSSL_cleanse(&batch, sizeof(batch));
}

/* While the module is loaded, as what follows. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, child_begin);
}

/* Without such memory there are no batches. */
__attribute__((constructor)) static void
map_process(void)
{
    size_t len = sizeof(*process);
    void *map = mmap(NULL, len, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED)
        return;
    if (madvise(map, len, MADV_WIPEONFORK) == 0)
        process = map;
    else
        munmap(map, len);
}

/* The number of this process, which is not 0. */
static unsigned
process_number(void)
{
    unsigned there = atomic_load(&process->number), made;

    if (there != 0)
        return there;
    made = atomic_fetch_add(&last_number, 1) + 1;
    if (atomic_compare_exchange_strong(&process->number, &there, made))
        return made;
    return there; /* another thread was first */
}

static enum scram_status
draw(uint8_t *bytes, size_t len)
{
    bool drawn;

    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    crypto_lock();
    drawn = len <= INT_MAX && RAND_bytes(bytes, (int)len) == 1;
    crypto_unlock();
    libcrypto_leave();
    return drawn ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
}

enum scram_status
random_bytes(uint8_t *bytes, size_t len)
{
    unsigned number;
    uint8_t *from;

    if (process == NULL || len > sizeof(batch.bytes))
        return draw(bytes, len);
    number = process_number();
    if (batch.number != number || batch.left < len) {
        batch.left = 0;
        if (draw(batch.bytes, sizeof(batch.bytes)) != SCRAM_OK)
            return SCRAM_CRYPTO_FAILED;
        batch.number = number;
        batch.left = sizeof(batch.bytes);
    }
    from = batch.bytes + sizeof(batch.bytes) - batch.left;
    memcpy(bytes, from, len);
    OPENSSL_cleanse(from, len);
    batch.left -= len;
    return SCRAM_OK;
}

enum scram_status
random_nonce(struct buffer *nonce, struct sentence *why)
{
    uint8_t bytes[SCRAM_NONCE_LEN / 4 * 3];
    enum scram_status status =
        kernel_random(bytes, sizeof(bytes), "a nonce", why);

    if (status == SCRAM_OK)
        base64_encode(SLICE_ARRAY(bytes), nonce);
    return status;
}
