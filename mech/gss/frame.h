/*
 * The frame of a mechanism's first token (RFC 2743, section 3.1):
 *
 *   60 length 06 oid-length oid innerContextToken
 */
#ifndef GSS_FRAME_H
#define GSS_FRAME_H

#include "base/slice.h"
#include "scram/verifier.h"

#define FRAME_MAX 16 /* bytes that a frame of ours adds to a token */

/* Append a framed token. */
void frame_put(enum scram_mechanism mechanism, struct slice token,
               struct buffer *framed);

/*
 * Take the frame off.
 *
 * @param mechanism  whose OID is in the frame; set on true alone
 * @param token      what is in it, a slice of @p framed; set on true alone
 * @return false unless the frame is whole, in DER, of one of our mechanisms,
 *         and ends where the token does
 */
bool frame_take(struct slice framed, enum scram_mechanism *mechanism,
                struct slice *token);

#endif
