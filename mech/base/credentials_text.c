#include "base/credentials_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text on its way through, line by line. */
struct reading {
    const char *path;
    struct slice text; /* all of it */
    struct slice rest; /* what is not read yet */
    size_t offset;     /* of the line in the text */
    unsigned number;   /* the line's, from 1 */
    struct sentence *why;
};

static enum scram_status
credentials_text_wrong(const struct reading *r, const char *what)
{
    sentence_write(r->why, "%s: line %u %s", r->path, r->number, what);
    return SCRAM_BAD_CONFIG;
}

static bool
next_line(struct reading *r, struct slice *line)
{
    r->offset = r->text.len - r->rest.len;
    r->number++;
    return ini_next_line(&r->rest, line);
}

/* *, or what has neither * nor white space nor control characters in it. */
static bool
side_is_valid(struct slice side)
{
    size_t i;

    if (slice_equal(side, SLICE("*")))
        return true;
    for (i = 0; i < side.len; i++) {
        if (side.data[i] <= ' ' || side.data[i] == 0x7f ||
            side.data[i] == '*' || side.data[i] == ']')
            return false;
    }
    return side.len != 0;
}

bool
credentials_target_is_valid(struct slice target)
{
    struct slice service = target, host;
    const uint8_t *at;

    if (slice_equal(target, SLICE("*")))
        return true;
    if (target.len == 0 || target.len > CREDENTIALS_TARGET_MAX)
        return false;
    at = memchr(target.data, '@', target.len);
    if (at == NULL)
        return false;
    service.len = (size_t)(at - target.data);
    host = (struct slice){at + 1, target.len - service.len - 1};
    if (slice_starts_with(host, SLICE("*."))) {
        host.data += 2;
        host.len -= 2;
        if (slice_equal(host, SLICE("*")))
            return false;
    }
    return side_is_valid(service) && side_is_valid(host);
}

/* section = "[" target "]" */
static enum scram_status
credentials_text_take_section(const struct reading *r, struct slice line,
                              struct credentials_entry *entry)
{
    struct slice target = ini_trim(line);

    if (target.data[target.len - 1] != ']')
        return credentials_text_wrong(
            r, "begins a section without a ] at its end");
    target.data++;
    target.len -= 2;
    if (!credentials_target_is_valid(target))
        return credentials_text_wrong(
            r, "has no pattern for targets between [ and ]; it may "
               "be as in [HTTP@www.example.org], [*@www.example.org], "
               "[*@*.example.org] or [*]");
    *entry = (struct credentials_entry){.target = target, .begin = r->offset};
    return SCRAM_OK;
}

static bool
take_count(struct slice value, uint32_t *count)
{
    return slice_decimal(value, CREDENTIALS_ITERATIONS_MAX, count) &&
           *count >= CREDENTIALS_ITERATIONS_MIN;
}

/* relation = key "=" ( quoted / bare ) */
static enum scram_status
credentials_text_take_relation(const struct reading *r, struct slice line,
                               struct credentials_entry *entry)
{
    const uint8_t *equals = memchr(line.data, '=', line.len);
    struct slice key, value, count = {NULL, 0}, *into;

    if (equals == NULL)
        return credentials_text_wrong(
            r, "is no section, no comment and no relation; write "
               "user = ... or password = \"...\"");
    key = ini_trim((struct slice){line.data, (size_t)(equals - line.data)});
    value = ini_trim((struct slice){
        equals + 1, line.len - 1 - (size_t)(equals - line.data)});
    if (slice_equal(key, SLICE("user")))
        into = &entry->user;
    else if (slice_equal(key, SLICE("password")))
        into = &entry->password;
    else if (slice_equal(key, SLICE("min_iterations")))
        into = &count;
    else
        return credentials_text_wrong(
            r, "has a key that is not known; there are user, "
               "password and min_iterations");
    if (into->data != NULL || (into == &count && entry->min_iterations != 0))
        return credentials_text_wrong(
            r, "gives the section a second user, password or "
               "min_iterations; begin another section for it");
    if (slice_equal(value, SLICE("{")))
        return credentials_text_wrong(
            r, "begins a group; a section has a user and a password "
               "and nothing in braces, so put it in quotes if it is "
               "one of them");
    if (value.len != 0 && value.data[0] == '"' &&
        !ini_unquote(&value, (uint8_t *)(uintptr_t)value.data))
        return credentials_text_wrong(
            r, "has quotes that do not end at its end; write \\\" "
               "for one and \\\\ for a backslash within quotes");
    if (value.len == 0)
        return credentials_text_wrong(
            r, "has no value; write it in quotes on the same line");
    *into = value;
    if (into == &count && !take_count(value, &entry->min_iterations))
        return credentials_text_wrong(
            r, "has a min_iterations that is no number from 4096 to "
               "2147483647");
    entry->end = (size_t)(r->rest.data - line.data) + r->offset;
    return SCRAM_OK;
}

