/*
 * SCRAM's keys (RFC 5802, section 3) and the primitives that they are made
 * with, for every mechanism: H, HMAC and Hi from libcrypto.
 */
#ifndef SCRAM_KEYS_H
#define SCRAM_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"
#include "scram/verifier.h"

/* H(bytes). */
enum scram_status scram_h(enum scram_mechanism mechanism, struct slice bytes,
                          struct secret_key *hash);

/*
 * HMAC under one key after another. Setting a key costs as much as hashing a
 * short message, and making the rest as much again: who computes several keeps
 * one of these, and sets a key only where it changes. One thread at a time.
 */
struct scram_mac {
    EVP_MAC_CTX *ctx; /* NULL: none was made */
    bool used;        /* since the key was set */
};

/*
 * Make one, without a key.
 *
 * @param mac  set on SCRAM_OK alone; release it with scram_mac_end
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_mac_begin(enum scram_mechanism mechanism,
                                  struct scram_mac *mac);

/* Set the key, of any length but 0; SCRAM_OK or SCRAM_CRYPTO_FAILED. */
enum scram_status scram_mac_key(struct scram_mac *mac, struct slice key);

/*
 * HMAC(key, parts), the parts one after the other.
 *
 * @param mac   has a key
 * @param hmac  the hash's length in bytes, set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_mac_compute(struct scram_mac *mac,
                                    const struct slice *parts, size_t count,
                                    struct secret_key *hmac);

/* Wipe the key and release the rest; one that is all zero is none. */
void scram_mac_end(struct scram_mac *mac);

#define CLEANUP_MAC __attribute__((cleanup(scram_mac_end)))

/*
 * HMAC(key, parts) once; as scram_mac_begin, scram_mac_key and
 * scram_mac_compute.
 */
enum scram_status scram_hmac(enum scram_mechanism mechanism, struct slice key,
                             const struct slice *parts, size_t count,
                             struct secret_key *hmac);

/* The bytes of a key that the mechanism uses. */
static inline struct slice
scram_key_slice(enum scram_mechanism mechanism, const struct secret_key *key)
{
    return (struct slice){key->data, scram_hash_len(mechanism)};
}

/*
 * What both sides compute from a password; slow by intention.
 */
struct scram_keys {
    struct secret_key client_key;
    struct secret_key stored_key;
    struct secret_key server_key;
};

static inline void
scram_keys_wipe(struct scram_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}

/*
 * SaltedPassword := Hi(Normalize(password), salt, i)
 * ClientKey      := HMAC(SaltedPassword, "Client Key")
 * StoredKey      := H(ClientKey)
 * ServerKey      := HMAC(SaltedPassword, "Server Key")
 *
 * @param password    UTF-8, not prepared yet
 * @param salt        at least a byte
 * @param iterations  at least one; bounding it is the caller's
 * @param keys        set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_PASSWORD, SCRAM_BAD_ARGUMENT, SCRAM_NO_MEMORY,
 *         SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_keys_derive(enum scram_mechanism mechanism,
                                    struct slice password, struct slice salt,
                                    uint32_t iterations,
                                    struct scram_keys *keys);

/*
 * The same from SaltedPassword, where somebody has it already.
 *
 * @param salted  scram_hash_len(mechanism) bytes of it
 * @param keys    set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status scram_keys_of_salted_password(enum scram_mechanism mechanism,
                                                const struct secret_key *salted,
                                                struct scram_keys *keys);

#endif
