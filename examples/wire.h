/*
 * The tokens of the gss-sample programs over a non-blocking socket: a byte of
 * flags, four bytes of length in network order, and the token. Memory is taken
 * for bytes that have come, never for a length that was merely announced.
 */
#ifndef EXAMPLES_WIRE_H
#define EXAMPLES_WIRE_H

#include <gssapi/gssapi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_flags {
    WIRE_NOOP = 1,          /* nothing, or the last token */
    WIRE_CONTEXT = 2,       /* a token for the security context */
    WIRE_DATA = 4,          /* a message */
    WIRE_MIC = 8,           /* the MIC of a message, in answer to it */
    WIRE_CONTEXT_NEXT = 16, /* with WIRE_NOOP, the client's first: it is going
                             * to authenticate */
    WIRE_WRAPPED = 32,
    WIRE_ENCRYPTED = 64,
    WIRE_SEND_MIC = 128 /* the message's answer is to be its MIC */
};

enum wire_status {
    WIRE_DONE,
    WIRE_WAIT,  /* the socket is not ready for the rest */
    WIRE_CLOSED /* by the peer or an error, or the peer's token is too long */
};

struct wire {
    int fd;
    uint8_t *in; /* the token that is arriving, with its header */
    size_t in_room, in_len;
    uint8_t *out; /* what is being sent */
    size_t out_len, out_sent;
};

/*
 * Receive one token, or as much of it as has come.
 *
 * @param longest  how long a token may be
 * @param token    set on WIRE_DONE; good until wire_forget, which must come
 *                 before the next token
 */
enum wire_status wire_receive(struct wire *wire, size_t longest, int *flags,
                              gss_buffer_t token);
void wire_forget(struct wire *wire);

/* Put a token behind what is to be sent; false without memory for it. */
bool wire_queue(struct wire *wire, int flags, const gss_buffer_desc *token);

/* Send what is queued, or as much as the socket and @p at_most take. */
enum wire_status wire_flush(struct wire *wire, size_t at_most);

/* Close the socket and release the memory. */
void wire_close(struct wire *wire);

#endif
