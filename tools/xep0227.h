/*
 * XEP-0227, in which XMPP servers hand users over: Prosody has such a file for
 * each user, and ejabberd writes and reads one with all of them.
 *
 *   <server-data xmlns='urn:xmpp:pie:0'><host jid='example.org'>
 *     <user name='alice'>
 *       <scram-credentials xmlns='urn:xmpp:pie:0#scram'
 *                          mechanism='SCRAM-SHA-256'>
 *         <iter-count/><salt/><server-key/><stored-key/>
 *
 * The last three are base64. ejabberd (23.01, and still in 2026) writes and
 * reads the base64 of the base64, so that it has a format of its own. A user
 * may have a password instead, as an attribute. That somebody may not log in
 * XEP-0227 has no word for; both servers have one of their own.
 */
#ifndef XEP0227_H
#define XEP0227_H

#include "format.h"

#define XEP0227_NAMESPACE "urn:xmpp:pie:0"
#define XEP0227_SCRAM XEP0227_NAMESPACE "#scram"
#define XEP0227_HOST_MAX 1023 /* bytes, RFC 7622 */

/* A file that is being read. */
struct xep0227;

/*
 * @param input  outlives what is returned
 * @return NULL without memory; else closed by xep0227_close
 */
struct xep0227 *xep0227_open(struct input *input);

/* Wipes what was read; NULL is closed already. */
void xep0227_close(struct xep0227 *xep0227);

/* struct format's read */
enum format_status xep0227_read(struct xep0227 *xep0227, struct record *record,
                                struct sentence *why);

#endif
