/*
 * What the parsers and writers of this folder have in common.
 */
#ifndef WIRE_PARTS_H
#define WIRE_PARTS_H

#include "base/pack.h"
#include "wire/message.h"

static inline bool
unpack_bool(struct unpack *u)
{
    return unpack_number(u, 1, 1) != 0;
}

static inline enum scram_status
unpack_status(struct unpack *u)
{
    return (enum scram_status)unpack_number(u, 1, SCRAM_STATUS_LAST);
}

/* Begin to read a message that is to be of one op. */
static inline struct unpack
unpack_begin(struct slice message, uint8_t op)
{
    struct unpack u = {message, message.len > WIRE_MESSAGE_MAX};

    if (unpack_number(&u, 1, UINT8_MAX) != op)
        u.failed = true;
    return u;
}

/* The op, and the byte that follows it in every message. */
static inline void
pack_head(struct buffer *out, uint8_t op, unsigned next)
{
    pack_number(out, 1, op);
    pack_number(out, 1, next);
}

static inline void
pack_sentence(struct buffer *out, struct slice sentence)
{
    if (sentence.len > WIRE_SENTENCE_MAX)
        sentence.len = WIRE_SENTENCE_MAX;
    pack_bytes(out, sentence);
}

#endif
