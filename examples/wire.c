#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 5
#define ROOM 512 /* what most tokens of a handshake fit into */

/* How many bytes the arriving token has, as far as is known. */
static size_t
expected(const struct wire *wire)
{
    const uint8_t *len = wire->in + 1;

    if (wire->in_len < HEADER)
        return HEADER;
    return HEADER + ((size_t)len[0] << 24 | (size_t)len[1] << 16 |
                     (size_t)len[2] << 8 | len[3]);
}

/* Room for more, by what has come rather than by what was announced. */
static bool
make_room(struct wire *wire)
{
    size_t room = wire->in_room < ROOM ? ROOM : 2 * wire->in_room;
    uint8_t *in;

    if (wire->in_len < wire->in_room)
        return true;
    in = realloc(wire->in, room);
    if (in == NULL)
        return false;
    wire->in = in;
    wire->in_room = room;
    return true;
}

enum wire_status
wire_receive(struct wire *wire, size_t longest, int *flags, gss_buffer_t token)
{
    size_t want;

    while (wire->in_len < (want = expected(wire))) {
        ssize_t got;

        if (want > HEADER + longest || !make_room(wire))
            return WIRE_CLOSED;
        if (want > wire->in_room)
            want = wire->in_room;
        got = recv(wire->fd, wire->in + wire->in_len, want - wire->in_len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return WIRE_WAIT;
        if (got <= 0)
            return WIRE_CLOSED;
        wire->in_len += (size_t)got;
    }
    *flags = wire->in[0];
    token->length = want - HEADER;
    token->value = wire->in + HEADER;
    return WIRE_DONE;
}

void
wire_forget(struct wire *wire)
{
    free(wire->in);
    wire->in = NULL;
    wire->in_room = wire->in_len = 0;
}

bool
wire_queue(struct wire *wire, int flags, const gss_buffer_desc *token)
{
    size_t i, len = token->length;
    uint8_t *out;

    if (len > UINT32_MAX)
        return false;
    out = realloc(wire->out, wire->out_len + HEADER + len);
    if (out == NULL)
        return false;
    wire->out = out;
    out += wire->out_len;
    out[0] = (uint8_t)flags;
    for (i = 0; i < 4; i++)
        out[1 + i] = (uint8_t)(len >> (24 - 8 * i));
    if (len != 0)
        memcpy(out + HEADER, token->value, len);
    wire->out_len += HEADER + len;
    return true;
}

enum wire_status
wire_flush(struct wire *wire, size_t at_most)
{
    while (wire->out_sent < wire->out_len) {
        size_t left = wire->out_len - wire->out_sent;
        ssize_t sent;

        if (at_most == 0)
            return WIRE_WAIT;
        sent = send(wire->fd, wire->out + wire->out_sent,
                    left < at_most ? left : at_most, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return WIRE_WAIT;
        if (sent < 0)
            return WIRE_CLOSED;
        wire->out_sent += (size_t)sent;
        at_most -= (size_t)sent;
    }
    free(wire->out);
    wire->out = NULL;
    wire->out_len = wire->out_sent = 0;
    return WIRE_DONE;
}

void
wire_close(struct wire *wire)
{
    close(wire->fd);
    wire_forget(wire);
    free(wire->out);
    *wire = (struct wire){.fd = -1};
}
