#include "pbkdf2.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <strings.h>

#include "base/base64.h"
#include "base/big_endian.h"
#include "base/config.h"

#define BYTES_MAX 512 /* of a hash, its salt or all of its fields */

static inline void
pbkdf2_wipe(struct pbkdf2 *h)
{
    OPENSSL_cleanse(h, sizeof(*h));
}

bool
pbkdf2_base64(struct slice text, struct buffer *bytes)
{
    uint8_t space[BASE64_LEN(BYTES_MAX)]; /* whole fours */
    struct buffer padded = BUFFER_ARRAY(space);
    bool decoded;
    size_t i;

    buffer_put(&padded, text);
    while (padded.len % 4 != 0)
        buffer_put(&padded, SLICE("="));
    for (i = 0; i < padded.len; i++)
        if (padded.data[i] == '.')
            padded.data[i] = '+';
    decoded = !padded.overflow && base64_decode(buffer_slice(&padded), bytes);
    OPENSSL_cleanse(space, sizeof(space));
    return decoded;
}

void
pbkdf2_set_salt(struct pbkdf2 *h, struct slice salt)
{
    h->salt_fits = salt.len > 0 && salt.len <= sizeof(h->salt);
    h->salt_len = salt.len;
    if (h->salt_fits)
        memcpy(h->salt, salt.data, salt.len);
}

static bool
pbkdf2_read_key(struct slice text, struct pbkdf2 *h)
{
    struct buffer key = BUFFER_ARRAY(h->key);
    bool read = pbkdf2_base64(text, &key);

    h->key_len = key.len;
    return read;
}

/* N "$" rest */
static bool
pbkdf2_take_iterations(struct slice *text, struct pbkdf2 *h)
{
    return slice_take_until(text, '$', &h->iterations);
}

/* N "$" ab64-salt "$" ab64-key */
static bool
read_ab64(struct slice text, struct pbkdf2 *h)
{
    uint8_t space[BYTES_MAX];
    struct buffer salt = BUFFER_ARRAY(space);
    struct slice written;

    if (!pbkdf2_take_iterations(&text, h) ||
        !slice_take_until(&text, '$', &written) ||
        !pbkdf2_base64(written, &salt))
        return false;
    pbkdf2_set_salt(h, buffer_slice(&salt));
    return pbkdf2_read_key(text, h);
}

/* N "$" salt "$" base64-key: the salt's characters are its bytes. */
static bool
read_django(struct slice text, struct pbkdf2 *h)
{
    struct slice salt;

    if (!pbkdf2_take_iterations(&text, h) ||
        !slice_take_until(&text, '$', &salt))
        return false;
    pbkdf2_set_salt(h, salt);
    return pbkdf2_read_key(text, h);
}

static int
pbkdf2_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* N "$" salt "$" hexadecimal-key; the salt likewise */
static bool
read_werkzeug(struct slice text, struct pbkdf2 *h)
{
    struct slice salt;
    size_t i;

    if (!pbkdf2_take_iterations(&text, h) ||
        !slice_take_until(&text, '$', &salt))
        return false;
    pbkdf2_set_salt(h, salt);
    if (text.len % 2 != 0 || text.len / 2 > sizeof(h->key))
        return false;
    for (i = 0; i < text.len; i += 2) {
        int high = pbkdf2_hex_digit(text.data[i]),
            low = pbkdf2_hex_digit(text.data[i + 1]);

        if (high < 0 || low < 0)
            return false;
        h->key[i / 2] = (uint8_t)(high << 4 | low);
    }
    h->key_len = text.len / 2;
    return true;
}

/* The number that four bytes are, written where its text is looked for. */
static struct slice
number_text(const uint8_t *bytes, char text[11])
{
    snprintf(text, 11, "%u", (unsigned)big_endian_read(bytes, 4));
    return slice_of(text);
}

#define DS_SALT 64
#define DS_KEY 256

/* base64 of: iterations, four bytes; salt, 64; key, 256 */
static bool
read_ds(struct slice text, struct pbkdf2 *h, char number[11])
{
    uint8_t space[4 + DS_SALT + DS_KEY];
    struct buffer bytes = BUFFER_ARRAY(space);
    bool read = pbkdf2_base64(text, &bytes) && bytes.len == sizeof(space);

    if (read) {
        h->iterations = number_text(space, number);
        pbkdf2_set_salt(h, (struct slice){space + 4, DS_SALT});
        memcpy(h->key, space + 4 + DS_SALT, DS_KEY);
        h->key_len = DS_KEY;
    }
    OPENSSL_cleanse(space, sizeof(space));
    return read;
}

