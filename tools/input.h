/*
 * A file of users, line by line, in memory of fixed size: passwords and
 * verifiers are in it, so it is wiped after use.
 */
#ifndef INPUT_H
#define INPUT_H

#include <openssl/crypto.h>
#include <stdio.h>

#include "base/slice.h"

#define INPUT_LINE_MAX 65536 /* bytes of a line, and of an entry of LDIF */

struct input {
    FILE *file;
    unsigned long line; /* the number of the last one that was read */
    off_t bytes;        /* read so far */
    bool held;          /* the last line is to be read again */
    size_t len;         /* of it */
    uint8_t data[INPUT_LINE_MAX];
};

static inline void
input_wipe(struct input *input)
{
    OPENSSL_cleanse(input->data, sizeof(input->data));
}

enum input_status {
    INPUT_LINE,
    INPUT_TOO_LONG, /* the line was skipped */
    INPUT_END,
    INPUT_FAILED /* errno says why */
};

/*
 * Read the next line.
 *
 * @param line  without its end (LF, or CR LF), nor the byte order mark that a
 *              file may begin with; valid until the next one is read; set on
 *              INPUT_LINE alone
 */
enum input_status input_next(struct input *input, struct slice *line);

/* Let the line that was read last be read again. */
static inline void
input_hold(struct input *input)
{
    input->held = true;
}

#endif
