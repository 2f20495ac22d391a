/*
 * One verifier as gss-scramd's own store keeps it, pure computation: a key that
 * says whose it is and for which mechanism, and a record.
 *
 *   key    = user NUL mechanism
 *   record = version flags salt-length iterations changed salt StoredKey
 *            ServerKey [replaced EarlierStoredKey] [expires] [groups] check
 *
 *   version, flags, salt-length, mechanism: a byte
 *   iterations: four bytes; changed, replaced, expires: eight, seconds of UTC
 *   groups: base/groups.h's text behind its length in four bytes
 *   check: eight bytes, FNV-1a of the key and of all that stands before it
 *
 * No user's name has a NUL in it (SASLprep refuses it), so keys sort by users'
 * bytes and then by mechanism. The check finds bytes that a disk has damaged:
 * a disabled user is not enabled by one of them. It guards against no person,
 * as one who may write to the file may do anything with it.
 */
#ifndef DAEMON_LMDB_RECORD_H
#define DAEMON_LMDB_RECORD_H

#include "scram/verifier.h"

#define LMDB_KEY_MAX (SCRAM_USER_MAX + 2)
#define LMDB_RECORD_MAX                                                        \
    (15 + SCRAM_SALT_MAX + 3 * sizeof(struct secret_key) + 8 + 8 + 4 +         \
     GROUPS_TEXT_MAX + 8)

#define LMDB_EARLIER_SECONDS (30 * 24 * 3600) /* an earlier key is kept */

struct lmdb_record {
    struct scram_verifier verifier;
    uint64_t changed; /* when the verifier was put, seconds of UTC */
    /* The StoredKey of the password before this one, with the same salt and
     * count, and when it was replaced; 0: none. */
    uint64_t replaced;
    struct secret_key earlier;
};

void lmdb_record_wipe(struct lmdb_record *record);

#define CLEANUP_LMDB_RECORD __attribute__((cleanup(lmdb_record_wipe)))

/*
 * Append a key.
 *
 * @param user  1 to SCRAM_USER_MAX bytes, none of them NUL
 * @param key   LMDB_KEY_MAX free bytes are enough
 */
void lmdb_key_write(enum scram_mechanism mechanism, struct slice user,
                    struct buffer *key);

/*
 * Read a key.
 *
 * @param user  points into @p key; like @p mechanism set on true alone
 */
bool lmdb_key_read(struct slice key, enum scram_mechanism *mechanism,
                   struct slice *user);

/*
 * Append a record.
 *
 * @param key    what it will stand under
 * @param bytes  LMDB_RECORD_MAX free bytes are enough
 */
void lmdb_record_write(struct slice key, const struct lmdb_record *record,
                       struct buffer *bytes);

/*
 * Read a record.
 *
 * @param record  set on true alone
 * @return false for what lmdb_record_write does not write
 */
bool lmdb_record_read(struct slice key, struct slice bytes,
                      struct lmdb_record *record);

/* Whether a record has an earlier StoredKey that still counts. */
bool lmdb_record_has_earlier(const struct lmdb_record *record, uint64_t now);

#endif
