/*
 * Entries of LDIF (RFC 2849), of which what matters to an import is kept: the
 * dn, the user's name, the values that verifiers are made of, whether the user
 * is locked, and what a change record does to them.
 */
#ifndef FORMAT_LDIF_H
#define FORMAT_LDIF_H

#include "format.h"

/* A line of an entry: "name;option: value", or "-". */
struct ldif_attribute {
    struct slice name;  /* without options */
    struct slice value; /* what follows the first colon, as it is written */
};

/* What a format reads of LDIF. */
struct ldif_reader {
    const char *attribute; /* that verifiers are made of */
    /*
     * Make a value's verifier.
     *
     * @param value   without what LDIF does to it; may be changed
     * @param record  its verifier is set on FORMAT_RECORD, and whether it is
     *                of a user who is disabled
     * @return FORMAT_RECORD or FORMAT_BAD; FORMAT_END for a value of another
     *         scheme, with a sentence for an entry without one of ours
     */
    enum format_status (*read)(struct buffer *value, struct record *record,
                               struct sentence *why);
};

/*
 * Read the next verifier. A user whom 389 Directory Server or OpenLDAP's policy
 * overlay has locked is disabled, where the entry says so (nsAccountLock,
 * pwdAccountLockedTime).
 *
 * @return as a format's read
 */
enum format_status ldif_read(struct source *source,
                             const struct ldif_reader *reader,
                             struct record *record, struct sentence *why);

/* Whether a name of an attribute is that one, in whatever case. */
bool ldif_is_named(struct slice name, const char *wanted);

/*
 * Read the next entry into the source, whose verifiers' attribute is set.
 *
 * @return FORMAT_RECORD for one, in which there may be nothing that matters;
 *         else as a format's read
 */
enum format_status ldif_read_entry(struct source *source, struct record *record,
                                   struct sentence *why);

/*
 * Take the next line of the entry.
 *
 * @param next       how far the entry was read; 0 to begin with
 * @param attribute  set on true alone, valid until the next entry is read
 * @return false if there are no more
 */
bool ldif_next_attribute(const struct source *source, size_t *next,
                         struct ldif_attribute *attribute);

/*
 * Read a value.
 *
 * @param written  as it stands in the line
 * @return false for one that is in another file, or too long for @p value, or
 *         not the base64 that it says it is
 */
bool ldif_read_value(struct slice written, struct buffer *value);

#endif
