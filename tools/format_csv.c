/*
 * Users and their passwords, a line each: RFC 4180's format, but for line ends
 * within quotation marks, which no password can have. It is only read.
 */
#include "format.h"

/*
 * record = field "," field
 * field  = DQUOTE *(any / 2DQUOTE) DQUOTE / *(any but DQUOTE and ",")
 */
static bool
take_field(struct slice *rest, bool last, struct buffer *space)
{
    const uint8_t *comma;

    if (rest->len > 0 && rest->data[0] == '"')
        return format_unquote(rest, space);
    comma = rest->len == 0 ? NULL : memchr(rest->data, ',', rest->len);
    if (last == (comma != NULL))
        return false;
    buffer_put(space,
               last ? *rest
                    : (struct slice){rest->data, (size_t)(comma - rest->data)});
    *rest = (struct slice){rest->data + space->len, rest->len - space->len};
    return !space->overflow &&
           (space->len == 0 || memchr(space->data, '"', space->len) == NULL);
}

static enum format_status
read_csv(struct source *source, struct record *record, struct sentence *why)
{
    struct buffer user = BUFFER_ARRAY(source->user);
    struct buffer password = BUFFER_ARRAY(source->value);
    enum format_status status;
    struct slice rest;

    status = format_line(source, "", &rest, record, why);
    if (status != FORMAT_RECORD)
        return status;
    if (source->input.line == 1 &&
        (slice_equal(rest, SLICE("user,password")) ||
         slice_equal(rest, SLICE("username,password"))))
        return read_csv(source, record, why);
    if (!take_field(&rest, false, &user) || rest.len == 0 ||
        rest.data[0] != ',') {
        sentence_write(why, "it is not a user's name, a comma and a password; "
                            "what has a comma or a quotation mark in it is "
                            "written in quotation marks, which are doubled "
                            "there");
        return FORMAT_BAD;
    }
    rest = (struct slice){rest.data + 1, rest.len - 1};
    if (!take_field(&rest, true, &password) || rest.len != 0) {
        sentence_write(why, "what follows the first comma is no password, or "
                            "longer than 1024 bytes; one with a comma or a "
                            "quotation mark in it is written in quotation "
                            "marks, which are doubled there");
        return FORMAT_BAD;
    }
    record->user = buffer_slice(&user);
    record->password = buffer_slice(&password);
    return FORMAT_RECORD;
}

const struct format format_csv = {"csv", read_csv, NULL, NULL};
