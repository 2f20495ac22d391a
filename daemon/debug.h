/*
 * What --debug writes: every message that comes and goes, a line each, without
 * secrets. No proof, signature, key or seal is ever in it.
 */
#ifndef DAEMON_DEBUG_H
#define DAEMON_DEBUG_H

#include <stdbool.h>

#include "base/slice.h"
#include "daemon/peer.h"

struct debug {
    int fd; /* negative: nobody wants to see */
};

/* Open the file to append to, 0600; false with errno set on failure. */
bool debug_open(struct debug *debug, const char *path);
void debug_close(struct debug *debug);

static inline bool
debug_is_on(const struct debug *debug)
{
    return debug->fd >= 0;
}

/* Append a line about a peer, with the time. What cannot be written is lost. */
void debug_line(const struct debug *debug, const struct peer *peer,
                const char *text);

/* Append a line with a message, as its request_op writes it down. By the
 * serving thread alone. */
void debug_message(const struct debug *debug, const struct peer *peer,
                   void (*show)(struct slice message, bool is_answer,
                                struct buffer *text),
                   struct slice message, bool is_answer);

/* Append a blank, a name, a blank, and a number or bytes in quotes. */
void debug_put_number(struct buffer *text, const char *name,
                      unsigned long long number);
void debug_put_quoted(struct buffer *text, const char *name,
                      struct slice bytes);

/* Append a SCRAM message in quotes, up to its proof or signature, in whose
 * place dots stand. */
void debug_quote_scram(struct slice message, struct buffer *text);

#endif
