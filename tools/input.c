#include "input.h"

#include <errno.h>

/* Read bytes up to the end of the line; what is too many is dropped. */
static enum input_status
input_read_line(struct input *input)
{
    bool any = false, whole = true;
    int c;

    input->len = input->quotes = 0;
    errno = 0;
    while ((c = getc_unlocked(input->file)) != EOF) {
        any = true;
        input->bytes++;
        if (c == '\n')
            break;
        input->quotes += c == '"';
        if (input->len < sizeof(input->data))
            input->data[input->len++] = (uint8_t)c;
        else
            whole = false;
    }
    if (ferror(input->file))
        return INPUT_FAILED;
    if (!any)
        return INPUT_END;
    input->line++;
    return whole ? INPUT_LINE : INPUT_TOO_LONG;
}

enum input_status
input_next(struct input *input, struct slice *line)
{
    static const struct slice mark = {(const uint8_t *)"\xef\xbb\xbf", 3};
    enum input_status status;

    if (!input->again)
        input->status = input_read_line(input);
    input->again = false;
    status = input->status;
    *line = (struct slice){input->data, 0};
    if (status != INPUT_LINE && status != INPUT_TOO_LONG)
        return status;
    *line = (struct slice){input->data, input->len};
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    if (input->line == 1 && slice_starts_with(*line, mark))
        *line = (struct slice){line->data + mark.len, line->len - mark.len};
    return status;
}
