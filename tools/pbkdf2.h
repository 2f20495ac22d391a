/*
 * Hashes of passwords that other programs have made by PBKDF2 with
 * HMAC-SHA-256 (RFC 8018), each in the form of its program. SCRAM-SHA-256's
 * SaltedPassword is PBKDF2's first 32 bytes (RFC 5802, section 2.2), so that
 * such a hash makes a verifier without the password. Passwords that SASLprep
 * changes are the exception: nobody can tell them from the hash.
 */
#ifndef PBKDF2_H
#define PBKDF2_H

#include "base/sentence.h"
#include "scram/verifier.h"

enum pbkdf2_status {
    PBKDF2_TAKEN,
    PBKDF2_BAD,  /* a hash of this kind that makes no verifier */
    PBKDF2_OTHER /* a hash of another kind, or none */
};

/* What a hash is made of, as its text has it. */
struct pbkdf2 {
    struct slice iterations; /* decimal */
    uint8_t salt[SCRAM_SALT_MAX];
    size_t salt_len;
    bool salt_fits;
    uint8_t key[512]; /* its first bytes are SaltedPassword */
    size_t key_len;
};

/*
 * Whether a text begins as a hash does, of this kind or of another one that is
 * known by its prefix.
 */
bool pbkdf2_is_hash(struct slice text);

/*
 * Make a verifier of a hash, in any of these forms:
 *
 *   {PBKDF2-SHA256}N$ab64$ab64   OpenLDAP's pw-pbkdf2, 389 Directory Server
 *   {PBKDF2_SHA256}base64        389 Directory Server
 *   pbkdf2_sha256$N$salt$base64  Django
 *   $pbkdf2-sha256$N$ab64$ab64   passlib
 *   pbkdf2:sha256:N$salt$hex     werkzeug
 *   {"hashIterations":N,...      Keycloak's credential_data and secret_data,
 *                                one after the other
 *   AQAAAAEA...                  ASP.NET Core Identity, version 3
 *
 * @param verifier  set on PBKDF2_TAKEN alone, and enabled
 * @param why       set otherwise; nothing of the text is in it
 */
enum pbkdf2_status pbkdf2_read(struct slice text,
                               struct scram_verifier *verifier,
                               struct sentence *why);

/*
 * Read Keycloak's form, for pbkdf2_read.
 *
 * @param h  set on PBKDF2_TAKEN
 */
enum pbkdf2_status pbkdf2_read_keycloak(struct slice text, struct pbkdf2 *h,
                                        struct sentence *why);

/*
 * Read base64, also with "." for "+", and without padding, as passlib and
 * OpenLDAP have it.
 *
 * @return false if it is not that, or is more than @p bytes takes
 */
bool pbkdf2_base64(struct slice text, struct buffer *bytes);

/* Take over a salt, of any length. */
void pbkdf2_set_salt(struct pbkdf2 *h, struct slice salt);

#endif
