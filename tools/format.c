#include "format.h"

#include <ctype.h>
#include <string.h>

#include "xep0227.h"

static const struct format *const formats[] = {
    &format_csv,    &format_dovecot,   &format_ejabberd,   &format_ldif,
    &format_pbkdf2, &format_pgbouncer, &format_postgresql, &format_xep0227,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

void
source_clear(struct source *source)
{
    xep0227_close(source->xep0227);
    OPENSSL_cleanse(source, sizeof(*source));
}

const struct format *
format_by_name(const char *name)
{
    size_t i;

    for (i = 0; i < FORMATS; i++)
        if (strcmp(name, formats[i]->name) == 0)
            return formats[i];
    return NULL;
}

struct sentence
format_names(bool written)
{
    struct sentence names = {""};
    const char *last = NULL, *before = "";
    size_t i, len = 0;

    for (i = 0; i < FORMATS; i++) {
        if (written && formats[i]->write == NULL)
            continue;
        if (last != NULL) {
            len += (size_t)snprintf(names.text + len, sizeof(names.text) - len,
                                    "%s%s", before, last);
            before = ", ";
        }
        last = formats[i]->name;
    }
    snprintf(names.text + len, sizeof(names.text) - len, " and %s", last);
    return names;
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct slice
format_trim(struct slice s)
{
    while (s.len > 0 && is_space(s.data[0]))
        s = (struct slice){s.data + 1, s.len - 1};
    while (s.len > 0 && is_space(s.data[s.len - 1]))
        s.len--;
    return s;
}

void
format_upper(struct buffer *text)
{
    size_t i;

    for (i = 0; i < text->len; i++)
        if (text->data[i] >= 'a' && text->data[i] <= 'z')
            text->data[i] -= 'a' - 'A';
}

/* Whether there is nothing to be read in a line. */
static bool
is_blank_or_comment(struct slice line, enum input_status status,
                    const char *comments)
{
    struct slice trimmed = format_trim(line);

    if (trimmed.len == 0)
        return status == INPUT_LINE; /* a longer one may have something */
    if (comments[0] == ' ')
        line = trimmed;
    return memchr(comments, line.data[0], strlen(comments)) != NULL;
}

enum format_status
format_line(struct source *source, const char *comments, struct slice *line,
            struct record *record, struct sentence *why)
{
    for (;;) {
        enum input_status status = input_next(&source->input, line);

        *record = (struct record){.line = source->input.line};
        switch (status) {
        case INPUT_END:
            return FORMAT_END;
        case INPUT_FAILED:
            return FORMAT_FAILED;
        case INPUT_TOO_LONG:
        case INPUT_LINE:
            break;
        }
        if (is_blank_or_comment(*line, status, comments))
            continue;
        if (status == INPUT_LINE)
            return FORMAT_RECORD;
        sentence_write(why, "it is longer than %d bytes", INPUT_LINE_MAX);
        return FORMAT_BAD;
    }
}

bool
format_is_footer(struct slice line)
{
    return line.len > 3 && line.data[0] == '(' && isdigit(line.data[1]) &&
           line.data[line.len - 1] == ')';
}

bool
format_unquote(struct slice *rest, struct buffer *space)
{
    size_t i = 1;

    if (rest->len == 0 || rest->data[0] != '"')
        return false;
    for (; i < rest->len; i++) {
        if (rest->data[i] == '"' &&
            (i + 1 == rest->len || rest->data[i + 1] != '"'))
            break;
        i += rest->data[i] == '"';
        buffer_put(space, (struct slice){rest->data + i, 1});
    }
    if (i >= rest->len)
        return false;
    *rest = (struct slice){rest->data + i + 1, rest->len - i - 1};
    return !space->overflow;
}

void
format_quote(FILE *stream, struct slice s)
{
    size_t i;

    fputc('"', stream);
    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '"')
            fputc('"', stream);
        fputc(s.data[i], stream);
    }
    fputc('"', stream);
}

enum format_status
format_verifier(struct slice text, struct record *record, struct sentence *why)
{
    if (scram_verifier_parse(text, &record->verifier) != SCRAM_OK) {
        sentence_write(why, "its verifier is not as RFC 5803 writes it: "
                            "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:"
                            "<ServerKey>");
        return FORMAT_BAD;
    }
    if (record->verifier.iterations < SCRAM_ITERATIONS_MIN) {
        sentence_write(why,
                       "its verifier has %u iterations, and clients refuse "
                       "fewer than %d",
                       (unsigned)record->verifier.iterations,
                       SCRAM_ITERATIONS_MIN);
        return FORMAT_BAD;
    }
    record->verifier.enabled = !record->disabled;
    record->password = (struct slice){NULL, 0};
    return FORMAT_RECORD;
}

bool
format_put(const struct format *format, FILE *stream, struct slice user,
           const struct scram_verifier *verifier, const char *base,
           uint64_t now)
{
    struct scram_verifier v CLEANUP_VERIFIER = *verifier;

    if (!format->facts)
        v.enabled = v.enabled && !scram_verifier_is_expired(&v, now);
    return format->write(stream, user, &v, base);
}

void
format_write_verifier(FILE *stream, const struct scram_verifier *verifier)
{
    uint8_t space[SCRAM_VERIFIER_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(space);

    scram_verifier_format(verifier, &text);
    fwrite(text.data, 1, text.len, stream);
    OPENSSL_cleanse(space, sizeof(space));
}
