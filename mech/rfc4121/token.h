/*
 * The header of a token (RFC 4121, section 4.2.6):
 *
 *   octets  0..1  TOK_ID    04 04 for MIC, 05 04 for Wrap
 *           2     Flags     section 4.2.2
 *           3     Filler    ff
 *           4..5  EC        extra count, section 4.2.3; filler in a MIC token
 *           6..7  RRC       right rotation count, 4.2.5; filler likewise
 *           8..15 SND_SEQ   most significant octet first
 */
#ifndef RFC4121_TOKEN_H
#define RFC4121_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "rfc4121/message.h"

#define RFC4121_HEADER_LEN 16
#define RFC4121_CONFOUNDER_LEN 16
#define RFC4121_SUM_LEN 12 /* bytes of a checksum: HMAC-SHA1-96 */

enum rfc4121_kind { RFC4121_WRAP, RFC4121_MIC };

struct rfc4121_header {
    enum rfc4121_kind kind;
    enum rfc4121_role sender;
    bool sealed; /* with confidentiality */
    uint16_t ec;
    uint16_t rrc;
    uint64_t seq;
};

/* Write RFC4121_HEADER_LEN bytes. A MIC token has no EC and no RRC. */
void rfc4121_header_write(const struct rfc4121_header *header, uint8_t *bytes);

/* Write the EC and the RRC into a header that is written already. */
void rfc4121_header_set_counts(uint8_t *bytes, uint16_t ec, uint16_t rrc);

/*
 * Read a header.
 *
 * @param bytes   RFC4121_HEADER_LEN bytes
 * @param kind    the kind of token that is expected
 * @param sender  who must have sent it
 * @param header  set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING; SCRAM_BAD_SIGNATURE for a token that
 *         went the other way, one of our own that is sent back to us
 */
enum scram_status rfc4121_header_parse(const uint8_t *bytes,
                                       enum rfc4121_kind kind,
                                       enum rfc4121_role sender,
                                       struct rfc4121_header *header);

/*
 * Whether the header that came encrypted is the one that came in clear: all
 * of it but the RRC, which changes on the way (section 4.2.4).
 */
bool rfc4121_header_matches(const uint8_t *clear, const uint8_t *decrypted);

#endif