/* Whether a section is whole, before the next or the end. */
static enum scram_status
credentials_text_finish(const struct reading *r, const struct credentials *read)
{
    const struct credentials_entry *e, *last = read->entries + read->count - 1;

    if (read->count == 0)
        return SCRAM_OK;
    if (last->user.data == NULL || last->password.data == NULL) {
        sentence_write(r->why, "%s: [%.*s] has no %s; add one", r->path,
                       credentials_shown(last->target), last->target.data,
                       last->user.data == NULL ? "user" : "password");
        return SCRAM_BAD_CONFIG;
    }
    for (e = read->entries; e < last; e++) {
        if (slice_equal(e->target, last->target) &&
            slice_equal(e->user, last->user)) {
            sentence_write(
                r->why,
                "%s: [%.*s] occurs twice for the same user; remove one of them",
                r->path, credentials_shown(last->target), last->target.data);
            return SCRAM_BAD_CONFIG;
        }
    }
    return SCRAM_OK;
}

static enum scram_status
credentials_text_take_line(struct reading *r, struct slice line,
                           struct credentials *read)
{
    enum scram_status status;
    struct slice text = ini_trim(line);

    if (line.len > INI_LINE_MAX)
        return credentials_text_wrong(r, "is too long; 2046 bytes are allowed");
    if (memchr(line.data, '\0', line.len) != NULL)
        return credentials_text_wrong(r, "has a NUL byte in it");
    if (text.len == 0 || text.data[0] == '#' || text.data[0] == ';')
        return SCRAM_OK;
    if (line.data[0] == '[') {
        status = credentials_text_finish(r, read);
        if (status == SCRAM_OK)
            status = credentials_text_take_section(r, line,
                                                   read->entries + read->count);
        if (status == SCRAM_OK)
            read->count++;
        return status;
    }
    if (text.data[0] == '[')
        return credentials_text_wrong(
            r, "begins a section, but not at its beginning; remove "
               "the space before the [");
    if (read->count == 0)
        return credentials_text_wrong(
            r, "stands before the first section; begin one, as in "
               "[HTTP@www.example.org]");
    return credentials_text_take_relation(r, line,
                                          read->entries + read->count - 1);
}

/* How many lines begin a section. */
static size_t
count_sections(struct slice text)
{
    struct reading r = {.text = text, .rest = text};
    struct slice line;
    size_t count = 0;

    while (next_line(&r, &line))
        count += line.len != 0 && line.data[0] == '[';
    return count;
}

enum scram_status
credentials_parse(const char *path, struct secret *text,
                  struct credentials *credentials, struct sentence *why)
{
    struct credentials read CLEANUP_CREDENTIALS = {.text = *text};
    struct slice all = secret_slice(text), line;
    struct reading r = {.path = path, .text = all, .rest = all, .why = why};
    enum scram_status status = SCRAM_OK;

    *text = (struct secret){0};
    read.entries = calloc(count_sections(all) + 1, sizeof(*read.entries));
    if (read.entries == NULL) {
        sentence_write(why, "cannot read %s: out of memory", path);
        return SCRAM_NO_MEMORY;
    }
    while (status == SCRAM_OK && next_line(&r, &line))
        status = credentials_text_take_line(&r, line, &read);
    if (status == SCRAM_OK)
        status = credentials_text_finish(&r, &read);
    if (status != SCRAM_OK)
        return status;
    *credentials = read;
    read = (struct credentials){0};
    return SCRAM_OK;
}

/* "    key = "value"", with a newline: the other way round from ini_unquote. */
static bool
put_relation(struct buffer *out, struct slice key, struct slice value)
{
    size_t begin = out->len, i;

    buffer_put(out, SLICE("    "));
    buffer_put(out, key);
    buffer_put(out, SLICE(" = \""));
    for (i = 0; i < value.len; i++) {
        struct slice c = {value.data + i, 1};

        if (*c.data == '\0')
            return false;
        if (*c.data == '"' || *c.data == '\\')
            buffer_put(out, SLICE("\\"));
        buffer_put(out, *c.data == '\n'   ? SLICE("\\n")
                        : *c.data == '\t' ? SLICE("\\t")
                        : *c.data == '\b' ? SLICE("\\b")
                                          : c);
    }
    buffer_put(out, SLICE("\""));
    if (value.len == 0 || out->len - begin > INI_LINE_MAX)
        return false;
    buffer_put(out, SLICE("\n"));
    return !out->overflow;
}

/* Nothing, where an entry does not say how many. */
static bool
put_count(struct buffer *out, uint32_t count)
{
    char text[48];

    if (count == 0)
        return true;
    snprintf(text, sizeof(text), "    min_iterations = %u\n", (unsigned)count);
    buffer_put(out, slice_of(text));
    return !out->overflow && count >= CREDENTIALS_ITERATIONS_MIN &&
           count <= CREDENTIALS_ITERATIONS_MAX;
}

enum scram_status
credentials_format(const struct credentials_entry *entry, struct buffer *out,
                   struct sentence *why)
{
    if (!credentials_target_is_valid(entry->target)) {
        sentence_write(why, "The target is not valid: write SERVICE@HOST, as "
                            "in HTTP@www.example.org, "
                            "*@www.example.org, *@*.example.org or *");
        return SCRAM_BAD_ARGUMENT;
    }
    buffer_put(out, SLICE("["));
    buffer_put(out, entry->target);
    buffer_put(out, SLICE("]\n"));
    if (put_relation(out, SLICE("user"), entry->user) &&
        put_relation(out, SLICE("password"), entry->password) &&
        put_count(out, entry->min_iterations))
        return SCRAM_OK;
    sentence_write(why, "The user name or the password is empty, too long, or "
                        "has a NUL byte in it, or min_iterations is not from "
                        "4096 to 2147483647: that cannot be written down");
    return SCRAM_BAD_ARGUMENT;
}
