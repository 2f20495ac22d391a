/*
 * A file of users, line by line, in memory of fixed size: passwords and
 * verifiers are in it, so it is wiped after use.
 */
#ifndef INPUT_H
#define INPUT_H

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/slice.h"

#define INPUT_LINE_MAX 65536 /* bytes of a line, and of an entry of LDIF */

enum input_status {
    INPUT_LINE,
    INPUT_TOO_LONG, /* only the line's beginning was kept */
    INPUT_END,
    INPUT_FAILED /* errno says why */
};

struct input {
    FILE *file;
    bool again;               /* the last line is to be read once more */
    enum input_status status; /* of the last line */
    unsigned long line;       /* the number of the last one that was read */
    off_t bytes;              /* read so far */
    size_t quotes;            /* how many quotation marks it has, all of it */
    size_t len;               /* of what is kept of it */
    uint8_t data[INPUT_LINE_MAX];
};

static inline void
input_wipe(struct input *input)
{
    OPENSSL_cleanse(input->data, sizeof(input->data));
}

/*
 * Read the next line.
 *
 * @param line  without its end (LF, or CR LF), nor the byte order mark that a
 *              file may begin with; valid until the next one is read; set on
 *              INPUT_TOO_LONG too, to the line's first INPUT_LINE_MAX bytes,
 * and empty otherwise
 */
enum input_status input_next(struct input *input, struct slice *line);

/* Have the line that was read last read again by the next input_next. */
static inline void
input_back(struct input *input)
{
    input->again = true;
}

#endif
