/*
 * What a server keeps of a password (RFC 5802, section 3): enough to check a
 * proof and to prove itself, not enough to play the client, and the text form
 * in which RFC 5803 and PostgreSQL write it:
 *
 *   SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>
 */
#ifndef SCRAM_VERIFIER_H
#define SCRAM_VERIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/groups.h"
#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"

#define SCRAM_USER_MAX 256          /* bytes of a SASLprep'd user name */
#define SCRAM_SALT_MAX 64           /* bytes of a verifier's salt */
#define SCRAM_SALT_LEN 16           /* bytes of a salt that we make */
#define SCRAM_ITERATIONS_MIN 4096   /* RFC 7677, section 4 */
#define SCRAM_VERIFIER_TEXT_MAX 256 /* bytes of the text form, no NUL */
#define SCRAM_DECOY_SECRET_LEN 32   /* bytes of a store's secret */

enum scram_mechanism {
    SCRAM_SHA_256,
    SCRAM_SHA_1,
    SCRAM_MECHANISMS /* how many there are */
};

struct scram_verifier {
    enum scram_mechanism mechanism;
    uint32_t iterations;
    uint8_t salt_len;
    uint8_t salt[SCRAM_SALT_MAX];
    struct secret_key stored_key; /* scram_hash_len(mechanism) bytes of it */
    struct secret_key server_key; /* likewise */
    bool enabled;
    /* From when on the user is refused as one who is not enabled, seconds of
     * UTC; 0: never. Who asks for a login compares it with the clock. */
    uint64_t expires;
    struct groups groups; /* that the user is in */
    /* When a store has got it: seconds of UTC, or the beginning of the day; 0:
     * it is not known. What is put is dated by the store. */
    uint64_t changed;
    /* StoredKey of the password before this one, for the same salt and count,
     * where the store has it. */
    bool has_earlier;
    struct secret_key earlier_key;
};

/* Wipes all of it. */
void scram_verifier_wipe(struct scram_verifier *verifier);

#define CLEANUP_VERIFIER __attribute__((cleanup(scram_verifier_wipe)))

/* Whether the user is refused at a time, seconds of UTC. */
static inline bool
scram_verifier_is_expired(const struct scram_verifier *verifier, uint64_t now)
{
    return (unsigned)(verifier->expires != 0) &
           (unsigned)(verifier->expires <= now);
}

/* The mechanism's name, as SASL registers it: "SCRAM-SHA-256". */
const char *scram_mechanism_name(enum scram_mechanism mechanism);

/* The mechanism of that name (case counts); false for any other. */
bool scram_mechanism_by_name(struct slice name,
                             enum scram_mechanism *mechanism);

/* The length of the mechanism's hash, and so of its keys, in bytes. */
size_t scram_hash_len(enum scram_mechanism mechanism);

/* The iterations that a new verifier gets unless its maker says otherwise. */
uint32_t scram_default_iterations(enum scram_mechanism mechanism);

/*
 * SASLprep (RFC 4013) a user name that is to be looked up: a query string, so
 * unassigned code points are allowed.
 *
 * @param user      UTF-8
 * @param prepared  at least SCRAM_USER_MAX free bytes; appended to on SCRAM_OK
 *                  alone
 * @return SCRAM_OK; SCRAM_BAD_USERNAME for one that SASLprep refuses, that is
 *         empty, or that is longer than SCRAM_USER_MAX bytes when prepared
 */
enum scram_status scram_prepare_user(struct slice user,
                                     struct buffer *prepared);

/* The same for one that is to be stored: unassigned code points are refused. */
enum scram_status scram_prepare_new_user(struct slice user,
                                         struct buffer *prepared);

/*
 * Make a verifier from a password (RFC 5802, section 3).
 *
 * @param password    UTF-8, not prepared yet
 * @param salt        1 to SCRAM_SALT_MAX bytes, fresh and random
 * @param iterations  SCRAM_ITERATIONS_MIN or more
 * @param verifier    set, and enabled, on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_PASSWORD, SCRAM_BAD_ARGUMENT, SCRAM_NO_MEMORY,
 *         SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_verifier_derive(enum scram_mechanism mechanism,
                                        struct slice password,
                                        struct slice salt, uint32_t iterations,
                                        struct scram_verifier *verifier);

/*
 * The same from SaltedPassword, which is what PBKDF2 with the mechanism's HMAC
 * makes of a password, and so what other programs keep.
 *
 * @param salted  scram_hash_len(mechanism) bytes of it
 * @return SCRAM_OK, SCRAM_BAD_ARGUMENT, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_verifier_of_salted_password(
    enum scram_mechanism mechanism, const struct secret_key *salted,
    struct slice salt, uint32_t iterations, struct scram_verifier *verifier);

/* What makes decoys of one store; one thread at a time uses it. */
struct scram_decoys;

/*
 * @param secret  the store's, SCRAM_DECOY_SECRET_LEN bytes
 * @param decoys  set on SCRAM_OK alone; release it with scram_decoys_free
 * @return SCRAM_OK, SCRAM_BAD_ARGUMENT, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_decoys_new(struct slice secret,
                                   struct scram_decoys **decoys);

/* Wipe the secret and release the rest; NULL is none. */
void scram_decoys_free(struct scram_decoys *decoys);

/*
 * Draw a number for a user, which decides what a decoy looks like: always the
 * same for the same user and secret.
 *
 * @param number  the first four bits of HMAC-SHA-256(secret, user), 0 to 15;
 *                set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_decoys_draw(struct scram_decoys *decoys,
                                    struct slice user, unsigned *number);

/*
 * Make the verifier that stands in for a user who is not there, so that the
 * exchange does not tell: its salt depends on the secret, the mechanism, the
 * user and the count alone (when what is usual changes, so do both, as they do
 * for a user with a new password), its keys match no password, and it is not
 * enabled.
 *
 * @param user        SASLprep'd
 * @param iterations  one that the store's users have
 * @param salt_len    a length that goes with it, 1 to SCRAM_SALT_MAX
 * @param verifier    set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ARGUMENT, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_verifier_decoy(struct scram_decoys *decoys,
                                       enum scram_mechanism mechanism,
                                       struct slice user, uint32_t iterations,
                                       uint8_t salt_len,
                                       struct scram_verifier *verifier);

/*
 * Read the text form. A verifier with fewer than SCRAM_ITERATIONS_MIN
 * iterations is read too: whether to take it is the caller's decision.
 *
 * @param verifier  set, and enabled, on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING
 */
enum scram_status scram_verifier_parse(struct slice text,
                                       struct scram_verifier *verifier);

/*
 * Append the text form, which does not say whether the verifier is enabled.
 *
 * @param text  SCRAM_VERIFIER_TEXT_MAX free bytes are enough
 */
void scram_verifier_format(const struct scram_verifier *verifier,
                           struct buffer *text);

#endif
