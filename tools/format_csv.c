/*
 * Users and their passwords, a line each: CSV (RFC 4180), but for line ends in
 * quotation marks, which neither a name nor a password can have. It is only
 * read.
 */
#include "format.h"

#include <strings.h>

/*
 * field  = DQUOTE *(any / 2DQUOTE) DQUOTE / *(any but DQUOTE and ",")
 *
 * @param open  set if the closing DQUOTE is missing
 */
static bool
take_field(struct slice *rest, struct buffer *space, bool *open)
{
    const uint8_t *comma;
    struct slice field;

    if (rest->len > 0 && rest->data[0] == '"') {
        bool taken = format_unquote(rest, space);

        *open = !taken && rest->len > 0 && rest->data[0] == '"';
        return taken;
    }
    comma = rest->len == 0 ? NULL : memchr(rest->data, ',', rest->len);
    field = comma == NULL
                ? *rest
                : (struct slice){rest->data, (size_t)(comma - rest->data)};
    buffer_put(space, field);
    *rest = (struct slice){rest->data + field.len, rest->len - field.len};
    return !space->overflow &&
           (field.len == 0 || memchr(field.data, '"', field.len) == NULL);
}

void
format_skip_quoted(struct source *source)
{
    struct slice line;
    bool open = source->input.quotes % 2 == 1;

    while (open && input_next(&source->input, &line) <= INPUT_TOO_LONG)
        open = source->input.quotes % 2 == 0;
}

/* record = field "," field */
enum format_status
format_read_pair(struct source *source, struct slice line,
                 struct format_pair *pair, struct sentence *why)
{
    struct buffer first = BUFFER_ARRAY(source->user);
    struct buffer second = BUFFER_ARRAY(source->value);
    bool open = false;

    if (take_field(&line, &first, &open) && line.len > 0 &&
        line.data[0] == ',') {
        line = (struct slice){line.data + 1, line.len - 1};
        if (take_field(&line, &second, &open) && line.len == 0) {
            *pair = (struct format_pair){buffer_slice(&first),
                                         buffer_slice(&second)};
            return FORMAT_RECORD;
        }
        sentence_write(why, "what follows the first comma is no password, or "
                            "longer than 1024 bytes; one with a comma or a "
                            "quotation mark in it is written in quotation "
                            "marks, which are doubled there");
    } else {
        sentence_write(why, "it is not a user's name, a comma and a password; "
                            "what has a comma or a quotation mark in it is "
                            "written in quotation marks, which are doubled "
                            "there");
    }
    if (open) {
        format_skip_quoted(source);
        sentence_write(why,
                       "it has a line end in quotation marks, or the "
                       "second of these is missing; what stands between "
                       "them, up to line %lu, was left out",
                       source->input.line);
    }
    return FORMAT_BAD;
}

static bool
is_word(struct slice s, const char *word)
{
    s = format_trim(s);
    return s.len == strlen(word) &&
           strncasecmp((const char *)s.data, word, s.len) == 0;
}

/*
 * A first record with "password" for a password: "user,password" is a title,
 * which FORMAT_END says. Any other may be one in words of its own, and would
 * become a user with a password that everybody can guess.
 */
static enum format_status
check_first(const struct format_pair *pair, struct sentence *why)
{
    if (!is_word(pair->second, "password"))
        return FORMAT_RECORD;
    if (is_word(pair->first, "user") || is_word(pair->first, "username"))
        return FORMAT_END;
    sentence_write(
        why, "it looks like a title line, but not like user,password; write "
             "that title in its place, or above it if it is a user");
    return FORMAT_BAD;
}

static enum format_status
read_csv(struct source *source, struct record *record, struct sentence *why)
{
    enum format_status status;
    struct format_pair pair;
    struct slice line;

    do {
        status = format_line(source, "", &line, record, why);
        if (status == FORMAT_BAD)
            format_skip_quoted(source);
        if (status != FORMAT_RECORD)
            return status;
        status = format_read_pair(source, line, &pair, why);
        if (status != FORMAT_RECORD)
            return status;
        if (!source->begun)
            status = check_first(&pair, why);
        source->begun = true;
    } while (status == FORMAT_END);
    if (status == FORMAT_RECORD) {
        record->user = pair.first;
        record->password = pair.second;
    }
    return status;
}

const struct format format_csv = {.name = "csv",
                                  .passwords = true,
                                  .read = read_csv,
                                  .cannot = "passwords, and a store has none"};
