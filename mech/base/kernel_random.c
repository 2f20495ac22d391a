#include "base/kernel_random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* getrandom(2) itself, as a C library may answer getrandom(3) from memory. So
 * few bytes come all at once or not at all. */
enum scram_status
kernel_random(uint8_t *bytes, size_t len, const char *what,
              struct sentence *why)
{
    char reason[64];
    int error;

    if (syscall(SYS_getrandom, bytes, len, GRND_NONBLOCK) == (long)len)
        return SCRAM_OK;
    error = errno;
    sentence_write(
        why, "The kernel gave no random bytes for %s (getrandom: %s). %s", what,
        strerror_r(error, reason, sizeof(reason)),
        error == EAGAIN ? "The machine has just started: try again"
                        : "See whether a filter of system calls forbids it");
    return SCRAM_CRYPTO_FAILED;
}
