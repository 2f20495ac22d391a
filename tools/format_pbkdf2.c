/*
 * Users whose passwords other programs have hashed by PBKDF2 with HMAC-SHA-256:
 * lines of a name, a separator and a hash, CSV (RFC 4180), or LDIF (RFC 2849)
 * with userPassword. A hash is known by its prefix (pbkdf2.h), and so the
 * separator before it. It is only read: SaltedPassword cannot be had from a
 * verifier.
 */
#include "format_ldif.h"

#include <strings.h>

#include "pbkdf2.h"

static enum format_status
read_hash(struct slice hash, struct record *record, struct sentence *why)
{
    switch (pbkdf2_read(hash, &record->verifier, why)) {
    case PBKDF2_TAKEN:
        record->verifier.enabled = !record->disabled;
        record->password = (struct slice){NULL, 0};
        return FORMAT_RECORD;
    case PBKDF2_BAD:
        return FORMAT_BAD;
    default:
        return FORMAT_END;
    }
}

static enum format_status
read_user_password(struct buffer *value, struct record *record,
                   struct sentence *why)
{
    return read_hash(buffer_slice(value), record, why);
}

/* How a line is taken apart. */
enum split {
    SPLIT_NONE, /* there is no hash in it */
    SPLIT_PLAIN,
    SPLIT_CSV
};

/*
 * Find the first separator that a hash follows. No prefix of a hash is in a
 * hash after a separator, so that a name with one in it makes a line that
 * cannot be taken, and no user of another name.
 *
 * @param at  where the hash begins; set on SPLIT_PLAIN
 */
static enum split
find_hash(struct slice line, size_t *at)
{
    size_t i;

    if (line.len > 0 && line.data[0] == '"')
        return SPLIT_CSV;
    for (i = 1; i < line.len; i++) {
        struct slice rest = {line.data + i, line.len - i};
        bool quoted = rest.data[0] == '"';

        if (memchr("|:,;\t", line.data[i - 1], 5) == NULL)
            continue;
        if (quoted)
            rest = (struct slice){rest.data + 1, rest.len - 1};
        if (!pbkdf2_is_hash(rest))
            continue;
        *at = i;
        if (line.data[i - 1] == ',')
            return SPLIT_CSV;
        return quoted ? SPLIT_NONE : SPLIT_PLAIN;
    }
    return SPLIT_NONE;
}

/* Whether a line names columns, of which the last has the hashes. */
static bool
format_pbkdf2_is_title(struct slice line)
{
    static const char *const words[] = {
        "password", "passwordhash", "password_hash", "userpassword", "hash"};
    size_t i, len;

    line = format_trim(line);
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct slice rest = line;

        if (rest.len > 0 && rest.data[rest.len - 1] == '"')
            rest.len--;
        len = strlen(words[i]);
        if (rest.len <= len ||
            strncasecmp((const char *)rest.data + rest.len - len, words[i],
                        len) != 0)
            continue;
        rest.len -= len;
        if (memchr("|:,;\t\" ", rest.data[rest.len - 1], 7) != NULL)
            return true;
    }
    return false;
}

/* Whether a file whose first line that is no comment is this one is LDIF:
 * nothing else is followed by a hash there. */
static bool
is_ldif(struct slice line)
{
    size_t at;

    return (slice_starts_with(line, SLICE("dn:")) ||
            slice_starts_with(line, SLICE("version:"))) &&
           find_hash(line, &at) == SPLIT_NONE;
}

/* Look at the file's first line, and have it read again. */
static enum format_status
format_pbkdf2_begin(struct source *source, struct record *record,
                    struct sentence *why)
{
    enum format_status status;
    struct slice line;

    do /* a comment of LDIF may go on in lines that begin with a blank */
        status = format_line(source, "#", &line, record, why);
    while (status == FORMAT_RECORD && line.data[0] == ' ');
    if (status != FORMAT_RECORD)
        return status;
    source->begun = true;
    source->ldif = is_ldif(line);
    if (source->ldif || !format_pbkdf2_is_title(line) ||
        find_hash(line, &(size_t){0}) == SPLIT_PLAIN)
        input_back(&source->input);
    return FORMAT_RECORD;
}

static enum format_status
format_pbkdf2_read_line(struct source *source, struct slice line,
                        struct record *record, struct sentence *why)
{
    struct format_pair pair;
    size_t at = 0;

    switch (find_hash(line, &at)) {
    case SPLIT_CSV:
        if (format_read_pair(source, line, &pair, why) != FORMAT_RECORD)
            return FORMAT_BAD;
        break;
    case SPLIT_PLAIN:
        pair.first = (struct slice){line.data, at - 1};
        pair.second =
            format_trim((struct slice){line.data + at, line.len - at});
        break;
    default:
        sentence_write(why, "it is not a user's name, one of | : ; or a comma "
                            "or a tab, and a hash that is known by its "
                            "beginning; gss-scram(8) has those that are");
        return FORMAT_BAD;
    }
    record->user = pair.first;
    return read_hash(pair.second, record, why) == FORMAT_RECORD ? FORMAT_RECORD
                                                                : FORMAT_BAD;
}

static enum format_status
read_pbkdf2(struct source *source, struct record *record, struct sentence *why)
{
    static const struct ldif_reader ldif = {"userPassword", read_user_password};
    enum format_status status = FORMAT_RECORD;
    struct slice line;

    if (!source->begun)
        status = format_pbkdf2_begin(source, record, why);
    if (status != FORMAT_RECORD)
        return status;
    if (source->ldif)
        return ldif_read(source, &ldif, record, why);
    do
        status = format_line(source, "#", &line, record, why);
    while (status == FORMAT_RECORD && format_is_footer(line));
    return status == FORMAT_RECORD
               ? format_pbkdf2_read_line(source, line, record, why)
               : status;
}

const struct format format_pbkdf2 = {
    .name = "pbkdf2-sha256",
    .read = read_pbkdf2,
    .cannot = "hashes, which cannot be made of verifiers"};
