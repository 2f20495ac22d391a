#include "store/file_line.h"

#include "base/base64.h"
#include "base/date.h"

const char *
file_damage_text(enum file_damage damage)
{
    static const char *const texts[] = {
        [FILE_SOUND] = "is sound",
        [FILE_NO_HEADER] =
            "is not \"" FILE_HEADER FILE_HEADER_REST "\" and a key",
        [FILE_OTHER_VERSION] = "is of another version of the format than 1",
        [FILE_TOO_LONG] = "has more than 2048 bytes",
        [FILE_NO_LF] = "is cut off: it does not end in a line feed",
        [FILE_CR] = "has a carriage return",
        [FILE_BAD_NAME] = "does not begin with a user's name and a colon",
        [FILE_NOT_PREPARED] = "has a name that is not in SASLprep's form",
        [FILE_BAD_VERIFIER] = "has no verifier behind the name",
        [FILE_BAD_KEYS] = "has something other than key=value behind the "
                          "verifier",
        [FILE_TWICE] = "has a user and mechanism that the line before has too",
        [FILE_OUT_OF_ORDER] = "is out of order: names ascend by their bytes, "
                              "and SCRAM-SHA-1 comes before SCRAM-SHA-256",
    };

    return texts[damage];
}

enum file_damage
file_header_parse(struct slice text, struct secret_key *key)
{
    struct slice first = SLICE(FILE_HEADER), rest = SLICE(FILE_HEADER_REST);
    struct secret_key read CLEANUP_KEY;
    struct buffer bytes = BUFFER_ARRAY(read.data);

    if (!slice_starts_with(text, first))
        return FILE_NO_HEADER;
    text = (struct slice){text.data + first.len, text.len - first.len};
    if (!slice_starts_with(text, rest))
        return text.len > 0 && text.data[0] != '1' ? FILE_OTHER_VERSION
                                                   : FILE_NO_HEADER;
    text = (struct slice){text.data + rest.len, text.len - rest.len};
    if (!base64_decode(text, &bytes) || bytes.len != sizeof(read.data))
        return FILE_NO_HEADER;
    *key = read;
    return FILE_SOUND;
}

void
file_header_format(const struct secret_key *key, struct buffer *text)
{
    buffer_put(text, SLICE(FILE_HEADER FILE_HEADER_REST));
    base64_encode(SLICE_ARRAY(key->data), text);
    buffer_put(text, SLICE("\n"));
}

/* Whether a byte is written as itself; "#" as a name's first byte is not. */
static inline bool
is_itself(uint8_t c)
{
    return c > 0x20 && c != 0x7f && c != '%' && c != ':';
}

/* The number that an upper-case hexadecimal digit stands for; -1 of another. */
static inline int
digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/*
 * Read the byte that begins a text.
 *
 * @param first  whether it begins a name
 * @param byte   what it stands for
 * @return how many bytes it is written in; 0 when that is not its one form
 */
static inline size_t
take_byte(struct slice text, bool first, uint8_t *byte)
{
    int high, low;

    if (is_itself(text.data[0]) && !(first && text.data[0] == '#')) {
        *byte = text.data[0];
        return 1;
    }
    if (text.data[0] != '%' || text.len < 3)
        return 0;
    high = digit_of(text.data[1]);
    low = digit_of(text.data[2]);
    if (high < 0 || low < 0)
        return 0;
    *byte = (uint8_t)(high * 16 + low);
    return is_itself(*byte) && !(first && *byte == '#') ? 0 : 3;
}

/* Append what a text stands for. */
static bool
file_line_read_bytes(struct slice text, bool name, struct buffer *bytes)
{
    size_t at, n;
    uint8_t byte;

    for (at = 0; at < text.len; at += n) {
        n = take_byte((struct slice){text.data + at, text.len - at},
                      name && at == 0, &byte);
        if (n == 0)
            return false;
        buffer_put(bytes, (struct slice){&byte, 1});
    }
    return !bytes->overflow;
}

