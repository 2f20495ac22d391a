#include "scram/verifier.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/big_endian.h"
#include "scram/keys.h"

static const struct {
    const char *name;
    size_t hash_len;
    uint32_t iterations;
} mechanisms[SCRAM_MECHANISMS] = {
    /* A SHA-1 verifier gets more, for the same time of an attacker: both
     * figures are those of OWASP's Password Storage Cheat Sheet. */
    [SCRAM_SHA_256] = {"SCRAM-SHA-256", 32, 600000},
    [SCRAM_SHA_1] = {"SCRAM-SHA-1", 20, 1300000},
};

const char *
scram_mechanism_name(enum scram_mechanism mechanism)
{
    return mechanisms[mechanism].name;
}

bool
scram_mechanism_by_name(struct slice name, enum scram_mechanism *mechanism)
{
    int i;

    for (i = 0; i < SCRAM_MECHANISMS; i++) {
        if (slice_equal(name, slice_of(mechanisms[i].name))) {
            *mechanism = (enum scram_mechanism)i;
            return true;
        }
    }
    return false;
}

size_t
scram_hash_len(enum scram_mechanism mechanism)
{
    return mechanisms[mechanism].hash_len;
}

uint32_t
scram_default_iterations(enum scram_mechanism mechanism)
{
    return mechanisms[mechanism].iterations;
}

void
scram_verifier_wipe(struct scram_verifier *verifier)
{
    OPENSSL_cleanse(verifier, sizeof(*verifier));
}

static void
set_salt(struct scram_verifier *verifier, struct slice salt)
{
    verifier->salt_len = (uint8_t)salt.len;
    memcpy(verifier->salt, salt.data, salt.len);
}

/* Make a verifier of keys, and wipe them. */
static void
scram_verifier_take_keys(enum scram_mechanism mechanism,
                         struct scram_keys *keys, struct slice salt,
                         uint32_t iterations, struct scram_verifier *verifier)
{
    *verifier = (struct scram_verifier){
        .mechanism = mechanism,
        .iterations = iterations,
        .stored_key = keys->stored_key,
        .server_key = keys->server_key,
        .enabled = true,
    };
    set_salt(verifier, salt);
    scram_keys_wipe(keys);
}

enum scram_status
scram_verifier_derive(enum scram_mechanism mechanism, struct slice password,
                      struct slice salt, uint32_t iterations,
                      struct scram_verifier *verifier)
{
    struct scram_keys keys;
    enum scram_status status;

    if (salt.len > SCRAM_SALT_MAX || iterations < SCRAM_ITERATIONS_MIN)
        return SCRAM_BAD_ARGUMENT;
    status = scram_keys_derive(mechanism, password, salt, iterations, &keys);
    if (status == SCRAM_OK)
        scram_verifier_take_keys(mechanism, &keys, salt, iterations, verifier);
    return status;
}

enum scram_status
scram_verifier_of_salted_password(enum scram_mechanism mechanism,
                                  const struct secret_key *salted,
                                  struct slice salt, uint32_t iterations,
                                  struct scram_verifier *verifier)
{
    struct scram_keys keys;
    enum scram_status status;

    if (salt.len == 0 || salt.len > SCRAM_SALT_MAX ||
        iterations < SCRAM_ITERATIONS_MIN)
        return SCRAM_BAD_ARGUMENT;
    status = scram_keys_of_salted_password(mechanism, salted, &keys);
    if (status == SCRAM_OK)
        scram_verifier_take_keys(mechanism, &keys, salt, iterations, verifier);
    return status;
}

struct scram_decoys {
    struct scram_mac mac; /* has the secret as its key */
};

enum scram_status
scram_decoys_new(struct slice secret, struct scram_decoys **decoys)
{
    struct scram_decoys *made;
    enum scram_status status;

    if (secret.len != SCRAM_DECOY_SECRET_LEN)
        return SCRAM_BAD_ARGUMENT;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return SCRAM_NO_MEMORY;
    status = scram_mac_begin(SCRAM_SHA_256, &made->mac);
    if (status == SCRAM_OK)
        status = scram_mac_key(&made->mac, secret);
    if (status == SCRAM_OK)
        *decoys = made;
    else
        scram_decoys_free(made);
    return status;
}

void
scram_decoys_free(struct scram_decoys *decoys)
{
    if (decoys != NULL)
        scram_mac_end(&decoys->mac);
    free(decoys);
}

enum scram_status
scram_decoys_draw(struct scram_decoys *decoys, struct slice user,
                  unsigned *number)
{
    struct secret_key bytes;
    enum scram_status status =
        scram_mac_compute(&decoys->mac, &user, 1, &bytes);

    if (status == SCRAM_OK)
        *number = bytes.data[0] >> 4;
    return status;
}

