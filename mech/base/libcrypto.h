/*
 * The way into libcrypto and out again. Whatever the module calls of it that
 * can fail, or releases something, stands between these two: in scram/keys.c,
 * and around a whole message in rfc4121.
 *
 * libcrypto belongs to the program, which may be in the middle of a TLS
 * connection in the same thread: errors that a call of ours leaves in the
 * thread's queue would be taken for that connection's. And libcrypto ends
 * before the program does (OPENSSL_cleanup, in an atexit handler of its own),
 * after which a program may still call us, in an atexit handler that it set
 * earlier. Nothing of libcrypto may be touched then: what would compute is
 * refused, and what would release is left to the end of the process.
 */
#ifndef BASE_LIBCRYPTO_H
#define BASE_LIBCRYPTO_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>

/* Begin; these nest. False once libcrypto has ended: then nothing of it may be
 * called, libcrypto_leave neither. */
static inline bool
libcrypto_enter(void)
{
    /* Asked to begin nothing, it says whether it could. */
    if (!OPENSSL_init_crypto(0, NULL))
        return false;
    ERR_set_mark();
    return true;
}

/* End: the queue of errors is as it was. */
static inline void
libcrypto_leave(void)
{
    ERR_pop_to_mark();
}

#endif
