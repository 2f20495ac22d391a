#include "rfc4121/token.h"

#include "base/secret.h"

enum { FLAG_SENT_BY_ACCEPTOR = 0x01, FLAG_SEALED = 0x02 };

static const uint8_t token_ids[][2] = {
    [RFC4121_WRAP] = {0x05, 0x04},
    [RFC4121_MIC] = {0x04, 0x04},
};

static void
put_16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static uint16_t
get_16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

void
rfc4121_header_write(const struct rfc4121_header *header, uint8_t *bytes)
{
    int i;

    memcpy(bytes, token_ids[header->kind], 2);
    bytes[2] =
        (uint8_t)((header->sender == RFC4121_ACCEPTOR ? FLAG_SENT_BY_ACCEPTOR
                                                      : 0) |
                  (header->sealed ? FLAG_SEALED : 0));
    bytes[3] = 0xff;
    put_16(bytes + 4, header->kind == RFC4121_MIC ? 0xffff : header->ec);
    put_16(bytes + 6, header->kind == RFC4121_MIC ? 0xffff : header->rrc);
    for (i = 0; i < 8; i++)
        bytes[8 + i] = (uint8_t)(header->seq >> (56 - 8 * i));
}

void
rfc4121_header_set_counts(uint8_t *bytes, uint16_t ec, uint16_t rrc)
{
    put_16(bytes + 4, ec);
    put_16(bytes + 6, rrc);
}

enum scram_status
rfc4121_header_parse(const uint8_t *bytes, enum rfc4121_kind kind,
                     enum rfc4121_role sender, struct rfc4121_header *header)
{
    struct rfc4121_header parsed = {.kind = kind, .sender = sender};
    bool by_acceptor = (bytes[2] & FLAG_SENT_BY_ACCEPTOR) != 0;
    int i;

    if (memcmp(bytes, token_ids[kind], 2) != 0 || bytes[3] != 0xff)
        return SCRAM_BAD_ENCODING;
    if (by_acceptor != (sender == RFC4121_ACCEPTOR))
        return SCRAM_BAD_SIGNATURE;
    /* Other flags are not for us to know; the checksum covers them. */
    parsed.sealed = (bytes[2] & FLAG_SEALED) != 0;
    parsed.ec = get_16(bytes + 4);
    parsed.rrc = get_16(bytes + 6);
    for (i = 0; i < 8; i++)
        parsed.seq = parsed.seq << 8 | bytes[8 + i];

    if (kind == RFC4121_MIC &&
        (parsed.sealed || parsed.ec != 0xffff || parsed.rrc != 0xffff))
        return SCRAM_BAD_ENCODING;
    *header = parsed;
    return SCRAM_OK;
}

bool
rfc4121_header_matches(const uint8_t *clear, const uint8_t *decrypted)
{
    return secret_equal(clear, decrypted, 6) &&
           secret_equal(clear + 8, decrypted + 8, 8);
}
