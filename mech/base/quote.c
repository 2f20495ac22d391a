#include "base/quote.h"

#include <stdio.h>

void
quote_put(struct slice bytes, struct buffer *out)
{
    char hex[5];
    size_t i;

    buffer_put(out, SLICE("\""));
    for (i = 0; i < bytes.len; i++) {
        if (bytes.data[i] > 0x20 && bytes.data[i] < 0x7f &&
            bytes.data[i] != '"' && bytes.data[i] != '\\') {
            buffer_put(out, (struct slice){bytes.data + i, 1});
            continue;
        }
        snprintf(hex, sizeof(hex), "\\x%02x", bytes.data[i]);
        buffer_put(out, slice_of(hex));
    }
    buffer_put(out, SLICE("\""));
}
