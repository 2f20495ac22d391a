/*
 * LDIF (RFC 2849), in which an entry has verifiers as values of authPassword
 * (RFC 5803, RFC 3112), and the user's name as uid, or first in its dn.
 */
#include "format.h"

#include <ctype.h>
#include <strings.h>

#include "base/base64.h"

/* Skip the rest of an entry. */
static void
skip_entry(struct source *source)
{
    struct slice line;

    while (input_next(&source->input, &line) <= INPUT_TOO_LONG && line.len != 0)
        ;
}

/*
 * attrval-spec = AttributeDescription value-spec SEP
 * value-spec = ":" (...)
 *
 * Whether a line may be that, the continuation of another one, or the "-" that
 * ends a change.
 */
static bool
is_ldif(const struct source *source, struct slice line)
{
    size_t i = 0;

    if (line.data[0] == ' ')
        return source->entry.len > 0;
    if (slice_equal(line, SLICE("-")))
        return true;
    while (i < line.len &&
           (isalnum(line.data[i]) || memchr("-._;", line.data[i], 4) != NULL))
        i++;
    return i > 0 && i < line.len && line.data[i] == ':';
}

/* Add a line to the entry: a continuation goes behind the line before it. */
static void
add_line(struct source *source, struct slice line)
{
    struct buffer *entry = &source->entry;

    if (line.data[0] == ' ')
        line = (struct slice){line.data + 1, line.len - 1};
    else if (entry->len > 0)
        buffer_put(entry, SLICE("\n"));
    buffer_put(entry, line);
}

/*
 * Read an entry: lines up to an empty one, without comments, unfolded.
 *
 * @return FORMAT_RECORD for one that may be empty; else as format_line does
 */
static enum format_status
read_entry(struct source *source, struct record *record, struct sentence *why)
{
    enum format_status status;
    enum input_status input;
    unsigned long odd = 0; /* the number of the first line that is no LDIF */
    bool comment = false;
    struct slice line;

    source->entry = BUFFER_ARRAY(source->text);
    source->next = 0;
    status = format_line(source, "", &line, record, why);
    source->entry_line = record->line;
    if (status != FORMAT_RECORD)
        return status;
    input_hold(&source->input);
    while ((input = input_next(&source->input, &line)) == INPUT_LINE &&
           line.len != 0) {
        comment = line.data[0] == '#' || (comment && line.data[0] == ' ');
        if (comment)
            continue;
        if (odd == 0 && !is_ldif(source, line))
            odd = source->input.line;
        add_line(source, line);
    }
    if (input == INPUT_FAILED)
        return FORMAT_FAILED;
    if (input == INPUT_TOO_LONG || source->entry.overflow) {
        if (input == INPUT_TOO_LONG)
            skip_entry(source);
        source->entry.len = 0;
        sentence_write(why, "the entry is longer than %d bytes",
                       INPUT_LINE_MAX);
        return FORMAT_BAD;
    }
    if (odd != 0) {
        record->line = odd;
        source->entry.len = 0;
        sentence_write(why, "it is not a line of LDIF, and its entry, up to "
                            "the next empty line, was left out");
        return FORMAT_BAD;
    }
    return FORMAT_RECORD;
}

/*
 * Take the value of the next attribute of that name, from *next on. Options
 * ("uid;lang-en") are ignored.
 *
 * @return false if there is none. One that is not LDIF, or too long, sets the
 *         value's overflow.
 */
static bool
take_value(const struct source *source, const char *name, size_t *next,
           struct buffer *value)
{
    const uint8_t *data = source->entry.data;
    size_t end, colon;

    for (; *next < source->entry.len; *next = end + 1) {
        struct slice line;

        end = *next;
        while (end < source->entry.len && data[end] != '\n')
            end++;
        line = (struct slice){data + *next, end - *next};
        if (line.len < strlen(name) ||
            strncasecmp((const char *)line.data, name, strlen(name)) != 0)
            continue;
        colon = strlen(name);
        if (colon < line.len && line.data[colon] == ';')
            while (colon < line.len && line.data[colon] != ':')
                colon++;
        if (colon == line.len || line.data[colon] != ':')
            continue;
        *next = end + 1;
        line = (struct slice){line.data + colon + 1, line.len - colon - 1};
        if (line.len == 0 || line.data[0] != ':')
            buffer_put(value, format_trim(line));
        else if (!base64_decode(
                     format_trim((struct slice){line.data + 1, line.len - 1}),
                     value))
            value->overflow = true;
        return true;
    }
    return false;
}

static int
hex_digit(uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c < '0' ? NULL : strchr(digits, c | ' ');

    return at == NULL ? -1 : (int)(at - digits);
}

/*
 * The value of the first attribute of a dn, unescaped where it stands (RFC
 * 4514). False for what is no dn, or has several attributes there.
 */
