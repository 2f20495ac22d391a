#include "base/groups.h"

/*
 * How many bytes the first character of a text has, by RFC 3629's table of
 * what may follow what; 0 where it is none.
 */
static size_t
character(struct slice s)
{
    uint8_t c = s.data[0], low = 0x80, high = 0xbf;
    size_t len, i;

    if (c < 0x80)
        return c < 0x20 || c == 0x7f ? 0 : 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c == 0xe0)
        low = 0xa0; /* it has a shorter form */
    else if (c == 0xed)
        high = 0x9f; /* half of a pair */
    else if (c == 0xf0)
        low = 0x90;
    else if (c == 0xf4)
        high = 0x8f; /* behind the last character */
    if (s.len < len || s.data[1] < low || s.data[1] > high)
        return 0;
    for (i = 2; i < len; i++)
        if (s.data[i] < 0x80 || s.data[i] > 0xbf)
            return 0;
    return len;
}

static bool
is_name(struct slice name)
{
    size_t at, n;

    if (name.len == 0 || name.len > GROUPS_NAME_MAX || name.data[0] == ' ' ||
        name.data[name.len - 1] == ' ')
        return false;
    for (at = 0; at < name.len; at += n) {
        n = character((struct slice){name.data + at, name.len - at});
        if (n == 0 || name.data[at] == ',')
            return false;
    }
    return true;
}

bool
groups_next(struct slice *rest, struct slice *name)
{
    if (rest->len == 0)
        return false;
    if (slice_take_until(rest, ',', name))
        return true;
    *name = *rest;
    *rest = (struct slice){rest->data + rest->len, 0};
    return true;
}

/* Whether a name is in a text, and how many are. */
static bool
has(struct slice text, struct slice name, unsigned *count)
{
    struct slice one;
    bool found = false;

    for (*count = 0; groups_next(&text, &one); ++*count)
        found = found || slice_equal(one, name);
    return found;
}

bool
groups_check(struct slice text)
{
    struct slice rest = text, name;
    unsigned count;

    if (text.len > GROUPS_TEXT_MAX ||
        (text.len > 0 && text.data[text.len - 1] == ','))
        return false;
    while (groups_next(&rest, &name)) {
        struct slice before = {text.data, (size_t)(name.data - text.data)};

        if (!is_name(name) || has(before, name, &count) || count >= GROUPS_MAX)
            return false;
    }
    return true;
}

bool
groups_set(struct groups *groups, struct slice text)
{
    if (!groups_check(text))
        return false;
    groups->len = (uint16_t)text.len;
    if (text.len > 0)
        memcpy(groups->text, text.data, text.len);
    return true;
}

bool
groups_add(struct groups *groups, struct slice name)
{
    size_t comma = groups->len > 0;
    unsigned count;

    if (!is_name(name) || has(groups_slice(groups), name, &count) ||
        count >= GROUPS_MAX || groups->len + comma + name.len > GROUPS_TEXT_MAX)
        return false;
    if (comma)
        groups->text[groups->len] = ',';
    memcpy(groups->text + groups->len + comma, name.data, name.len);
    groups->len = (uint16_t)(groups->len + comma + name.len);
    return true;
}
