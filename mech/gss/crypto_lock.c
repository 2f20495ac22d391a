#include "gss/crypto_lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/libcrypto.h"
#include "rfc4121/message.h"
#include "rfc4121/prf.h"
#include "scram/keys.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
crypto_lock(void)
{
    pthread_mutex_lock(&lock);
}

void
crypto_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* While the module is loaded, so before there is anything to wait for. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(crypto_lock, crypto_unlock, crypto_unlock);
}

static enum scram_status
no_random_bytes(uint8_t *bytes, size_t len)
{
    memset(bytes, 0, len);
    return SCRAM_OK;
}

static void
use_messages(void)
{
    static const uint8_t key[RFC4121_KEY_LEN];
    struct slice empty = {key, 0};
    struct rfc4121_context *context;
    uint8_t token[128], block[16];

    if (rfc4121_wrap_len(true, 0) > sizeof(token) ||
        rfc4121_new(key, RFC4121_INITIATOR, false, false, no_random_bytes,
                    &context) != SCRAM_OK)
        return;
    (void)rfc4121_wrap(context, true, empty, token);
    (void)rfc4121_prf(context, empty, block, sizeof(block));
    rfc4121_free(context);
}

/* Use each algorithm once. What fails now fails again where its result is
 * wanted, and is reported there. */
static void
use_all(void)
{
    struct scram_keys keys;
    int i;

    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        (void)scram_keys_derive((enum scram_mechanism)i, SLICE("x"), SLICE("x"),
                                1, &keys);
        scram_keys_wipe(&keys);
    }
    use_messages();
}

void
crypto_prepare(void)
{
    static atomic_bool process_is_prepared;
    static _Thread_local bool thread_is_prepared;

    if (thread_is_prepared)
        return;
    crypto_lock();
    /* Which makes the thread's queue of errors. */
    if (libcrypto_enter()) {
        if (!atomic_load(&process_is_prepared))
            use_all();
        atomic_store(&process_is_prepared, true);
        thread_is_prepared = true;
        libcrypto_leave();
    }
    crypto_unlock();
}
