/*
 * A user name as a message carries it (RFC 5802, section 5.1): a comma would
 * end the attribute, so it is escaped.
 */
#ifndef SCRAM_SASLNAME_H
#define SCRAM_SASLNAME_H

#include "base/slice.h"
#include "base/status.h"

/*
 * Append a user name as a saslname: "=2C" for "," and "=3D" for "=".
 */
void scram_saslname_encode(struct slice user, struct buffer *saslname);

/*
 * Append the user name that a saslname stands for.
 *
 * @return SCRAM_OK; SCRAM_BAD_ENCODING for a "=" that begins neither "=2C" nor
 *         "=3D", and where the name does not fit
 */
enum scram_status scram_saslname_decode(struct slice saslname,
                                        struct buffer *user);

#endif
