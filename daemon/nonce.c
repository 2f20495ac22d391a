#include "daemon/nonce.h"

#include "base/base64.h"
#include "base/kernel_random.h"
#include "scram/message.h"

#define NONCE_BYTES (SCRAM_NONCE_LEN / 4 * 3)

enum scram_status
nonce_make(struct buffer *nonce, struct sentence *why)
{
    uint8_t bytes[NONCE_BYTES];
    enum scram_status status =
        kernel_random(bytes, sizeof(bytes), "a nonce", why);

    if (status == SCRAM_OK)
        base64_encode(SLICE_ARRAY(bytes), nonce);
    return status;
}

void
nonce_id(struct slice server_first, uint8_t *id)
{
    uint8_t bytes[NONCE_BYTES];
    struct buffer decoded = BUFFER_ARRAY(bytes);
    struct scram_server_first message;
    struct slice ours;

    memset(id, 0, WIRE_ID_LEN);
    if (scram_server_first_parse(server_first, &message) != SCRAM_OK ||
        message.nonce.len < SCRAM_NONCE_LEN)
        return;
    ours.len = SCRAM_NONCE_LEN;
    ours.data = message.nonce.data + message.nonce.len - ours.len;
    if (base64_decode(ours, &decoded) && decoded.len == sizeof(bytes))
        memcpy(id, bytes, WIRE_ID_LEN);
}
