/*
 * LDIF (RFC 2849), in which an entry has verifiers as values of authPassword
 * (RFC 5803, RFC 3112), and the user's name as uid, or first in its dn. A
 * change record is read for what it adds; one that takes a verifier or a name
 * away is refused, as an import only adds.
 */
#include "format_ldif.h"

#include "base/base64.h"

/* Find the first attribute of that name. */
static bool
format_ldif_find_attribute(const struct source *source, const char *name,
                           struct ldif_attribute *attribute)
{
    size_t next = 0;

    while (ldif_next_attribute(source, &next, attribute))
        if (ldif_is_named(attribute->name, name))
            return true;
    return false;
}

static int
format_ldif_hex_digit(uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c < '0' ? NULL : strchr(digits, c | ' ');

    return at == NULL ? -1 : (int)(at - digits);
}

/*
 * The value of the first attribute of a dn, unescaped where it stands (RFC
 * 4514), without the blanks around it that are not escaped. False for what is
 * no dn, has several attributes there, or a value in hexadecimal.
 */
static bool
first_of_dn(struct buffer *dn, struct slice *value)
{
    uint8_t *data = dn->data;
    const uint8_t *equals = memchr(data, '=', dn->len);
    size_t in, out, start, end;

    if (equals == NULL)
        return false;
    for (in = (size_t)(equals + 1 - data); in < dn->len && data[in] == ' ';)
        in++;
    if (in < dn->len && data[in] == '#')
        return false;
    start = out = end = in;
    for (; in < dn->len && data[in] != ','; in++) {
        bool escaped = data[in] == '\\';

        if (data[in] == '+' || data[in] == '"')
            return false;
        if (escaped && ++in == dn->len)
            return false;
        if (escaped && in + 1 < dn->len &&
            format_ldif_hex_digit(data[in]) >= 0 &&
            format_ldif_hex_digit(data[in + 1]) >= 0) {
            data[out++] = (uint8_t)(format_ldif_hex_digit(data[in]) << 4 |
                                    format_ldif_hex_digit(data[in + 1]));
            in++;
        } else {
            data[out++] = data[in];
        }
        if (escaped || data[in] != ' ')
            end = out;
    }
    *value = (struct slice){data + start, end - start};
    return true;
}

/* The user's name: uid's value, or that of the first attribute of the dn. */
static bool
format_ldif_find_user(struct source *source, struct slice *user)
{
    struct buffer value = BUFFER_ARRAY(source->user);
    struct ldif_attribute a;

    if (!source->modifies && format_ldif_find_attribute(source, "uid", &a)) {
        if (!ldif_read_value(a.value, &value))
            return false;
        *user = buffer_slice(&value);
        return true;
    }
    return format_ldif_find_attribute(source, "dn", &a) &&
           ldif_read_value(a.value, &value) && first_of_dn(&value, user);
}

/* A value as verifiers are written elsewhere: RFC 3112 allows spaces around
 * each
 * "$" and at both ends, and the scheme's case does not count. */
static struct slice
format_ldif_normalize(struct buffer *value)
{
    size_t i, len = 0;
    struct buffer scheme;
    const uint8_t *at;

    for (i = 0; i < value->len; i++)
        if (value->data[i] != ' ')
            value->data[len++] = value->data[i];
    value->len = len;
    at = len == 0 ? NULL : memchr(value->data, '$', len);
    scheme = *value;
    scheme.len = at == NULL ? 0 : (size_t)(at - value->data);
    format_upper(&scheme);
    return buffer_slice(value);
}

/* What stands before the scheme of a user who is disabled; see
 * directory/value.h. */
#define DISABLED "X-DISABLED-"

/* Whether a value, without spaces, is of one of our schemes. */
static bool
format_ldif_is_ours(struct slice value)
{
    const uint8_t *at =
        value.len == 0 ? NULL : memchr(value.data, '$', value.len);
    enum scram_mechanism mechanism;

    return at != NULL &&
           scram_mechanism_by_name(
               (struct slice){value.data, (size_t)(at - value.data)},
               &mechanism);
}

