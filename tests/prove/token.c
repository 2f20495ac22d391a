/* The header of a message's token. */
#include "../../mech/rfc4121/token.c"

#include "prove.h"

void
prove_header_parse(void)
{
    uint8_t *bytes = malloc(RFC4121_HEADER_LEN);
    enum rfc4121_kind kind = nondet_bool() ? RFC4121_WRAP : RFC4121_MIC;
    enum rfc4121_role sender =
        nondet_bool() ? RFC4121_INITIATOR : RFC4121_ACCEPTOR;
    struct rfc4121_header header;

    given(bytes != NULL);
    if (rfc4121_header_parse(bytes, kind, sender, &header) == SCRAM_OK)
        must(header.kind == kind && header.sender == sender,
             "what was asked for");
}

void
prove_header_comes_back(void)
{
    struct rfc4121_header again,
        header = {
            .kind = nondet_bool() ? RFC4121_WRAP : RFC4121_MIC,
            .sender = nondet_bool() ? RFC4121_INITIATOR : RFC4121_ACCEPTOR,
            .sealed = nondet_bool(),
            .ec = nondet_16(),
            .rrc = nondet_16(),
            .seq = nondet_64(),
        };
    uint8_t bytes[RFC4121_HEADER_LEN];

    given(header.kind == RFC4121_WRAP || !header.sealed);
    rfc4121_header_write(&header, bytes);
    /* memcmp may say anything in these proofs, so it may refuse. */
    if (rfc4121_header_parse(bytes, header.kind, header.sender, &again) !=
        SCRAM_OK)
        return;
    must(again.sealed == header.sealed && again.seq == header.seq,
         "the same header");
    must(header.kind == RFC4121_MIC ||
             (again.ec == header.ec && again.rrc == header.rrc),
         "the same counts");
}
