/*
 * One verifier as the embedded store keeps it, pure computation: a key that
 * says whose it is and for which mechanism, and a record.
 *
 *   key    = user, NUL, mechanism
 *   record = version, flags, length of salt, iterations (4 bytes), salt,
 *            StoredKey, ServerKey
 *
 * What is not said to be longer is one byte. No user's name has a NUL in it
 * (SASLprep refuses it), so keys sort by users' bytes and then by mechanism.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/status.h"
#include "scram/verifier.h"

#define STORE_KEY_MAX (SCRAM_USER_MAX + 2)
#define STORE_RECORD_HEADER 7 /* what stands before the salt */
#define STORE_RECORD_MAX                                                       \
    (STORE_RECORD_HEADER + SCRAM_SALT_MAX + 2 * sizeof(struct secret_key))

/* The byte that stands for a mechanism; it never changes its meaning. */
uint8_t store_mechanism_byte(enum scram_mechanism mechanism);

/*
 * Append a key.
 *
 * @param key  STORE_KEY_MAX free bytes are enough
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT for a user that is empty, longer than
 *         SCRAM_USER_MAX or has a NUL in it, or an unknown mechanism
 */
enum scram_status store_key_write(enum scram_mechanism mechanism,
                                  struct slice user, struct buffer *key);

/*
 * Read a key.
 *
 * @param user  points into @p key; like @p mechanism set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING
 */
enum scram_status store_key_read(struct slice key,
                                 enum scram_mechanism *mechanism,
                                 struct slice *user);

/* The length of a verifier's record. */
size_t store_record_len(enum scram_mechanism mechanism, uint8_t salt_len);

/*
 * Append a record.
 *
 * @param record  STORE_RECORD_MAX free bytes are enough
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT for an unknown mechanism, no iterations
 *         or a salt of no or of too many bytes
 */
enum scram_status store_record_write(const struct scram_verifier *verifier,
                                     struct buffer *record);

/*
 * Read a record.
 *
 * @param mechanism  its key's
 * @param verifier   set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING
 */
enum scram_status store_record_read(struct slice record,
                                    enum scram_mechanism mechanism,
                                    struct scram_verifier *verifier);

#endif
