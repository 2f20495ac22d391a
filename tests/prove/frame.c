/* The frame of a first token, as a peer may send it. */
#include "../../mech/gss/frame.c"

#include "prove.h"

void
prove_take_header(void)
{
    struct slice before = any_slice(LENGTH), rest = before;
    size_t length;

    if (!frame_take_header(&rest, nondet_byte(), &length))
        return;
    must(is_within(rest, before) && rest.len < before.len, "what follows");
    must(rest.data + rest.len == before.data + before.len, "to the end");
    must(length < 1 << 24, "a length of three bytes");
}

void
prove_frame_take(void)
{
    struct slice framed = any_slice(LENGTH), token;
    enum scram_mechanism mechanism;

    if (!frame_take(framed, &mechanism, &token))
        return;
    must(is_within(token, framed), "a token");
    must(token.data + token.len == framed.data + framed.len, "to the end");
    must(mechanism == SCRAM_SHA_256 || mechanism == SCRAM_SHA_1, "of ours");
}

/* Stands for oid_to_mechanism. */
bool
oid_to_mechanism(gss_const_OID oid, enum scram_mechanism *mechanism)
{
    must(oid->length == 0 || __CPROVER_r_ok(oid->elements, oid->length),
         "an OID is there");
    *mechanism = nondet_bool() ? SCRAM_SHA_256 : SCRAM_SHA_1;
    return nondet_bool();
}

/* A length is written so that take_header reads it. */
void
prove_put_length(void)
{
    size_t length = nondet_size(), again;
    uint8_t memory[8];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice written;

    given(length < 1 << 24);
    put_byte(TAG_FRAME, &out);
    put_length(length, &out);
    written = buffer_slice(&out);
    must(!out.overflow && frame_take_header(&written, TAG_FRAME, &again),
         "a header");
    must(again == length && written.len == 0, "the same length");
}
