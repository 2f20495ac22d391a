/*
 * What gss_export_sec_context writes and gss_import_sec_context reads: how a
 * context is written down, and nothing of what is done with it. An established
 * context's token is as secret as its session key; a half-open one's has no
 * secret in it, but whoever can make or change either is believed.
 *
 * exported = version kind mechanism audit target ( established | half-open )
 *   version          1 byte: EXPORTED_VERSION; another one is not read
 *   kind             1 byte: enum exported_kind
 *   mechanism        1 byte: enum scram_mechanism
 *   audit            1 byte: 0 or 1
 *   target           name
 * established = flags source key next_seq expected received
 *   flags            4 bytes: GSS_C_*_FLAG
 *   source           name
 *   key              16 bytes
 *   next_seq, expected, received
 *                    8 bytes each: as in struct rfc4121_state
 * half-open = require_channel_bindings client-first server-first ticket left
 *   require_channel_bindings
 *                    1 byte: 0 or 1
 *   client-first, server-first
 *                    the messages, as they were sent, unframed
 *   ticket           8, 4 and 8 bytes: as in struct ticket
 *   left             4 bytes: milliseconds until the deadline, when exported
 * name = kind [ mechanism text store ]
 *   kind             1 byte: 0 for no name, or enum name_kind plus 1
 *   mechanism        1 byte
 *   text, store      without NUL; at least a byte, and any number of them
 *
 * in base/pack.h's terms.
 */
#ifndef GSS_EXPORTED_H
#define GSS_EXPORTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "gss/name.h"
#include "gss/ticket.h"
#include "rfc4121/state.h"
#include "scram/verifier.h"

#define EXPORTED_VERSION 1

enum exported_kind {
    EXPORTED_INITIATOR, /* established */
    EXPORTED_ACCEPTOR,  /* established */
    EXPORTED_HALF_OPEN  /* an acceptor's that waits for its client's answer */
};

struct exported_name {
    struct slice text; /* empty: there is no name */
    struct slice store;
    enum name_kind kind;
    enum scram_mechanism mechanism;
};

struct exported {
    enum exported_kind kind;
    enum scram_mechanism mechanism;
    bool audit;
    struct exported_name target;

    /* established */
    uint32_t flags;
    struct exported_name source;
    struct rfc4121_state messages;

    /* half-open */
    bool require_channel_bindings;
    struct slice client_first, server_first;
    struct ticket ticket;
    uint32_t left;
};

/* The bytes that exported_write writes, whatever the numbers in it are. */
size_t exported_size(const struct exported *exported);

/*
 * Append it.
 *
 * @param out  exported_size free bytes are enough
 */
void exported_write(const struct exported *exported, struct buffer *out);

/*
 * Read what exported_write wrote.
 *
 * @param bytes     any bytes
 * @param exported  set on true alone, to what is in its range; its slices point
 *                  into @p bytes. Wipe its messages
 */
bool exported_read(struct slice bytes, struct exported *exported);

#endif