/* Take a name and the colon behind it. */
static bool
take_name(struct slice *rest, struct file_line *line)
{
    size_t at = 0, bytes = 0, n;
    bool plain = true;
    uint8_t byte;

    while (at < rest->len && rest->data[at] != ':') {
        n = take_byte((struct slice){rest->data + at, rest->len - at}, at == 0,
                      &byte);
        if (n == 0)
            return false;
        plain = plain && byte >= 0x20 && byte < 0x7f;
        at += n;
        bytes++;
    }
    if (at == rest->len || bytes == 0 || bytes > SCRAM_USER_MAX)
        return false;
    line->name = (struct slice){rest->data, at};
    line->plain = plain;
    rest->data += at + 1;
    rest->len -= at + 1;
    return true;
}

/* How many bytes a salt's base64 stands for, by its length and its padding. */
static size_t
salt_bytes(struct slice salt)
{
    size_t bytes = salt.len / 4 * 3;

    if (salt.len < 4 || salt.len % 4 != 0)
        return 0;
    bytes -= salt.data[salt.len - 1] == '=';
    bytes -= salt.data[salt.len - 2] == '=';
    return bytes;
}

/* Take a salt, and two keys of the mechanism's length, all of them base64. */
static bool
take_salt_and_keys(struct slice *rest, struct file_line *line)
{
    static const unsigned none = 0;
    size_t hash = scram_hash_len(line->mechanism), text = BASE64_LEN(hash);
    struct slice salt;
    unsigned wrong;
    size_t bytes;

    if (!slice_take_until(rest, '$', &salt))
        return false;
    bytes = salt_bytes(salt);
    if (bytes == 0 || bytes > SCRAM_SALT_MAX || rest->len < 2 * text + 1 ||
        rest->data[text] != ':')
        return false;
    wrong = base64_faults(salt, bytes) |
            base64_faults((struct slice){rest->data, text}, hash) |
            base64_faults((struct slice){rest->data + text + 1, text}, hash);
    if (!secret_equal((const uint8_t *)&wrong, (const uint8_t *)&none,
                      sizeof(wrong)))
        return false;
    line->salt_len = (uint8_t)bytes;
    rest->data += 2 * text + 1;
    rest->len -= 2 * text + 1;
    return true;
}

static bool
take_verifier(struct slice *rest, struct file_line *line)
{
    struct slice whole, mechanism, count;

    line->barred = rest->len > 0 && rest->data[0] == '!';
    if (line->barred)
        *rest = (struct slice){rest->data + 1, rest->len - 1};
    whole = *rest;
    if (!slice_take_until(rest, '$', &mechanism) ||
        !scram_mechanism_by_name(mechanism, &line->mechanism) ||
        !slice_take_until(rest, ':', &count) ||
        !slice_decimal(count, INT32_MAX, &line->iterations) ||
        !take_salt_and_keys(rest, line))
        return false;
    line->verifier = slice_before(whole, *rest);
    line->odd = line->iterations < SCRAM_ITERATIONS_MIN;
    return true;
}

static inline bool
is_key_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Take " " key "=" value. */
static bool
file_line_take_key(struct slice *rest, struct slice *key, struct slice *value)
{
    size_t at = 1, n;
    uint8_t byte;

    if (rest->data[0] != ' ')
        return false;
    while (at < rest->len && is_key_byte(rest->data[at]))
        at++;
    if (at == 1 || at == rest->len || rest->data[at] != '=')
        return false;
    *key = (struct slice){rest->data + 1, at - 1};
    *rest = (struct slice){rest->data + at + 1, rest->len - at - 1};
    for (at = 0; at < rest->len && rest->data[at] != ' '; at += n) {
        n = take_byte((struct slice){rest->data + at, rest->len - at}, false,
                      &byte);
        if (n == 0)
            return false;
    }
    *value = (struct slice){rest->data, at};
    *rest = (struct slice){rest->data + at, rest->len - at};
    return true;
}

/* Take the last day on which a user is let in. Where it is none that can be
 * told the user is not. */
static void
file_line_take_expires(struct slice value, struct file_line *line)
{
    if (line->expires != 0 || !date_read_last(value, &line->expires)) {
        line->misdated = true;
        line->expires = 1;
    }
}

/* Take the user's groups. Who has some that cannot be told is disabled: what a
 * program forbids to a group it would allow. */
