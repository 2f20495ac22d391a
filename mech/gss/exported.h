/*
 * What gss_export_sec_context writes and gss_import_sec_context reads: how an
 * established context is written down, and nothing of what is done with it. The
 * token is as secret as the session key in it.
 *
 * exported = version initiates mechanism audit target flags source
 *            key next_seq expected received
 *   version          1 byte: EXPORTED_VERSION; another one is not read
 *   initiates        1 byte: 0 or 1
 *   mechanism        1 byte: enum scram_mechanism
 *   audit            1 byte: 0 or 1
 *   target           name
 *   flags            4 bytes: GSS_C_*_FLAG
 *   source           name
 *   key              16 bytes
 *   next_seq, expected, received
 *                    8 bytes each: as in struct rfc4121_state
 * name = kind [ mechanism text store groups ]
 *   kind             1 byte: 0 for no name, or enum name_kind plus 1
 *   mechanism        1 byte
 *   text, store      without NUL; at least a byte, and any number of them
 *   groups           base/groups.h's text
 *
 * in base/pack.h's terms.
 */
#ifndef GSS_EXPORTED_H
#define GSS_EXPORTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "gss/name.h"
#include "rfc4121/state.h"
#include "scram/verifier.h"

#define EXPORTED_VERSION 2

struct exported_name {
    struct slice text; /* empty: there is no name */
    struct slice store, groups;
    enum name_kind kind;
    enum scram_mechanism mechanism;
};

struct exported {
    bool initiates;
    enum scram_mechanism mechanism;
    bool audit;
    struct exported_name target, source;
    uint32_t flags;
    struct rfc4121_state messages;
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