/* Fill the salt with the secret's HMACs of a counter, the mechanism, the count
 * and the user. No user's name begins as that does, so no salt shows what
 * scram_decoys_draw draws. */
static enum scram_status
decoy_salt(struct scram_mac *mac, struct slice user,
           struct scram_verifier *decoy)
{
    struct slice name = slice_of(mechanisms[decoy->mechanism].name);
    uint8_t counter = 0, count[4];
    struct slice parts[] = {
        {&counter, 1}, name, SLICE("\0"), SLICE_ARRAY(count), user};
    struct secret_key bytes;
    size_t done = 0;

    big_endian_write(count, sizeof(count), decoy->iterations);
    while (done < decoy->salt_len) {
        size_t n = decoy->salt_len - done;
        enum scram_status status = scram_mac_compute(mac, parts, 5, &bytes);

        if (status != SCRAM_OK)
            return status;
        if (n > sizeof(bytes.data))
            n = sizeof(bytes.data);
        memcpy(decoy->salt + done, bytes.data, n);
        done += n;
        counter++;
    }
    return SCRAM_OK;
}

enum scram_status
scram_verifier_decoy(struct scram_decoys *decoys,
                     enum scram_mechanism mechanism, struct slice user,
                     uint32_t iterations, uint8_t salt_len,
                     struct scram_verifier *verifier)
{
    /* Its keys are zero: nobody knows a ClientKey that H makes zero of, and
     * an acceptor refuses one that is not enabled whatever it verifies. */
    struct scram_verifier decoy = {
        .mechanism = mechanism,
        .iterations = iterations,
        .salt_len = salt_len,
    };
    enum scram_status status;

    if (salt_len == 0 || salt_len > SCRAM_SALT_MAX)
        return SCRAM_BAD_ARGUMENT;
    status = decoy_salt(&decoys->mac, user, &decoy);
    if (status == SCRAM_OK)
        *verifier = decoy;
    return status;
}

/* Exactly @p len bytes in base64. */
static bool
key_parse(struct slice text, size_t len, struct secret_key *key)
{
    struct buffer bytes = {key->data, 0, len, false};

    return base64_decode(text, &bytes) && bytes.len == len;
}

/* stored-key ":" server-key, by their length: nothing is looked for in them. */
static bool
keys_parse(struct slice text, struct scram_verifier *verifier)
{
    size_t len = mechanisms[verifier->mechanism].hash_len;
    size_t text_len = BASE64_LEN(len);

    return text.len == 2 * text_len + 1 && text.data[text_len] == ':' &&
           key_parse((struct slice){text.data, text_len}, len,
                     &verifier->stored_key) &&
           key_parse((struct slice){text.data + text_len + 1, text_len}, len,
                     &verifier->server_key);
}

/*
 * RFC 5803, section 2:
 *   scram-mech "$" iter-count ":" salt "$" stored-key ":" server-key
 */
enum scram_status
scram_verifier_parse(struct slice text, struct scram_verifier *verifier)
{
    struct scram_verifier parsed CLEANUP_VERIFIER = {.enabled = true};
    struct slice rest = text, mechanism, count, salt;
    struct buffer salt_bytes = BUFFER_ARRAY(parsed.salt);

    if (text.len > SCRAM_VERIFIER_TEXT_MAX ||
        !slice_take_until(&rest, '$', &mechanism) ||
        !slice_take_until(&rest, ':', &count) ||
        !slice_take_until(&rest, '$', &salt) ||
        !scram_mechanism_by_name(mechanism, &parsed.mechanism) ||
        !slice_decimal(count, INT32_MAX, &parsed.iterations) ||
        !base64_decode(salt, &salt_bytes) || salt_bytes.len == 0)
        return SCRAM_BAD_ENCODING;
    parsed.salt_len = (uint8_t)salt_bytes.len;
    if (!keys_parse(rest, &parsed))
        return SCRAM_BAD_ENCODING;
    *verifier = parsed;
    return SCRAM_OK;
}

void
scram_verifier_format(const struct scram_verifier *v, struct buffer *text)
{
    char count[16];

    snprintf(count, sizeof(count), "$%u:", (unsigned)v->iterations);
    buffer_put(text, slice_of(mechanisms[v->mechanism].name));
    buffer_put(text, slice_of(count));
    base64_encode((struct slice){v->salt, v->salt_len}, text);
    buffer_put(text, SLICE("$"));
    base64_encode(scram_key_slice(v->mechanism, &v->stored_key), text);
    buffer_put(text, SLICE(":"));
    base64_encode(scram_key_slice(v->mechanism, &v->server_key), text);
}