/* base64 of: 1, one byte; the hash function, 1 for SHA-256, iterations and the
 * length of the salt, four bytes each; salt; key */
static bool
read_aspnet(struct slice text, struct pbkdf2 *h, char number[11])
{
    uint8_t space[BYTES_MAX];
    struct buffer bytes = BUFFER_ARRAY(space);
    bool read = pbkdf2_base64(text, &bytes) && bytes.len >= 13;
    size_t salt_len = read ? (size_t)big_endian_read(space + 9, 4) : 0;

    read = read && salt_len <= bytes.len - 13;
    if (read) {
        h->iterations = number_text(space + 5, number);
        pbkdf2_set_salt(h, (struct slice){space + 13, salt_len});
        h->key_len = bytes.len - 13 - salt_len;
        memcpy(h->key, space + 13 + salt_len, h->key_len);
    }
    OPENSSL_cleanse(space, sizeof(space));
    return read;
}

enum form {
    FORM_AB64,
    FORM_DJANGO,
    FORM_WERKZEUG,
    FORM_DS,
    FORM_KEYCLOAK,
    FORM_ASPNET,
    FORM_OTHER,
};

/* By their prefixes, of which the longer ones come first. */
static const struct kind {
    const char *prefix; /* in any case, if it begins with a brace */
    enum form form;
    const char *name; /* of another kind, for people */
} kinds[] = {
    {"{PBKDF2-SHA256}", FORM_AB64, NULL},
    {"{PBKDF2_SHA256}", FORM_DS, NULL},
    {"{PBKDF2-SHA512}", FORM_OTHER, "PBKDF2 with HMAC-SHA-512"},
    {"{PBKDF2_SHA512}", FORM_OTHER, "PBKDF2 with HMAC-SHA-512"},
    {"{PBKDF2", FORM_OTHER, "PBKDF2 with HMAC-SHA-1"},
    {"{\"", FORM_KEYCLOAK, NULL},
    {"{ARGON2", FORM_OTHER, "Argon2"},
    {"{CRYPT}", FORM_OTHER, "crypt(3)'s"},
    {"{SSHA", FORM_OTHER, "a salted hash of SHA-1 or SHA-2"},
    {"{SHA", FORM_OTHER, "a hash of SHA-1 or SHA-2"},
    {"{SMD5}", FORM_OTHER, "a salted hash of MD5"},
    {"{MD5}", FORM_OTHER, "a hash of MD5"},
    {"{CLEAR", FORM_OTHER, "a password as it is, which csv takes,"},
    {"{SASL}", FORM_OTHER, "a name by which SASL asks another server,"},
    {"pbkdf2_sha256$", FORM_DJANGO, NULL},
    {"$pbkdf2-sha256$", FORM_AB64, NULL},
    {"pbkdf2:sha256:", FORM_WERKZEUG, NULL},
    {"AQAAAAEA", FORM_ASPNET, NULL},
    {"AQAAAAIA", FORM_OTHER, "PBKDF2 with HMAC-SHA-512"},
    {"AQAAAAAA", FORM_OTHER, "PBKDF2 with HMAC-SHA-1"},
    {"pbkdf2_sha1$", FORM_OTHER, "PBKDF2 with HMAC-SHA-1"},
    {"$pbkdf2$", FORM_OTHER, "PBKDF2 with HMAC-SHA-1"},
    {"$pbkdf2-sha512$", FORM_OTHER, "PBKDF2 with HMAC-SHA-512"},
    {"pbkdf2:sha512:", FORM_OTHER, "PBKDF2 with HMAC-SHA-512"},
    {"pbkdf2:sha1:", FORM_OTHER, "PBKDF2 with HMAC-SHA-1"},
    {"scrypt", FORM_OTHER, "scrypt"},
    {"$scrypt$", FORM_OTHER, "scrypt"},
    {"argon2", FORM_OTHER, "Argon2"},
    {"$argon2", FORM_OTHER, "Argon2"},
    {"bcrypt", FORM_OTHER, "bcrypt"},
    {"$2", FORM_OTHER, "bcrypt"},
    {"$apr1$", FORM_OTHER, "htpasswd's of MD5"},
    {"$1$", FORM_OTHER, "crypt(3)'s"},
    {"$5$", FORM_OTHER, "crypt(3)'s"},
    {"$6$", FORM_OTHER, "crypt(3)'s"},
    {"$7$", FORM_OTHER, "crypt(3)'s"},
    {"$y$", FORM_OTHER, "crypt(3)'s"},
};

