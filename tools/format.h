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
    bool disabled;                  /* the file says that the user is */
    struct slice user;              /* not prepared */
    struct slice password;          /* its data is NULL: a verifier is there */
    struct scram_verifier verifier; /* instead */
};

/* A file that is being read; zeroed but for input.file, and released by
 * source_clear. */
struct source {
    struct input input;
    bool begun; /* a title or a record of a format with titles was read */
    bool ldif;  /* of a format that can be read of it, the file is LDIF */
    /* LDIF's entry, of which a record is one value of an attribute */
    const char *attribute;
    uint8_t text[INPUT_LINE_MAX];
    struct buffer entry; /* in text: lines that matter, unfolded */
    unsigned long entry_line;
    bool modifies;       /* the entry is a change of one that is elsewhere */
    bool ours, others;   /* it has had values of our schemes, and of others */
    size_t next;         /* how far the entry was read */
    uint8_t user[1024];  /* as the last record has it, unescaped */
    uint8_t value[1024]; /* likewise of the verifier or the password */
    struct xep0227 *xep0227; /* of that format: all of it; owned */
};

enum format_status {
    FORMAT_RECORD,
    FORMAT_BAD,   /* this one is not taken, the next may be */
    FORMAT_ALIEN, /* the file is something else, and is not read on */
    FORMAT_END,
    FORMAT_FAILED /* the file cannot be read; errno says why */
};

struct format {
    const char *name;
    bool passwords; /* a record may have one */
    bool facts;     /* it has when a user expires, and groups */
    /*
     * Read the next record.
     *
     * @param record  set on FORMAT_RECORD; on FORMAT_BAD and FORMAT_ALIEN its
     *                line alone. Valid until the next call.
     * @param why     on FORMAT_BAD and FORMAT_ALIEN what is wrong, without what
     *                may be a secret
     */
    enum format_status (*read)(struct source *source, struct record *record,
                               struct sentence *why);
    /* What it asks of its writer, for people: "where ..., as in ..."; NULL:
     * nothing, and base is NULL below. */
    const char *base;
    /* Write what stands before the first; false if base is no such thing. NULL:
     * nothing does. */
    bool (*begin)(FILE *stream, const char *base);
    /*
     * Write one; NULL for a format that is only read.
     *
     * @return false if the format cannot have it
     */
    bool (*write)(FILE *stream, struct slice user,
                  const struct scram_verifier *verifier, const char *base);
    void (*end)(FILE *stream); /* likewise what stands behind the last */
    const char *cannot; /* what it cannot have, for people; what it has, of a
                           format that is only read; or NULL */
};

extern const struct format format_csv;
extern const struct format format_dovecot;
extern const struct format format_ejabberd;
extern const struct format format_ldif;
extern const struct format format_pbkdf2;
extern const struct format format_pgbouncer;
extern const struct format format_postgresql;
extern const struct format format_xep0227;

/* Release what was read, and wipe it; its file is the caller's. */
void source_clear(struct source *source);

/* The format of that name; NULL if there is none. */
const struct format *format_by_name(const char *name);

/* The names of all that can be read, or only those that can be written too:
 * "csv, dovecot and ldif". */
struct sentence format_names(bool written);

/*
 * Read the next line that is not empty and does not begin with one of the
 * characters of @p comments; for formats of one record a line. Where the first
 * of these is a space, blanks may stand before the others.
 *
 * @return FORMAT_RECORD for a line, with the record's line set; otherwise what
 *         the format's read returns
 */
enum format_status format_line(struct source *source, const char *comments,
                               struct slice *line, struct record *record,
                               struct sentence *why);

/* Without the spaces and tabs on either side. */
struct slice format_trim(struct slice s);

/* Turn a to z into capitals. */
void format_upper(struct buffer *text);

/*
 * Take a string in double quotes, in which a double one stands for one, from
 * the front of *rest.
 *
 * @param space  where its bytes go, without the quotes
 * @return false if there is none, or it does not end, or is longer than that
 */
bool format_unquote(struct slice *rest, struct buffer *space);

/* A record of CSV (RFC 4180) that has two fields. */
struct format_pair {
    struct slice first;  /* in the source's user */
    struct slice second; /* in the source's value */
};

/*
 * Read a line as CSV. A field in quotation marks in which the line ends goes on
 * in the lines that follow: such a record is refused, with all its lines.
 *
 * @param line  what input_next read last
 * @return FORMAT_RECORD or FORMAT_BAD
 */
enum format_status format_read_pair(struct source *source, struct slice line,
                                    struct format_pair *pair,
                                    struct sentence *why);

/* Skip what belongs to the record of CSV whose line was read last, if a field
 * in quotation marks goes on behind it. */
void format_skip_quoted(struct source *source);

/* Whether a line is what psql prints after rows: "(1 row)", "(12 Zeilen)",
 * "(3개 행)". */
bool format_is_footer(struct slice line);

/* Write a string so that format_unquote reads it. */
void format_quote(FILE *stream, struct slice s);

/*
 * Read the verifier's text form for a record, and let it be enabled unless
 * the record says that the user is not.
 *
 * @return FORMAT_RECORD or FORMAT_BAD
 */
enum format_status format_verifier(struct slice text, struct record *record,
                                   struct sentence *why);

/*
 * Write a user, of whom the format has as much as it can: where it has no day,
 * who has expired is one who is disabled.
 *
 * @param now  seconds of UTC
 * @return false if the format cannot have the user; nothing is written then
 */
bool format_put(const struct format *format, FILE *stream, struct slice user,
                const struct scram_verifier *verifier, const char *base,
                uint64_t now);

/* Write the verifier's text form. */
void format_write_verifier(FILE *stream, const struct scram_verifier *verifier);

#endif
