#include "scram/keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdatomic.h>

#include "base/libcrypto.h"
#include "scram/saslprep.h"

/*
 * Fetched and kept for as long as the process lives: a fetch costs as much as
 * the rest of an HMAC. hmac is a MAC context that has its digest and no key, to
 * be duplicated. What could not be fetched, without memory say, is NULL, and is
 * tried again; where two threads fetch at once, one throws its own away.
 */
static struct {
    _Atomic(EVP_MD *) md;
    _Atomic(EVP_MAC_CTX *) hmac;
} hashes[SCRAM_MECHANISMS];

static atomic_bool all_fetched;

static const char *const digests[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_256] = "SHA2-256",
    [SCRAM_SHA_1] = "SHA1",
};

static bool
md_fetch(int i)
{
    EVP_MD *none = NULL, *md;

    if (atomic_load(&hashes[i].md) != NULL)
        return true;
    md = EVP_MD_fetch(NULL, digests[i], NULL);
    if (md == NULL)
        return false;
    if (!atomic_compare_exchange_strong(&hashes[i].md, &none, md))
        EVP_MD_free(md);
    return true;
}

static bool
hmac_fetch(int i)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t)digests[i], 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *none = NULL, *hmac;
    EVP_MAC *mac;

    if (atomic_load(&hashes[i].hmac) != NULL)
        return true;
    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    hmac = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (hmac == NULL)
        return false;
    if (!EVP_MAC_CTX_set_params(hmac, params)) {
        EVP_MAC_CTX_free(hmac);
        return false;
    }
    if (!atomic_compare_exchange_strong(&hashes[i].hmac, &none, hmac))
        EVP_MAC_CTX_free(hmac);
    return true;
}

/* All of them the first time that one is wanted, so that a process that has
 * opened a store has what an exchange takes. */
static void
hashes_fetch(void)
{
    bool all = true;
    int i;

    if (atomic_load(&all_fetched))
        return;
    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        all = md_fetch(i) && all;
        all = hmac_fetch(i) && all;
    }
    atomic_store(&all_fetched, all);
}

enum scram_status
scram_h(enum scram_mechanism mechanism, struct slice bytes,
        struct secret_key *hash)
{
    bool hashed;

    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    hashes_fetch();
    hashed = hashes[mechanism].md != NULL &&
             EVP_Digest(bytes.data, bytes.len, hash->data, NULL,
                        hashes[mechanism].md, NULL);
    libcrypto_leave();
    return hashed ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
}

enum scram_status
scram_mac_begin(enum scram_mechanism mechanism, struct scram_mac *mac)
{
    EVP_MAC_CTX *fetched, *ctx = NULL;

    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    hashes_fetch();
    fetched = atomic_load(&hashes[mechanism].hmac);
    if (fetched != NULL)
        ctx = EVP_MAC_CTX_dup(fetched);
    libcrypto_leave();
    if (fetched == NULL)
        return SCRAM_CRYPTO_FAILED;
    if (ctx == NULL)
        return SCRAM_NO_MEMORY;
    *mac = (struct scram_mac){ctx, false};
    return SCRAM_OK;
}

enum scram_status
scram_mac_key(struct scram_mac *mac, struct slice key)
{
    bool set;

    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    mac->used = false;
    set = EVP_MAC_init(mac->ctx, key.data, key.len, NULL);
    libcrypto_leave();
    return set ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
}

static bool
scram_keys_compute(struct scram_mac *mac, const struct slice *parts,
                   size_t count, struct secret_key *hmac)
{
    size_t i;

    /* Without a key the last one is taken again. */
    if (mac->used && !EVP_MAC_init(mac->ctx, NULL, 0, NULL))
        return false;
    mac->used = true;
    for (i = 0; i < count; i++) {
        if (!EVP_MAC_update(mac->ctx, parts[i].data, parts[i].len))
            return false;
    }
    return EVP_MAC_final(mac->ctx, hmac->data, NULL, sizeof(hmac->data));
}

