/*
 * Formats in which other programs keep users, or write them out: each reads a
 * file of them record by record, and most can write one.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "base/sentence.h"
#include "input.h"
#include "scram/verifier.h"

/* What a file has of one user for one mechanism. */
struct record {
    unsigned long line;             /* where it begins */
    struct slice user;              /* not prepared */
    struct slice password;          /* its data is NULL: a verifier is there */
    struct scram_verifier verifier; /* instead */
};

/* A file that is being read; zeroed but for input.file. */
struct source {
    struct input input;
    /* of formats whose records are more than a line, or less */
    uint8_t text[INPUT_LINE_MAX];
    struct buffer entry; /* what of text is left to be read */
    unsigned long entry_line;
    size_t next;         /* where in it */
    uint8_t user[1024];  /* as the last record has it, unescaped */
    uint8_t value[1024]; /* likewise of the verifier or the password */
};

enum format_status {
    FORMAT_RECORD,
    FORMAT_BAD, /* this one is not taken, the next may be */
    FORMAT_END,
    FORMAT_FAILED /* the file cannot be read; errno says why */
};

struct format {
    const char *name;
    /*
     * Read the next record.
     *
     * @param record  set on FORMAT_RECORD; on FORMAT_BAD its line alone. Valid
     *                until the next call.
     * @param why     on FORMAT_BAD what is wrong with it, without what may be a
     *                secret
     */
    enum format_status (*read)(struct source *source, struct record *record,
                               struct sentence *why);
    /*
     * Write one; NULL for a format that is only read.
     *
     * @param base  where in a directory the users are, for ldif; else NULL
     * @return false if the format cannot have it
     */
    bool (*write)(FILE *stream, struct slice user,
                  const struct scram_verifier *verifier, const char *base);
    const char *cannot; /* what it cannot have, for people */
};

extern const struct format format_csv;
extern const struct format format_dovecot;
extern const struct format format_ldif;
extern const struct format format_pgbouncer;
extern const struct format format_postgresql;

/* The format of that name; NULL if there is none. */
const struct format *format_by_name(const char *name);

/* The names of all that can be read, or only those that can be written too:
 * "csv, dovecot and ldif". */
struct sentence format_names(bool written);

/*
 * Read the next line that is not empty and does not begin with one of the
 * characters of @p comments; for formats of one record a line.
 *
 * @return FORMAT_RECORD for a line, with the record's line set; otherwise what
 *         the format's read returns
 */
enum format_status format_line(struct source *source, const char *comments,
                               struct slice *line, struct record *record,
                               struct sentence *why);

/* Without the spaces and tabs on either side. */
struct slice format_trim(struct slice s);

/*
 * Take a string in double quotes, in which a double one stands for one, from
 * the front of *rest.
 *
 * @param space  where its bytes go, without the quotes
 * @return false if there is none, or it does not end, or is longer than that
 */
bool format_unquote(struct slice *rest, struct buffer *space);

/* Write a string so that format_unquote reads it. */
void format_quote(FILE *stream, struct slice s);

/*
 * Read the verifier's text form for a record.
 *
 * @return FORMAT_RECORD or FORMAT_BAD
 */
enum format_status format_verifier(struct slice text, struct record *record,
                                   struct sentence *why);

/* Write the verifier's text form. */
void format_write_verifier(FILE *stream, const struct scram_verifier *verifier);

#endif
