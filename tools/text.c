#include "text.h"

#include <stdbool.h>
#include <wchar.h>

#define NO_CHARACTER UINT32_MAX

/*
 * RFC 3629, section 4:
 *   UTF8-1 = %x00-7F    UTF8-2 = %xC2-DF UTF8-tail
 *   UTF8-3 = ...        UTF8-4 = ... (nothing overlong, no surrogate, nothing
 *                       above U+10FFFF)
 *
 * @return the character that @p s, which is not empty, begins with, and its
 *         length in @p len; NO_CHARACTER and 1 where there is none
 */
static uint32_t
first_character(struct slice s, size_t *len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = s.data[0];
    size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t c = lead < 0x80 ? lead : lead & (0x7fu >> n);
    size_t i;

    *len = 1;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || n > s.len)
        return NO_CHARACTER;
    for (i = 1; i < n; i++) {
        if ((s.data[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | (s.data[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return NO_CHARACTER;
    *len = n;
    return c;
}

/* Whether a character could do something else to a terminal than to appear on
 * it: C0, DEL, C1, the marks of direction and the separators of lines. */
static bool
acts(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x206f) || c == 0xfeff;
}

/*
 * Append the characters of a name as a person may be shown them.
 *
 * @param quote  they are put in quotation marks
 */
static void
put_characters(struct slice name, bool quote, struct buffer *b)
{
    char escape[8];
    uint32_t c;
    size_t len;

    while (name.len > 0) {
        c = first_character(name, &len);
        if (c == NO_CHARACTER || acts(c)) {
            /* Byte by byte: what follows the first is no character then. */
            len = 1;
            snprintf(escape, sizeof(escape), "\\x%02x", name.data[0]);
            buffer_put(b, slice_of(escape));
        } else {
            if (quote && (c == '"' || c == '\\'))
                buffer_put(b, SLICE("\\"));
            buffer_put(b, (struct slice){name.data, len});
        }
        name = (struct slice){name.data + len, name.len - len};
    }
}

struct shown
text_quote(struct slice name)
{
    struct shown shown;
    struct buffer b = {(uint8_t *)shown.text, 1, TEXT_SHOWN_MAX + 1, false};

    shown.text[0] = '"';
    put_characters(name, true, &b);
    shown.text[b.len] = '"';
    shown.text[b.len + 1] = '\0';
    return shown;
}

struct shown
text_show(struct slice name)
{
    struct shown shown;
    struct buffer b = {(uint8_t *)shown.text, 0, TEXT_SHOWN_MAX, false};

    if (name.len > 0 && (name.data[0] == ' ' || name.data[0] == '"' ||
                         name.data[name.len - 1] == ' '))
        return text_quote(name);
    put_characters(name, false, &b);
    shown.text[b.len] = '\0';
    return shown;
}

size_t
text_width(const char *shown)
{
    struct slice rest = slice_of(shown);
    size_t width = 0, len;
    uint32_t c;
    int columns;

    while (rest.len > 0) {
        c = first_character(rest, &len);
        /* A locale that does not know the character says -1. */
        columns = c == NO_CHARACTER ? 1 : wcwidth((wchar_t)c);
        width += columns < 0 ? 1 : (size_t)columns;
        rest = (struct slice){rest.data + len, rest.len - len};
    }
    return width;
}

/*
 * RFC 8259, section 7:
 *   string = quotation-mark *char quotation-mark
 *   char = unescaped / escape ( %x22 / %x5C / ... / %x75 4HEXDIG )
 */
void
text_write_json(struct slice name, FILE *stream)
{
    uint32_t c;
    size_t len;

    fputc('"', stream);
    while (name.len > 0) {
        c = first_character(name, &len);
        if (c == NO_CHARACTER)
            fputs("\\ufffd", stream);
        else if (acts(c))
            fprintf(stream, "\\u%04x", (unsigned)c);
        else if (c == '"' || c == '\\')
            fprintf(stream, "\\%c", (char)c);
        else
            fwrite(name.data, 1, len, stream);
        name = (struct slice){name.data + len, name.len - len};
    }
    fputc('"', stream);
}