static bool
first_of_dn(struct buffer *dn, struct slice *value)
{
    uint8_t *data = dn->data;
    const uint8_t *equals = memchr(data, '=', dn->len);
    size_t in, out, start;

    if (equals == NULL)
        return false;
    start = out = (size_t)(equals + 1 - data);
    for (in = start; in < dn->len && data[in] != ','; in++) {
        bool escaped = data[in] == '\\';

        if (data[in] == '+' || data[in] == '"')
            return false;
        if (escaped && ++in == dn->len)
            return false;
        if (escaped && in + 1 < dn->len && hex_digit(data[in]) >= 0 &&
            hex_digit(data[in + 1]) >= 0) {
            data[out++] =
                (uint8_t)(hex_digit(data[in]) << 4 | hex_digit(data[in + 1]));
            in++;
        } else {
            data[out++] = data[in];
        }
    }
    *value = (struct slice){data + start, out - start};
    return true;
}

/* The user's name: uid's value, or that of the first attribute of the dn. */
static bool
find_user(struct source *source, struct slice *user)
{
    struct buffer value = BUFFER_ARRAY(source->user);
    size_t next = 0;

    if (take_value(source, "uid", &next, &value)) {
        *user = buffer_slice(&value);
        return !value.overflow;
    }
    next = 0;
    return take_value(source, "dn", &next, &value) && !value.overflow &&
           first_of_dn(&value, user);
}

/* RFC 3112 allows spaces around each "$", and at both ends. */
static struct slice
without_spaces(struct buffer *value)
{
    size_t i, len = 0;

    for (i = 0; i < value->len; i++)
        if (value->data[i] != ' ')
            value->data[len++] = value->data[i];
    value->len = len;
    return buffer_slice(value);
}

/* Read the next verifier of the entry; FORMAT_END if there are no more. */
static enum format_status
next_verifier(struct source *source, struct record *record,
              struct sentence *why)
{
    struct buffer value = BUFFER_ARRAY(source->value);

    if (!take_value(source, "authPassword", &source->next, &value))
        return FORMAT_END;
    record->line = source->entry_line;
    if (!find_user(source, &record->user)) {
        sentence_write(why, "the entry has no uid, and none can be read from "
                            "its dn");
        return FORMAT_BAD;
    }
    if (value.overflow) {
        sentence_write(why, "a value of authPassword is too long, or is not "
                            "the base64 that it says it is");
        return FORMAT_BAD;
    }
    return format_verifier(without_spaces(&value), record, why);
}

static enum format_status
read_ldif(struct source *source, struct record *record, struct sentence *why)
{
    enum format_status status;

    for (;;) {
        status = next_verifier(source, record, why);
        if (status != FORMAT_END)
            return status;
        status = read_entry(source, record, why);
        if (status != FORMAT_RECORD)
            return status;
    }
}

/* Whether a value can stand as it is (RFC 2849's SAFE-STRING). */
static bool
is_safe(struct slice s)
{
    size_t i;

    for (i = 0; i < s.len; i++)
        if (s.data[i] < ' ' || s.data[i] > '~')
            return false;
    return s.len == 0 ||
           (strchr(" :<", s.data[0]) == NULL && s.data[s.len - 1] != ' ');
}

static void
write_value(FILE *stream, const char *name, struct slice value)
{
    uint8_t space[BASE64_LEN(3 * SCRAM_USER_MAX + 1024)];
    struct buffer text = BUFFER_ARRAY(space);

    if (is_safe(value)) {
        fprintf(stream, "%s: ", name);
        fwrite(value.data, 1, value.len, stream);
    } else {
        base64_encode(value, &text);
        fprintf(stream, "%s:: ", name);
        fwrite(text.data, 1, text.len, stream);
    }
    fputc('\n', stream);
}

/* "uid=alice,ou=people", the name as RFC 4514 escapes it. */
static void
write_dn(FILE *stream, struct slice user, const char *base)
{
    uint8_t space[3 * SCRAM_USER_MAX + 1024];
    struct buffer dn = BUFFER_ARRAY(space);
    size_t i;

    buffer_put(&dn, SLICE("uid="));
    for (i = 0; i < user.len; i++) {
        bool edge = i == 0 || i + 1 == user.len;

        if (strchr("\\,+\"<>;=", user.data[i]) != NULL ||
            (edge && user.data[i] == ' ') || (i == 0 && user.data[i] == '#'))
            buffer_put(&dn, SLICE("\\"));
        buffer_put(&dn, (struct slice){user.data + i, 1});
    }
    buffer_put(&dn, SLICE(","));
    buffer_put(&dn, slice_of(base));
    write_value(stream, "dn", buffer_slice(&dn));
}

static bool
write_ldif(FILE *stream, struct slice user,
           const struct scram_verifier *verifier, const char *base)
{
    if (!verifier->enabled)
        return false;
    write_dn(stream, user, base);
    fputs("changetype: modify\nadd: authPassword\nauthPassword: ", stream);
    format_write_verifier(stream, verifier);
    fputs("\n-\n\n", stream);
    return true;
}

const struct format format_ldif = {"ldif", read_ldif, write_ldif,
                                   "users who are disabled"};
