/*
 * The server's nonces, and what tells one login from others in logs: the first
 * bytes of its nonce, which both of its messages have with them, as gss-scramd
 * keeps nothing in between.
 */
#ifndef DAEMON_NONCE_H
#define DAEMON_NONCE_H

#include "verify/verify.h"
#include "wire/message.h"

/* verify_nonce: SCRAM_NONCE_LEN characters from the kernel. */
enum scram_status nonce_make(struct buffer *nonce, struct sentence *why);

/*
 * The id of the login that a server-first-message of ours belongs to.
 *
 * @param id  WIRE_ID_LEN bytes; zeros where there is no such nonce
 */
void nonce_id(struct slice server_first, uint8_t *id);

#endif
