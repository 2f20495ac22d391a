#include "gss/random.h"

#include <limits.h>
#include <openssl/rand.h>

#include "base/base64.h"
#include "scram/message.h"

enum scram_status
random_bytes(uint8_t *bytes, size_t len)
{
    return len <= INT_MAX && RAND_bytes(bytes, (int)len) == 1
               ? SCRAM_OK
               : SCRAM_CRYPTO_FAILED;
}

enum scram_status
random_nonce(struct buffer *nonce)
{
    uint8_t bytes[SCRAM_NONCE_LEN / 4 * 3];
    enum scram_status status = random_bytes(bytes, sizeof(bytes));

    if (status == SCRAM_OK)
        base64_encode(SLICE_ARRAY(bytes), nonce);
    return status;
}