enum scram_status
scram_mac_compute(struct scram_mac *mac, const struct slice *parts,
                  size_t count, struct secret_key *hmac)
{
    bool computed;

    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    computed = scram_keys_compute(mac, parts, count, hmac);
    libcrypto_leave();
    return computed ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
}

void
scram_mac_end(struct scram_mac *mac)
{
    if (mac->ctx != NULL && libcrypto_enter()) {
        EVP_MAC_CTX_free(mac->ctx); /* which wipes */
        libcrypto_leave();
    }
    *mac = (struct scram_mac){0};
}

enum scram_status
scram_hmac(enum scram_mechanism mechanism, struct slice key,
           const struct slice *parts, size_t count, struct secret_key *hmac)
{
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(mechanism, &mac);

    if (status == SCRAM_OK)
        status = scram_mac_key(&mac, key);
    if (status == SCRAM_OK)
        status = scram_mac_compute(&mac, parts, count, hmac);
    return status;
}

static bool
pbkdf2(enum scram_mechanism mechanism, struct slice password, struct slice salt,
       uint32_t iterations, struct secret_key *out)
{
    bool derived;

    if (!libcrypto_enter())
        return false;
    hashes_fetch();
    derived = hashes[mechanism].md != NULL &&
              PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.len,
                                salt.data, (int)salt.len, (int)iterations,
                                hashes[mechanism].md,
                                (int)scram_hash_len(mechanism), out->data);
    libcrypto_leave();
    return derived;
}

/* Hi() is PBKDF2 with HMAC and one block of output (RFC 5802, section 2.2). */
static enum scram_status
salted_password(enum scram_mechanism mechanism, struct slice password,
                struct slice salt, uint32_t iterations, struct secret_key *out)
{
    struct secret prepared CLEANUP_SECRET = {0};
    enum scram_status status = scram_prepare_password(password, &prepared);

    if (status != SCRAM_OK)
        return status;
    if (salt.len == 0 || salt.len > INT32_MAX || iterations == 0 ||
        iterations > INT32_MAX)
        return SCRAM_BAD_ARGUMENT;
    return pbkdf2(mechanism, secret_slice(&prepared), salt, iterations, out)
               ? SCRAM_OK
               : SCRAM_CRYPTO_FAILED;
}

enum scram_status
scram_keys_of_salted_password(enum scram_mechanism mechanism,
                              const struct secret_key *salted,
                              struct scram_keys *keys)
{
    struct slice client = SLICE("Client Key"), server = SLICE("Server Key");
    struct scram_mac mac CLEANUP_MAC = {0};
    enum scram_status status = scram_mac_begin(mechanism, &mac);

    *keys = (struct scram_keys){0};
    if (status == SCRAM_OK)
        status = scram_mac_key(&mac, scram_key_slice(mechanism, salted));
    if (status == SCRAM_OK)
        status = scram_mac_compute(&mac, &client, 1, &keys->client_key);
    if (status == SCRAM_OK)
        status = scram_mac_compute(&mac, &server, 1, &keys->server_key);
    if (status == SCRAM_OK)
        status =
            scram_h(mechanism, scram_key_slice(mechanism, &keys->client_key),
                    &keys->stored_key);
    if (status != SCRAM_OK)
        scram_keys_wipe(keys);
    return status;
}

enum scram_status
scram_keys_derive(enum scram_mechanism mechanism, struct slice password,
                  struct slice salt, uint32_t iterations,
                  struct scram_keys *keys)
{
    struct secret_key salted CLEANUP_KEY;
    enum scram_status status =
        salted_password(mechanism, password, salt, iterations, &salted);

    *keys = (struct scram_keys){0};
    if (status == SCRAM_OK)
        status = scram_keys_of_salted_password(mechanism, &salted, keys);
    return status;
}
