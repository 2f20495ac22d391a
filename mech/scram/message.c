#include "scram/message.h"

#include "base/utf8.h"

/* A message that is being read, attribute by attribute. */
struct reader {
    struct slice rest;
    uint64_t seen; /* a bit for each letter */
};

struct attribute {
    char name;
    struct slice value;
};

static uint64_t
letter_bit(uint8_t c)
{
    if (c >= 'a' && c <= 'z')
        return UINT64_C(1) << (c - 'a');
    if (c >= 'A' && c <= 'Z')
        return UINT64_C(1) << (26 + c - 'A');
    return 0;
}

/*
 * attr-val        = ALPHA "=" value
 *
 * and the "," that stands before the next one. A value may be empty here:
 * c= is, where there are no channel bindings. No attribute comes twice, and
 * "m", which announces an extension that must be understood, is none of ours.
 */
static enum scram_status
any_attribute(struct reader *r, struct attribute *a)
{
    struct slice rest = r->rest;
    const uint8_t *comma;
    uint64_t bit;

    if (rest.len < 2 || rest.data[1] != '=')
        return SCRAM_BAD_ENCODING;
    bit = letter_bit(rest.data[0]);
    if (bit == 0 || (r->seen & bit) != 0)
        return SCRAM_BAD_ENCODING;
    if (rest.data[0] == 'm')
        return SCRAM_UNSUPPORTED_EXTENSION;
    r->seen |= bit;

    a->name = (char)rest.data[0];
    a->value = (struct slice){rest.data + 2, rest.len - 2};
    comma = memchr(a->value.data, ',', a->value.len);
    if (comma == NULL) {
        r->rest = (struct slice){rest.data + rest.len, 0};
        return SCRAM_OK;
    }
    a->value.len = (size_t)(comma - a->value.data);
    r->rest.data = comma + 1;
    r->rest.len = rest.len - 2 - a->value.len - 1;
    /* A message does not end in a comma. */
    return r->rest.len == 0 ? SCRAM_BAD_ENCODING : SCRAM_OK;
}

static enum scram_status
next_attribute(struct reader *r, char name, struct slice *value)
{
    struct attribute a;
    enum scram_status status = any_attribute(r, &a);

    if (status == SCRAM_OK && a.name != name)
        status = SCRAM_BAD_ENCODING;
    if (status == SCRAM_OK)
        *value = a.value;
    return status;
}

/*
 * value-safe-char = %x01-2B / %x2D-3C / %x3E-7F / UTF8-2 / UTF8-3 / UTF8-4
 * value-char      = value-safe-char / "="
 * value           = 1*value-char
 */
static bool
is_value(struct slice s)
{
    if (s.len == 0)
        return false;
    while (s.len != 0) {
        size_t n = utf8_char_len(s);

        if (n == 0)
            return false;
        s.data += n;
        s.len -= n;
    }
    return true;
}

/* Whether @p a may stand where extensions do: a letter that RFC 5802, section
 * 5.1, gives no meaning, and a value. */
static bool
is_extension(const struct attribute *a)
{
    return strchr("anmrcsipve", a->name) == NULL && is_value(a->value);
}

/* extensions = attr-val *("," attr-val), to the end of the message */
static enum scram_status
skip_extensions(struct reader *r)
{
    while (r->rest.len != 0) {
        struct attribute a;
        enum scram_status status = any_attribute(r, &a);

        if (status != SCRAM_OK)
            return status;
        if (!is_extension(&a))
            return SCRAM_BAD_ENCODING;
    }
    return SCRAM_OK;
}

/*
 * printable       = %x21-2B / %x2D-7E
 * c-nonce         = printable
 */
static bool
scram_message_is_nonce(struct slice s)
{
    size_t i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 0x21 || s.data[i] > 0x7e || s.data[i] == ',')
            return false;
    }
    return s.len != 0;
}

/* nonce           = "r=" c-nonce [s-nonce] */
static enum scram_status
next_nonce(struct reader *r, struct slice *nonce)
{
    enum scram_status status = next_attribute(r, 'r', nonce);

    if (status == SCRAM_OK && !scram_message_is_nonce(*nonce))
        status = SCRAM_BAD_ENCODING;
    return status;
}

/* posit-number    = %x31-39 *DIGIT */
static bool
posit_number(struct slice s, uint32_t *number)
{
    size_t i;

    if (slice_decimal(s, UINT32_MAX, number))
        return true;
    *number = UINT32_MAX;
    for (i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    }
    return s.len != 0 && s.data[0] != '0';
}

/*
 * client-first-message-bare =
 *                   [reserved-mext ","]
 *                   username "," nonce ["," extensions]
 * username        = "n=" saslname
 */