static void
file_line_take_groups(struct slice value, struct file_line *line)
{
    uint8_t space[GROUPS_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(space);

    if (line->groups.len != 0 || value.len == 0 ||
        !file_line_read_bytes(value, false, &text) ||
        !groups_check(buffer_slice(&text)))
        line->odd = true;
    line->groups = value;
}

/* The keys: "changed" once at most, "expires", "groups", and those that are
 * unknown. */
static bool
file_line_take_keys(struct slice rest, struct file_line *line)
{
    struct slice key, value;
    bool changed = false;

    line->keys = rest;
    while (rest.len > 0) {
        if (!file_line_take_key(&rest, &key, &value))
            return false;
        if (slice_equal(key, SLICE("changed"))) {
            if (changed || !date_read(value, &line->changed))
                return false;
            changed = true;
        } else if (slice_equal(key, SLICE("expires"))) {
            file_line_take_expires(value, line);
        } else if (slice_equal(key, SLICE("groups"))) {
            file_line_take_groups(value, line);
        } else {
            line->odd = true;
        }
    }
    return true;
}

enum file_damage
file_line_parse(struct slice text, struct file_line *line)
{
    struct file_line parsed = {.plain = false};
    struct slice rest = text;

    if (text.len > FILE_LINE_MAX)
        return FILE_TOO_LONG;
    if (!take_name(&rest, &parsed))
        return FILE_BAD_NAME;
    if (!take_verifier(&rest, &parsed))
        return FILE_BAD_VERIFIER;
    if (!file_line_take_keys(rest, &parsed))
        return FILE_BAD_KEYS;
    *line = parsed;
    return FILE_SOUND;
}

/* Groups that are none are not set: the user is disabled. */
static void
set_groups(const struct file_line *line, struct groups *groups)
{
    struct buffer text = BUFFER_ARRAY(groups->text);

    groups->len = 0;
    if (!line->odd && file_line_read_bytes(line->groups, false, &text))
        groups->len = (uint16_t)text.len;
}

enum scram_status
file_line_verifier(const struct file_line *line,
                   struct scram_verifier *verifier)
{
    enum scram_status status = scram_verifier_parse(line->verifier, verifier);

    if (status == SCRAM_OK) {
        verifier->enabled = !line->barred && !line->odd;
        verifier->changed = line->changed;
        verifier->expires = line->expires;
        set_groups(line, &verifier->groups);
    }
    return status;
}

void
file_line_format(struct slice name, const struct scram_verifier *verifier,
                 struct slice keys, struct buffer *text)
{
    size_t start = text->len;

    buffer_put(text, name);
    buffer_put(text, verifier->enabled ? SLICE(":") : SLICE(":!"));
    scram_verifier_format(verifier, text);
    buffer_put(text, keys);
    buffer_put(text, SLICE("\n"));
    if (text->len - start > FILE_LINE_MAX + 1)
        text->overflow = true;
}

bool
file_line_next_key(struct slice *rest, struct slice *one)
{
    struct slice whole = *rest, key, value;

    if (rest->len == 0 || !file_line_take_key(rest, &key, &value))
        return false;
    *one = slice_before(whole, *rest);
    return true;
}

/* Append the written form of bytes. */
static void
write_bytes(struct slice bytes, bool name, struct buffer *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t i;

    for (i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        uint8_t escaped[] = {'%', (uint8_t)digits[c >> 4],
                             (uint8_t)digits[c & 15]};

        if (is_itself(c) && !(name && i == 0 && c == '#'))
            buffer_put(text, (struct slice){&c, 1});
        else
            buffer_put(text, SLICE_ARRAY(escaped));
    }
}

void
file_name_write(struct slice user, struct buffer *name)
{
    write_bytes(user, true, name);
}

void
file_value_write(struct slice bytes, struct buffer *value)
{
    write_bytes(bytes, false, value);
}

bool
file_name_read(struct slice name, struct buffer *user)
{
    return file_line_read_bytes(name, true, user);
}

bool
file_value_read(struct slice value, struct buffer *bytes)
{
    return file_line_read_bytes(value, false, bytes);
}
