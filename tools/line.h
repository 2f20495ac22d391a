/*
 * A password as it comes in: a line of bytes, from a terminal without echo or
 * from a file. Wiped after use.
 */
#ifndef LINE_H
#define LINE_H

#include "base/secret.h"
#include "scram/saslprep.h"

struct line {
    uint8_t data[SCRAM_PASSWORD_MAX];
    size_t len;
};

static inline void
line_wipe(struct line *line)
{
    OPENSSL_cleanse(line, sizeof(*line));
}

#define CLEANUP_LINE __attribute__((cleanup(line_wipe)))

static inline struct slice
line_slice(const struct line *line)
{
    return (struct slice){line->data, line->len};
}

enum line_status {
    LINE_READ,     /* it may be empty */
    LINE_ENDED,    /* the end came before anything else */
    LINE_TOO_LONG, /* longer than a password may be */
    LINE_FAILED    /* errno says why */
};

/*
 * Read up to the end of a line, which is not part of it, or of the file. What
 * follows is left to the next reader.
 *
 * @param line  set on LINE_READ alone; wipe it in any case
 */
enum line_status line_read(int fd, struct line *line);

/*
 * Ask on a terminal, without echo. The terminal is as it was when this
 * returns, and whenever a signal stops or ends the process meanwhile.
 */
enum line_status line_ask(int terminal, const char *prompt, struct line *line);

#endif
