/*
 * PgBouncer's userlist.txt: "user" "password" and, ignored, more; a comment
 * begins with a semicolon, behind blanks or without.
 */
#include "format.h"

static enum format_status
read_pgbouncer(struct source *source, struct record *record,
               struct sentence *why)
{
    struct buffer user = BUFFER_ARRAY(source->user);
    struct buffer password = BUFFER_ARRAY(source->value);
    enum format_status status;
    struct slice rest;

    status = format_line(source, " ;#", &rest, record, why);
    if (status != FORMAT_RECORD)
        return status;
    rest = format_trim(rest);
    if (format_unquote(&rest, &user)) {
        rest = format_trim(rest);
        if (format_unquote(&rest, &password)) {
            record->user = buffer_slice(&user);
            return format_verifier(buffer_slice(&password), record, why);
        }
    }
    sentence_write(why, "it is not a user's name and a verifier, each in "
                        "quotation marks");
    return FORMAT_BAD;
}

static bool
write_pgbouncer(FILE *stream, struct slice user,
                const struct scram_verifier *verifier, const char *base)
{
    (void)base;
    if (!verifier->enabled || verifier->mechanism != SCRAM_SHA_256)
        return false;
    format_quote(stream, user);
    fputs(" \"", stream);
    format_write_verifier(stream, verifier);
    fputs("\"\n", stream);
    return true;
}

const struct format format_pgbouncer = {
    .name = "pgbouncer",
    .read = read_pgbouncer,
    .write = write_pgbouncer,
    .cannot = "users who are disabled, nor SCRAM-SHA-1"};
