/*
 * What psql prints for
 *
 *   SELECT rolname, rolpassword FROM pg_authid;
 *
 * as a table, unaligned (-A) or as CSV (--csv), with or without its header.
 */
#include "format.h"

/* Whether all of @p s is of these characters. */
static bool
is_of(struct slice s, const char *characters)
{
    size_t i;

    for (i = 0; i < s.len; i++)
        if (memchr(characters, s.data[i], strlen(characters)) == NULL)
            return false;
    return true;
}

/* "(1 row)", "(12 rows)" */
static bool
is_footer(struct slice line)
{
    return line.len > 5 && line.data[0] == '(' &&
           line.data[line.len - 1] == ')' &&
           memmem(line.data, line.len, " row", 4) != NULL;
}

/*
 * Split a line into name and password. No verifier has a separator in it, so
 * it is the last of them. Only CSV has names in quotation marks.
 */
static bool
split(struct slice line, struct buffer *unquoted, struct slice *name,
      struct slice *password)
{
    size_t i = line.len;
    struct slice rest;

    while (i > 0 && memchr("|,\t", line.data[i - 1], 3) == NULL)
        i--;
    if (i == 0)
        return false;
    *name = (struct slice){line.data, i - 1};
    *password = format_trim((struct slice){line.data + i, line.len - i});
    if (line.data[i - 1] == '|')
        *name = format_trim(*name);
    rest = *name;
    unquoted->len = 0;
    if (line.data[i - 1] == ',' && format_unquote(&rest, unquoted) &&
        rest.len == 0)
        *name = buffer_slice(unquoted);
    return true;
}

static enum format_status
read_postgresql(struct source *source, struct record *record,
                struct sentence *why)
{
    struct buffer unquoted = BUFFER_ARRAY(source->user);
    struct slice line, name, password;
    enum format_status status;
    bool whole;

    do {
        status = format_line(source, "", &line, record, why);
        if (status != FORMAT_RECORD)
            return status;
        line = format_trim(line);
        whole = split(line, &unquoted, &name, &password);
        /* What is no row, and a role that has no password. */
    } while (is_of(line, "-+|") || is_footer(line) ||
             (whole && (password.len == 0 ||
                        slice_equal(password, SLICE("rolpassword")))));

    if (!whole) {
        sentence_write(why, "it is not a role's name and a password, with | or "
                            "a comma between them");
        return FORMAT_BAD;
    }
    if (slice_starts_with(password, SLICE("md5"))) {
        sentence_write(why, "its password is hashed with MD5, which cannot be "
                            "turned into a verifier; set it anew with "
                            "password_encryption = scram-sha-256");
        return FORMAT_BAD;
    }
    record->user = name;
    return format_verifier(password, record, why);
}

static bool
write_postgresql(FILE *stream, struct slice user,
                 const struct scram_verifier *verifier, const char *base)
{
    (void)base;
    if (!verifier->enabled || verifier->mechanism != SCRAM_SHA_256 ||
        !slice_equal(format_trim(user), user))
        return false;
    fwrite(user.data, 1, user.len, stream);
    fputc('|', stream);
    format_write_verifier(stream, verifier);
    fputc('\n', stream);
    return true;
}

const struct format format_postgresql = {
    "postgresql", read_postgresql, write_postgresql,
    "users who are disabled, SCRAM-SHA-1, nor spaces around names"};