static const struct kind *
pbkdf2_find_kind(struct slice text)
{
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *prefix = kinds[i].prefix;
        size_t len = strlen(prefix);

        if (text.len >= len &&
            (prefix[0] == '{'
                 ? strncasecmp((const char *)text.data, prefix, len) == 0
                 : memcmp(text.data, prefix, len) == 0))
            return &kinds[i];
    }
    return NULL;
}

bool
pbkdf2_is_hash(struct slice text)
{
    return pbkdf2_find_kind(text) != NULL;
}

/* What SCRAM asks of a hash, and a store of its salt. */
static enum pbkdf2_status
pbkdf2_make(const struct pbkdf2 *h, struct scram_verifier *verifier,
            struct sentence *why)
{
    struct secret_key salted CLEANUP_KEY;
    uint32_t iterations;

    if (!slice_decimal(h->iterations, CONFIG_ITERATIONS_MAX, &iterations))
        sentence_write(why,
                       "its iterations are no number up to %d, which clients "
                       "refuse to exceed",
                       CONFIG_ITERATIONS_MAX);
    else if (iterations < SCRAM_ITERATIONS_MIN)
        sentence_write(why,
                       "its hash has %u iterations, and clients refuse fewer "
                       "than %d; the user needs a new password",
                       (unsigned)iterations, SCRAM_ITERATIONS_MIN);
    else if (!h->salt_fits)
        sentence_write(why,
                       "its salt has %zu bytes, and a store takes 1 to %d; "
                       "the user needs a new password",
                       h->salt_len, SCRAM_SALT_MAX);
    else if (h->key_len < sizeof(salted.data))
        sentence_write(why,
                       "its hash was cut to %zu bytes, and SCRAM needs %zu; "
                       "the user needs a new password",
                       h->key_len, sizeof(salted.data));
    else {
        memcpy(salted.data, h->key, sizeof(salted.data));
        if (scram_verifier_of_salted_password(
                SCRAM_SHA_256, &salted, (struct slice){h->salt, h->salt_len},
                iterations, verifier) == SCRAM_OK)
            return PBKDF2_TAKEN;
        sentence_write(why, "libcrypto failed");
    }
    return PBKDF2_BAD;
}

/* Read what follows the prefix, or all of it where that is a part of it. */
static bool
read_form(enum form form, struct slice text, struct slice rest,
          struct pbkdf2 *h, char number[11])
{
    switch (form) {
    case FORM_AB64:
        return read_ab64(rest, h);
    case FORM_DJANGO:
        return read_django(rest, h);
    case FORM_WERKZEUG:
        return read_werkzeug(rest, h);
    case FORM_DS:
        return read_ds(rest, h, number);
    default:
        return read_aspnet(text, h, number);
    }
}

enum pbkdf2_status
pbkdf2_read(struct slice text, struct scram_verifier *verifier,
            struct sentence *why)
{
    struct pbkdf2 h __attribute__((cleanup(pbkdf2_wipe))) = {.salt_len = 0};
    const struct kind *kind = pbkdf2_find_kind(text);
    enum pbkdf2_status status = PBKDF2_TAKEN;
    struct slice rest = text;
    char number[11];

    if (kind == NULL || kind->form == FORM_OTHER) {
        sentence_write(why,
                       "its password is %s%s; only hashes of PBKDF2 with "
                       "HMAC-SHA-256 can be taken over",
                       kind == NULL ? "not hashed in a way that is known"
                                    : kind->name,
                       kind == NULL ? "" : " and the user needs a new one");
        return PBKDF2_OTHER;
    }
    rest.data += strlen(kind->prefix);
    rest.len -= strlen(kind->prefix);
    if (kind->form == FORM_KEYCLOAK)
        status = pbkdf2_read_keycloak(text, &h, why);
    else if (!read_form(kind->form, text, rest, &h, number)) {
        sentence_write(why,
                       "what follows %s is not what it is in such a hash, or "
                       "it was cut off",
                       kind->prefix);
        status = PBKDF2_BAD;
    }
    return status == PBKDF2_TAKEN ? pbkdf2_make(&h, verifier, why) : status;
}
