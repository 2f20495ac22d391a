/*
 * What psql -XAt prints for
 *
 *   SELECT rolname, rolpassword FROM pg_authid
 *   WHERE rolcanlogin AND (rolvaliduntil IS NULL OR rolvaliduntil > now());
 *
 * or psql -X --csv, with or without a title and a footer. Its tables for people
 * pad names with blanks and break them in two, and its expanded output has a
 * line for each column: neither says reliably whose a password is.
 */
#include "format.h"

static bool
format_postgresql_is_title(const struct format_pair *row)
{
    return (slice_equal(row->first, SLICE("rolname")) &&
            slice_equal(row->second, SLICE("rolpassword"))) ||
           (slice_equal(row->first, SLICE("usename")) &&
            slice_equal(row->second, SLICE("passwd")));
}

/* Whether a row has a column's name for a role's, as in expanded output. */
static bool
is_column(const struct format_pair *row)
{
    return slice_equal(row->first, SLICE("rolname")) ||
           slice_equal(row->first, SLICE("rolpassword")) ||
           slice_equal(row->first, SLICE("usename")) ||
           slice_equal(row->first, SLICE("passwd"));
}

#define MD5_LEN 35 /* "md5" and 32 digits */

static bool
is_md5(struct slice password)
{
    return slice_starts_with(password, SLICE("md5"));
}

/* Whether pg_authid may have that as a password: there may be none. */
static bool
is_password(struct slice s)
{
    return s.len == 0 || (is_md5(s) && s.len == MD5_LEN) ||
           slice_starts_with(s, SLICE("SCRAM-SHA-"));
}

/*
 * Split a line into name and password. No password has a separator in it, so it
 * is the last of them; a comma is CSV's.
 */
static enum format_status
format_postgresql_split(struct source *source, struct slice line,
                        struct format_pair *row, struct sentence *why)
{
    size_t i = line.len;

    while (i > 0 && memchr("|,\t", line.data[i - 1], 3) == NULL)
        i--;
    if ((i > 0 && line.data[i - 1] == ',') || (i == 0 && line.data[0] == '"'))
        return format_read_pair(source, line, row, why);
    if (i > 0) {
        row->first = (struct slice){line.data, i - 1};
        row->second = (struct slice){line.data + i, line.len - i};
        return FORMAT_RECORD;
    }
    sentence_write(why, "it is not a role's name and a password, with | or a "
                        "comma between them");
    return FORMAT_BAD;
}

/* Whether what was read is what psql prints before, after or between rows with
 * passwords. */
static bool
is_skipped(enum format_status status, const struct format_pair *row)
{
    return status == FORMAT_RECORD &&
           (row->second.len == 0 || format_postgresql_is_title(row));
}

/* Have what a row refers to stand in the source, as reading on leaves it. */
static bool
keep_row(struct source *source, struct format_pair *row)
{
    struct buffer first = BUFFER_ARRAY(source->user);
    struct buffer second = BUFFER_ARRAY(source->value);

    if (row->first.data == source->user) /* it was CSV */
        return true;
    buffer_put(&first, row->first);
    buffer_put(&second, row->second);
    *row = (struct format_pair){buffer_slice(&first), buffer_slice(&second)};
    return !first.overflow && !second.overflow;
}

/*
 * Whether a first row, with a column's name for a role's, is of expanded
 * output. That goes on with another column, in which there is no password, or
 * with a blank line. A role may have such a name all the same.
 */
static bool
is_expanded(struct source *source, struct format_pair *row)
{
    struct slice line, name;
    enum input_status status;
    size_t i;

    if (!keep_row(source, row))
        return true;
    status = input_next(&source->input, &line);
    if (status == INPUT_END || status == INPUT_FAILED)
        return false; /* which the next look says */
    input_back(&source->input);
    i = line.len;
    while (i > 0 && memchr("|,\t", line.data[i - 1], 3) == NULL)
        i--;
    name = (struct slice){line.data, i > 0 ? i - 1 : 0};
    line = (struct slice){line.data + i, line.len - i};
    if (line.len > 0 && line.data[0] == '"')
        line = (struct slice){line.data + 1, line.len - 1};
    return line.len == 0 || !is_password(line) || slice_equal(name, row->first);
}

/* Whether a first line is a title or a row with a password; see read_row. */
static bool
begins_rows(struct source *source, struct format_pair *row)
{
    if (format_postgresql_is_title(row))
        return true;
    return is_password(row->second) &&
           !(is_column(row) &&
             (row->second.len == 0 || is_expanded(source, row)));
}

/*
 * Read the next row that has a password. What comes before anything that can be
 * a title or a row is of another kind of output, of which a line further down
 * might pass for a row.
 */
static enum format_status
read_row(struct source *source, struct record *record, struct format_pair *row,
         struct sentence *why)
{
    enum format_status status;
    struct slice line;

    do {
        do
            status = format_line(source, "", &line, record, why);
        while (status == FORMAT_RECORD && source->begun &&
               format_is_footer(line));
        if (status == FORMAT_BAD)
            format_skip_quoted(source);
        if (status != FORMAT_RECORD)
            return status;
        status = format_postgresql_split(source, line, row, why);
        if (!source->begun &&
            (status != FORMAT_RECORD || !begins_rows(source, row))) {
            sentence_write(why, "it is not a role's name, | and a password: "
                                "aligned and expanded output of psql is not "
                                "read; have it written by psql -XAt or "
                                "psql -X --csv");
            return FORMAT_ALIEN;
        }
        source->begun = true;
    } while (is_skipped(status, row));
    return status;
}

static enum format_status
read_postgresql(struct source *source, struct record *record,
                struct sentence *why)
{
    struct format_pair row;
    enum format_status status = read_row(source, record, &row, why);

    if (status != FORMAT_RECORD)
        return status;
    if (is_md5(row.second)) {
        sentence_write(why, "its password is hashed with MD5, which cannot be "
                            "turned into a verifier; set it anew with "
                            "password_encryption = scram-sha-256");
        return FORMAT_BAD;
    }
    record->user = row.first;
    return format_verifier(row.second, record, why);
}

static bool
write_postgresql(FILE *stream, struct slice user,
                 const struct scram_verifier *verifier, const char *base)
{
    (void)base;
    if (!verifier->enabled || verifier->mechanism != SCRAM_SHA_256)
        return false;
    fwrite(user.data, 1, user.len, stream);
    fputc('|', stream);
    format_write_verifier(stream, verifier);
    fputc('\n', stream);
    return true;
}

const struct format format_postgresql = {
    .name = "postgresql",
    .read = read_postgresql,
    .write = write_postgresql,
    .cannot = "users who are disabled, nor SCRAM-SHA-1"};
