#include "base/ini.h"

bool
ini_is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice
ini_trim(struct slice s)
{
    while (s.len != 0 && ini_is_blank(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len != 0 && ini_is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

bool
ini_next_line(struct slice *rest, struct slice *line)
{
    const uint8_t *end;

    if (rest->len == 0)
        return false;
    end = memchr(rest->data, '\n', rest->len);
    *line = *rest;
    if (end != NULL)
        line->len = (size_t)(end - rest->data);
    rest->data += line->len + (end != NULL);
    rest->len -= line->len + (end != NULL);
    return true;
}

/*
 * quoted = DQUOTE *( "\" any / any but DQUOTE and "\" ) DQUOTE
 *
 * In which \n, \t and \b are a newline, a tab and a backspace, and any other
 * character after a \ is itself.
 */
bool
ini_unquote(struct slice *value, uint8_t *to)
{
    const uint8_t *from = value->data + 1, *end = value->data + value->len;
    uint8_t *begin = to;

    for (; from < end && *from != '"'; from++) {
        uint8_t c = *from;

        if (c == '\\') {
            if (++from == end)
                return false;
            c = *from == 'n'   ? '\n'
                : *from == 't' ? '\t'
                : *from == 'b' ? '\b'
                               : *from;
        }
        *to++ = c;
    }
    if (from + 1 != end)
        return false;
    *value = (struct slice){begin, (size_t)(to - begin)};
    return true;
}