/* Read a value of authPassword. */
static enum format_status
read_auth_password(struct buffer *value, struct record *record,
                   struct sentence *why)
{
    struct slice text = format_ldif_normalize(value);

    if (slice_starts_with(text, SLICE(DISABLED))) {
        record->disabled = true;
        text = (struct slice){text.data + strlen(DISABLED),
                              text.len - strlen(DISABLED)};
    }
    if (format_ldif_is_ours(text))
        return format_verifier(text, record, why);
    format_verifier(SLICE(""), record, why);
    return FORMAT_END;
}

/* Whether the entry says that the user is locked, by either server's way. */
static bool
is_locked(const struct source *source)
{
    uint8_t space[64];
    struct buffer value = BUFFER_ARRAY(space);
    struct ldif_attribute a;

    if (format_ldif_find_attribute(source, "pwdAccountLockedTime", &a))
        return true;
    return format_ldif_find_attribute(source, "nsAccountLock", &a) &&
           !(ldif_read_value(a.value, &value) &&
             ldif_is_named(buffer_slice(&value), "false"));
}

/* Read a value that verifiers are made of; FORMAT_END for one of another
 * scheme. */
static enum format_status
read_verifier(struct source *source, const struct ldif_reader *reader,
              struct slice written, struct record *record, struct sentence *why)
{
    struct buffer value = BUFFER_ARRAY(source->value);
    enum format_status status;

    *record = (struct record){.line = source->entry_line};
    if (!ldif_read_value(written, &value)) {
        sentence_write(why,
                       "a value of %s is too long, is in another file, or is "
                       "not the base64 that it says it is",
                       source->attribute);
        source->ours = true; /* it may have been */
        return FORMAT_BAD;
    }
    record->disabled = is_locked(source);
    status = reader->read(&value, record, why);
    source->ours = source->ours || status != FORMAT_END;
    source->others = source->others || status == FORMAT_END;
    if (status != FORMAT_RECORD || format_ldif_find_user(source, &record->user))
        return status;
    scram_verifier_wipe(&record->verifier);
    sentence_write(why, "the entry has no uid, and none can be read from its "
                        "dn");
    return FORMAT_BAD;
}

/* Read the next verifier of the entry; FORMAT_END if there are no more. An
 * entry that has none of ours, but others, has none to be taken. */
static enum format_status
next_verifier(struct source *source, const struct ldif_reader *reader,
              struct record *record, struct sentence *why)
{
    struct sentence other = {""};
    enum format_status status;
    struct ldif_attribute a;

    while (ldif_next_attribute(source, &source->next, &a)) {
        if (!ldif_is_named(a.name, source->attribute))
            continue;
        status = read_verifier(source, reader, a.value, record, &other);
        if (status == FORMAT_BAD)
            *why = other;
        if (status != FORMAT_END)
            return status;
    }
    if (!source->others || source->ours)
        return FORMAT_END;
    source->others = false;
    *record = (struct record){.line = source->entry_line};
    *why = other;
    return FORMAT_BAD;
}

enum format_status
ldif_read(struct source *source, const struct ldif_reader *reader,
          struct record *record, struct sentence *why)
{
    enum format_status status;

    source->attribute = reader->attribute;
    do {
        status = next_verifier(source, reader, record, why);
        if (status != FORMAT_END)
            return status;
        status = ldif_read_entry(source, record, why);
    } while (status == FORMAT_RECORD);
    return status;
}

static enum format_status
read_ldif(struct source *source, struct record *record, struct sentence *why)
{
    static const struct ldif_reader reader = {"authPassword",
                                              read_auth_password};

    return ldif_read(source, &reader, record, why);
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
    write_dn(stream, user, base);
    fputs("changetype: modify\nadd: authPassword\nauthPassword: ", stream);
    if (!verifier->enabled)
        fputs(DISABLED, stream);
    format_write_verifier(stream, verifier);
    fputs("\n-\n\n", stream);
    return true;
}

const struct format format_ldif = {
    .name = "ldif",
    .read = read_ldif,
    .base = "where in the directory the users are, as in "
            "ou=people,dc=example,dc=org",
    .write = write_ldif};
