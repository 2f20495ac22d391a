/*
 * Clients that mean no good. What is good here is what an attacker gets from a
 * server that defends itself: silence is ended in time, nonsense is refused,
 * and nothing of it is ever taken for an established context.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "load.h"

/* Whether a context token tells of a refusal: SCRAM's (RFC 5802, section 7), or
 * that of the negotiation which noise may look like (RFC 4178, section 4.2.2,
 * a negState of reject). */
static bool
is_refusal(const gss_buffer_desc *token)
{
    static const uint8_t reject[] = {0xa1, 7, 0x30, 5, 0xa0, 3, 10, 1, 2};

    return (token->length > 2 && !memcmp(token->value, "e=", 2)) ||
           (token->length == sizeof(reject) &&
            !memcmp(token->value, reject, sizeof(reject)));
}

static enum verdict
within_limits(struct client *c, double after)
{
    if (after >= load.least && after <= load.most)
        return GOOD;
    fprintf(stderr, "load: %s client %u was closed after %.0f ms\n",
            load.mode->name, c->number, after);
    return BAD;
}

/* Take server-first, and never answer. */
static enum verdict
take_and_wait(struct client *c, int flags, gss_buffer_t token)
{
    return flags == WIRE_CONTEXT && c->step++ == 0 && !is_refusal(token)
               ? GOING_ON
               : BAD;
}

const struct mode silent = {"silent", honest_begin, take_and_wait,
                            within_limits, false};
const struct mode drip = {"drip", honest_begin, take_and_wait, within_limits,
                          true};

/* Random bytes, the same in every run. */
static void
fill(uint8_t *bytes, size_t len)
{
    static uint64_t state = 88172645463325252;
    size_t i;

    for (i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

static enum verdict
say_noise(struct client *c, int flags, size_t len)
{
    uint8_t bytes[2048];
    gss_buffer_desc token = {len, bytes};

    fill(bytes, len);
    /* Some of it in the frame of RFC 2743, section 3.1, and for SCRAM. */
    if (len > 127 && len % 2 == 0)
        memcpy(bytes, "\x60\x81\xff\x06\x06\x2b\x06\x01\x05\x05\x12n=", 13);
    return wire_queue(&c->wire, flags, &token) ? GOING_ON : BAD;
}

static enum verdict
begin_garbage(struct client *c)
{
    static const gss_buffer_desc none = {0, NULL};
    static const uint8_t endless[] = {WIRE_CONTEXT, 0xff, 0xff, 0xff, 0xff};
    unsigned kind = c->number % 7;
    uint8_t length[2];
    size_t at;

    fill(length, sizeof(length));
    if (kind < 4 && !wire_queue(&c->wire, WIRE_NOOP | WIRE_CONTEXT_NEXT, &none))
        return BAD;
    if (kind < 2)
        return say_noise(c, WIRE_CONTEXT, length[0] * 8u);
    if (kind == 2)
        return say_noise(c, length[1], length[0]); /* for something else */
    if (kind == 3) {
        if (!wire_queue(&c->wire, WIRE_CONTEXT, &none))
            return BAD;
        memcpy(c->wire.out + c->wire.out_len - sizeof(endless), endless,
               sizeof(endless));
        return GOING_ON;
    }
    if (kind == 4)
        return say_noise(c, WIRE_DATA | WIRE_SEND_MIC, 100); /* too early */
    if (kind == 5)
        return honest_begin(c); /* and noise for an answer */
    if (honest_begin(c) == BAD)
        return BAD;
    at = c->wire.out_len - 1 - length[0] % 30;
    c->wire.out[at] ^= (uint8_t)(1 << length[1] % 8);
    return GOING_ON;
}

static enum verdict
take_garbage(struct client *c, int flags, gss_buffer_t token)
{
    if (flags != WIRE_CONTEXT || c->step > 1)
        return BAD;
    if (is_refusal(token)) {
        c->step = 2;
        return GOING_ON;
    }
    return c->step++ == 0 ? say_noise(c, WIRE_CONTEXT, 200) : BAD;
}

static enum verdict
closed_soon(struct client *c, double after)
{
    if (after <= load.most)
        return GOOD;
    fprintf(stderr, "load: %s client %u was closed only after %.0f ms\n",
            load.mode->name, c->number, after);
    return BAD;
}

const struct mode garbage = {"garbage", begin_garbage, take_garbage,
                             closed_soon, false};

/* Send a part of what is queued, and go, in one of two ways. */
static enum verdict
leave(struct client *c, size_t len)
{
    struct linger abort = {.l_onoff = 1};

    (void)wire_flush(&c->wire, len);
    c->wire.out_len = c->wire.out_sent = 0;
    if (c->number % 2)
        setsockopt(c->wire.fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
    return GOOD;
}

static enum verdict
begin_close(struct client *c)
{
    static const size_t lens[] = {0, 3, 7, 25, SIZE_MAX};
    unsigned kind = c->number / 2 % 7;

    if (honest_begin(c) == BAD)
        return BAD;
    return kind < 5 ? leave(c, lens[kind]) : GOING_ON;
}

static enum verdict
take_close(struct client *c, int flags, gss_buffer_t token)
{
    OM_uint32 major;

    if (flags != WIRE_CONTEXT || is_refusal(token))
        return BAD;
    if (c->number / 2 % 7 == 5)
        return leave(c, 0);
    if (honest_step(c, token, &major) == BAD)
        return BAD;
    return leave(c, 40);
}

static enum verdict
closed_too_early(struct client *c, double after)
{
    fprintf(stderr, "load: closing client %u was closed after %.0f ms\n",
            c->number, after);
    return BAD;
}

const struct mode close_early = {"close", begin_close, take_close,
                                 closed_too_early, false};

/* Say what was recorded, from one token to another. */
static enum verdict
say_again(struct client *c, int from, int to)
{
    for (; from < to; from++) {
        if (!wire_queue(&c->wire, record.flags[from], &record.tokens[from]))
            return BAD;
    }
    return GOING_ON;
}

/* Half of them let the server speak in between. */
static enum verdict
begin_replay(struct client *c)
{
    return say_again(c, 0, c->number % 2 ? 2 : record.count);
}

static enum verdict
take_replay(struct client *c, int flags, gss_buffer_t token)
{
    if (flags != WIRE_CONTEXT || c->step > 1 ||
        is_refusal(token) != (c->step == 1))
        return BAD;
    if (c->step++ == 0 && c->number % 2)
        return say_again(c, 2, record.count);
    return GOING_ON;
}

static enum verdict
closed_refused(struct client *c, double after)
{
    return c->step == 2 ? closed_soon(c, after) : BAD;
}

const struct mode replay = {"replay", begin_replay, take_replay, closed_refused,
                            false};
