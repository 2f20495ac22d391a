#include "base/groups.h"

#include "base/utf8.h"

static bool
groups_is_name(struct slice name)
{
    size_t at, n;

    if (name.len == 0 || name.len > GROUPS_NAME_MAX || name.data[0] == ' ' ||
        name.data[name.len - 1] == ' ')
        return false;
    for (at = 0; at < name.len; at += n) {
        uint8_t c = name.data[at];

        n = utf8_char_len((struct slice){name.data + at, name.len - at});
        if (n == 0 || c < 0x20 || c == 0x7f || c == ',')
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
groups_has(struct slice text, struct slice name, unsigned *count)
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

        if (!groups_is_name(name) || groups_has(before, name, &count) ||
            count >= GROUPS_MAX)
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

    if (!groups_is_name(name) ||
        groups_has(groups_slice(groups), name, &count) || count >= GROUPS_MAX ||
        groups->len + comma + name.len > GROUPS_TEXT_MAX)
        return false;
    if (comma)
        groups->text[groups->len] = ',';
    memcpy(groups->text + groups->len + comma, name.data, name.len);
    groups->len = (uint16_t)(groups->len + comma + name.len);
    return true;
}