enum scram_status
scram_client_first_parse(struct slice bytes, struct scram_client_first *message)
{
    struct scram_client_first parsed;
    struct reader r = {bytes, 0};
    enum scram_status status;

    if (bytes.len > SCRAM_CLIENT_FIRST_MAX)
        return SCRAM_BAD_ENCODING;
    status = next_attribute(&r, 'n', &parsed.user);
    if (status == SCRAM_OK && parsed.user.len == 0)
        status = SCRAM_BAD_ENCODING;
    if (status == SCRAM_OK)
        status = next_nonce(&r, &parsed.nonce);
    if (status == SCRAM_OK && parsed.nonce.len > SCRAM_CLIENT_NONCE_MAX)
        status = SCRAM_BAD_ENCODING;
    if (status == SCRAM_OK)
        status = skip_extensions(&r);
    if (status == SCRAM_OK)
        *message = parsed;
    return status;
}

/*
 * server-first-message =
 *                   [reserved-mext ","] nonce "," salt ","
 *                   iteration-count ["," extensions]
 * salt            = "s=" base64
 * iteration-count = "i=" posit-number
 */
enum scram_status
scram_server_first_parse(struct slice bytes, struct scram_server_first *message)
{
    struct scram_server_first parsed;
    struct slice count;
    struct reader r = {bytes, 0};
    enum scram_status status;

    if (bytes.len > SCRAM_TOKEN_MAX)
        return SCRAM_BAD_ENCODING;
    status = next_nonce(&r, &parsed.nonce);
    if (status == SCRAM_OK)
        status = next_attribute(&r, 's', &parsed.salt);
    if (status == SCRAM_OK)
        status = next_attribute(&r, 'i', &count);
    if (status == SCRAM_OK &&
        (parsed.salt.len == 0 || !posit_number(count, &parsed.iterations)))
        status = SCRAM_BAD_ENCODING;
    if (status == SCRAM_OK)
        status = skip_extensions(&r);
    if (status == SCRAM_OK)
        *message = parsed;
    return status;
}

/*
 * client-final-message-without-proof =
 *                   channel-binding "," nonce ["," extensions]
 * client-final-message =
 *                   client-final-message-without-proof "," proof
 * channel-binding = "c=" base64
 * proof           = "p=" base64
 */
enum scram_status
scram_client_final_parse(struct slice bytes, struct scram_client_final *message)
{
    struct scram_client_final parsed;
    struct attribute a = {0};
    struct reader r = {bytes, 0};
    struct slice rest;
    enum scram_status status;

    if (bytes.len > SCRAM_TOKEN_MAX)
        return SCRAM_BAD_ENCODING;
    status = next_attribute(&r, 'c', &parsed.channel_binding);
    if (status == SCRAM_OK)
        status = next_nonce(&r, &parsed.nonce);

    /* The proof is the last attribute; what stands before it is an extension,
     * to be skipped and still signed. */
    while (status == SCRAM_OK && a.name != 'p') {
        rest = r.rest;
        status = any_attribute(&r, &a);
        if (status == SCRAM_OK && a.name != 'p' && !is_extension(&a))
            status = SCRAM_BAD_ENCODING;
    }
    if (status == SCRAM_OK && (r.rest.len != 0 || a.value.len == 0))
        status = SCRAM_BAD_ENCODING;
    if (status != SCRAM_OK)
        return status;
    parsed.proof = a.value;
    parsed.without_proof = slice_before(bytes, rest);
    parsed.without_proof.len--; /* the comma */
    *message = parsed;
    return SCRAM_OK;
}

/*
 * server-error    = "e=" server-error-value
 * verifier        = "v=" base64
 * server-final-message = (server-error / verifier) ["," extensions]
 */
enum scram_status
scram_server_final_parse(struct slice bytes, struct scram_server_final *message)
{
    struct scram_server_final parsed = {0};
    struct attribute a;
    struct reader r = {bytes, 0};
    enum scram_status status;

    if (bytes.len > SCRAM_TOKEN_MAX)
        return SCRAM_BAD_ENCODING;
    status = any_attribute(&r, &a);
    if (status != SCRAM_OK)
        return status;
    if (!is_value(a.value))
        return SCRAM_BAD_ENCODING;
    if (a.name == 'e')
        parsed.error = a.value;
    else if (a.name == 'v')
        parsed.verifier = a.value;
    else
        return SCRAM_BAD_ENCODING;
    status = skip_extensions(&r);
    if (status == SCRAM_OK)
        *message = parsed;
    return status;
}

/* The words for what a client may know; "other-error" for the rest. */
void
scram_server_error_format(enum scram_status status, struct buffer *token)
{
    struct slice word = SLICE("other-error");

    switch (status) {
    case SCRAM_BAD_ENCODING:
    case SCRAM_BAD_NONCE:
        word = SLICE("invalid-encoding");
        break;
    case SCRAM_UNSUPPORTED_EXTENSION:
        word = SLICE("extensions-not-supported");
        break;
    case SCRAM_BAD_USERNAME:
        word = SLICE("invalid-username-encoding");
        break;
    case SCRAM_BAD_PROOF:
        word = SLICE("invalid-proof");
        break;
    case SCRAM_BAD_BINDINGS:
        word = SLICE("channel-bindings-dont-match");
        break;
    case SCRAM_NO_RESOURCES:
        word = SLICE("no-resources");
        break;
    default:
        break;
    }
    buffer_put(token, SLICE("e="));
    buffer_put(token, word);
}
