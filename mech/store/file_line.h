/*
 * The text in which the kind `file` keeps users, pure computation: bytes in,
 * slices into them out, nothing copied or allocated.
 *
 *   file     = header LF *( line LF )
 *   header   = "# gss-scram users 1 decoy-key=" base64-of-32-bytes
 *   line     = user / "#" text / nothing
 *   user     = name ":" ["!"] verifier *( " " key "=" value )
 *   verifier = mechanism "$" count ":" salt "$" stored-key ":" server-key
 *   key      = 1*( "a" to "z" / "0" to "9" / "-" )
 *
 * "!" is a user who is disabled. "changed" is the day of the verifier,
 * "expires" the last day, in UTC, on which the user is let in, "groups" the
 * user's groups, as base/groups.h has them. In a name and in a value the bytes
 * 00 to 20, 7F, "%" and ":", and "#" as a name's first byte, are written as "%"
 * and two upper-case digits, and no other byte is. So a name has one form, and
 * names are compared as they are written.
 */
#ifndef STORE_FILE_LINE_H
#define STORE_FILE_LINE_H

#include <stdbool.h>

#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"
#include "scram/verifier.h"

#define FILE_LINE_MAX 2048 /* bytes of a line, without its LF */
#define FILE_NAME_MAX (3 * SCRAM_USER_MAX)
#define FILE_KEY_MAX (FILE_NAME_MAX + 1) /* see file_key */
#define FILE_HEADER "# gss-scram users "
#define FILE_HEADER_REST "1 decoy-key="
#define FILE_HEADER_LEN                                                        \
    (sizeof(FILE_HEADER FILE_HEADER_REST) - 1 + 44) /* without its LF */

/* What is wrong with a line, or with a file of lines. */
enum file_damage {
    FILE_SOUND,
    FILE_NO_HEADER,
    FILE_OTHER_VERSION,
    FILE_TOO_LONG,
    FILE_NO_LF,
    FILE_CR,
    FILE_BAD_NAME,
    FILE_NOT_PREPARED, /* a name that is not in SASLprep's form */
    FILE_BAD_VERIFIER,
    FILE_BAD_KEYS,
    FILE_TWICE,
    FILE_OUT_OF_ORDER
};

/* What a damage is, to be said after "line 7 ". */
const char *file_damage_text(enum file_damage damage);

/* A line with a user. The slices are into the line. */
struct file_line {
    struct slice name; /* as it is written */
    bool plain;        /* ASCII without control characters: SASLprep's form */
    bool barred;       /* "!" */
    bool odd; /* an unknown key, "groups" that are none or there twice, or fewer
                 iterations than SCRAM_ITERATIONS_MIN: the user counts as
                 disabled too */
    bool misdated; /* "expires" is no day, or there twice: the user counts as
                      one who has expired */
    enum scram_mechanism mechanism;
    uint32_t iterations;
    uint8_t salt_len;
    uint64_t changed;      /* the beginning of the day, seconds of UTC; or 0 */
    uint64_t expires;      /* as struct scram_verifier has it */
    struct slice groups;   /* base/groups.h's text, as it is written */
    struct slice verifier; /* scram_verifier_parse takes it */
    struct slice keys;     /* what follows it, each with its space */
};

/*
 * Read the first line of a file.
 *
 * @param text  without its LF
 * @param key   the decoy key, set on FILE_SOUND alone
 * @return FILE_SOUND, FILE_NO_HEADER, FILE_OTHER_VERSION
 */
enum file_damage file_header_parse(struct slice text, struct secret_key *key);

/* Append a first line, with its LF. */
void file_header_format(const struct secret_key *key, struct buffer *text);

/* Whether a line holds no user: nothing, or a comment. */
static inline bool
file_line_is_remark(struct slice text)
{
    return text.len == 0 || text.data[0] == '#';
}

/*
 * Read a line with a user. Of the keys in it no branch and no address depends
 * on a character: what becomes known is whether they are base64.
 *
 * @param text  without its LF
 * @param line  set on FILE_SOUND alone
 * @return FILE_SOUND, FILE_TOO_LONG, FILE_BAD_NAME, FILE_BAD_VERIFIER,
 *         FILE_BAD_KEYS
 */
enum file_damage file_line_parse(struct slice text, struct file_line *line);

/*
 * The verifier of a line that file_line_parse took.
 *
 * @param verifier  set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING when the line has changed meanwhile
 */
enum scram_status file_line_verifier(const struct file_line *line,
                                     struct scram_verifier *verifier);

/*
 * Append a line and its LF.
 *
 * @param name  as it is written
 * @param keys  " key=value" as often as there are
 * @param text  FILE_LINE_MAX + 1 free bytes; overflow when it would be longer
 */
void file_line_format(struct slice name, const struct scram_verifier *verifier,
                      struct slice keys, struct buffer *text);

/*
 * Take one " key=value" off the front.
 *
 * @param rest  of keys that file_line_parse took
 * @param one   with its space
 * @return false when there is none left
 */
bool file_line_next_key(struct slice *rest, struct slice *one);

/* Append the written form of a name, and of a value. */
void file_name_write(struct slice user, struct buffer *name);
void file_value_write(struct slice bytes, struct buffer *value);

/* Append what a written name, or value, stands for; false when it is not one.
 */
bool file_name_read(struct slice name, struct buffer *user);
bool file_value_read(struct slice value, struct buffer *bytes);

/*
 * Append what lines are ordered by: the written name, and a byte for the
 * mechanism that is less than any byte of a name, SCRAM-SHA-1's before
 * SCRAM-SHA-256's. Keys are compared as bytes.
 */
void file_key(struct slice name, enum scram_mechanism mechanism,
              struct buffer *key);

/*
 * Compare a line with a user with a key, and look at no more of it than that
 * takes.
 *
 * @param key    one that file_key made
 * @param order  as memcmp's; set on true alone
 * @return false when the line begins with no name and mechanism
 */
bool file_line_compare(struct slice text, struct slice key, int *order);

/* memcmp's answer for two keys. */
static inline int
file_key_compare(struct slice a, struct slice b)
{
    /* Neither begins another one: both end in a byte that no name has. */
    return memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
}

#endif
