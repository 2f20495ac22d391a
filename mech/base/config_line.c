#include "base/config_line.h"

static void
config_line_put(char *to, struct slice text)
{
    memcpy(to, text.data, text.len);
    to[text.len] = '\0';
}

/* Whether a text is a word and something behind it: set to what that is. */
static bool
is_directive(struct slice text, struct slice word, struct slice *argument)
{
    struct slice rest = {text.data + word.len, text.len - word.len};

    if (!slice_starts_with(text, word) || rest.len == 0 ||
        !ini_is_blank(rest.data[0]))
        return false;
    *argument = ini_trim(rest);
    return true;
}

/* directive = ( "include" / "includedir" ) path */
static const char *
config_line_take_include(enum config_line_kind kind, struct slice path,
                         struct config_line *line)
{
    if (path.data[0] != '/')
        return "includes what does not begin with /; write an absolute path";
    line->kind = kind;
    config_line_put(line->value, path);
    return NULL;
}

/* section = "[" name "]" */
static const char *
config_line_take_section(struct slice text, struct config_line *line)
{
    struct slice name = {text.data + 1, text.len - 1};
    size_t i = 0;

    while (i < name.len && name.data[i] != ']')
        i++;
    if (i == 0 || i + 1 != name.len)
        return "is no section header; write its name in brackets and nothing "
               "else, as in [scram]";
    name.len = i;
    line->kind = CONFIG_LINE_SECTION;
    config_line_put(line->name, name);
    return NULL;
}

/* Whether a "#" or ";" behind white space, or at the beginning, makes one
 * think that a comment begins there. */
static bool
seems_commented(struct slice value)
{
    size_t i;

    for (i = 0; i < value.len; i++) {
        if ((value.data[i] == '#' || value.data[i] == ';') &&
            (i == 0 || ini_is_blank(value.data[i - 1])))
            return true;
    }
    return false;
}

/* value = "{" / quoted / text */
static const char *
config_line_take_value(struct slice value, struct config_line *line)
{
    uint8_t space[INI_LINE_MAX];

    line->kind = CONFIG_LINE_RELATION;
    if (value.len == 0)
        return "has no value; write it, or a section's {, on the same line";
    if (slice_equal(value, SLICE("{")))
        line->kind = CONFIG_LINE_BEGIN;
    else if (value.data[0] == '{')
        return "has something behind a section's {; write that on a line of "
               "its own, or the value in quotation marks";
    else if (value.data[0] == '"' && !ini_unquote(&value, space))
        return "has quotes that do not end at its end; write \\\" for one and "
               "\\\\ for a backslash within quotes, and a comment on a line of "
               "its own";
    else if (value.data != space && seems_commented(value))
        return "has a comment behind its value; write that on a line of its "
               "own, or the value in quotation marks";
    config_line_put(line->value, value);
    return NULL;
}

/* relation = name "=" value */
static const char *
config_line_take_relation(struct slice text, struct config_line *line)
{
    const uint8_t *equals = memchr(text.data, '=', text.len);
    struct slice name, value;
    size_t i;

    if (equals == NULL)
        return "is no section, no comment and no relation; write key = value";
    name = ini_trim((struct slice){text.data, (size_t)(equals - text.data)});
    value =
        (struct slice){equals + 1, text.len - 1 - (size_t)(equals - text.data)};
    if (name.len == 0)
        return "is no relation, as nothing stands before its =; write key = "
               "value";
    for (i = 0; i < name.len; i++) {
        if (ini_is_blank(name.data[i]))
            return "is no relation, as more than a word stands before its =; "
                   "write key = value";
    }
    config_line_put(line->name, name);
    return config_line_take_value(ini_trim(value), line);
}

/*
 * line = [ "#" any / ";" any / section / relation / "}" / directive ]
 *
 * With white space at either end.
 */
const char *
config_line_read(struct slice text, struct config_line *line)
{
    struct slice t = ini_trim(text), argument;

    line->kind = CONFIG_LINE_EMPTY;
    if (text.len > INI_LINE_MAX)
        return "is too long; 2046 bytes are allowed";
    if (text.len != 0 && memchr(text.data, '\0', text.len) != NULL)
        return "has a NUL byte in it";
    if (t.len == 0 || t.data[0] == '#' || t.data[0] == ';')
        return NULL;
    if (t.data[0] == '[')
        return config_line_take_section(t, line);
    if (t.data[0] == '}') {
        line->kind = CONFIG_LINE_END;
        return t.len == 1 ? NULL
                          : "has something behind a section's }; write that on "
                            "a line of its own";
    }
    if (is_directive(t, SLICE("include"), &argument))
        return config_line_take_include(CONFIG_LINE_INCLUDE, argument, line);
    if (is_directive(t, SLICE("includedir"), &argument))
        return config_line_take_include(CONFIG_LINE_INCLUDE_FOLDER, argument,
                                        line);
    if (is_directive(t, SLICE("module"), &argument))
        return "names a module, which this configuration does not load; remove "
               "the line";
    return config_line_take_relation(t, line);
}
