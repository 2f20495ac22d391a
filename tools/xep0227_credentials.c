#include "xep0227_credentials.h"

#include "base/base64.h"

void
credentials_begin(struct credentials *credentials, const char *mechanism)
{
    *credentials = (struct credentials){.known = false};
    if (mechanism != NULL)
        credentials->known = scram_mechanism_by_name(slice_of(mechanism),
                                                     &credentials->mechanism);
}

void
credentials_begin_field(struct credentials_field *field)
{
    field->bad = field->len != 0;
}

void
credentials_put(struct credentials_field *field, struct slice text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ') /* in neither a number nor base64 */
            continue;
        field->bad = field->bad || field->len == sizeof(field->data);
        if (!field->bad)
            field->data[field->len++] = text.data[i];
    }
}

/* Decode ejabberd's base64 of a base64; what is none stays as it is. */
static void
decode(struct credentials_field *field)
{
    uint8_t space[sizeof(field->data)];
    struct buffer once = BUFFER_ARRAY(space);

    if (base64_decode((struct slice){field->data, field->len}, &once)) {
        memcpy(field->data, once.data, once.len);
        field->len = once.len;
    }
    OPENSSL_cleanse(space, sizeof(space));
}

/* Mend what the programs that write them get wrong, as a key's length shows:
 * ejabberd encodes twice, and Prosody's migrator, which does not read Prosody's
 * configuration, says SCRAM-SHA-1 of whatever there is. */
static void
mend(struct credentials *c)
{
    size_t len = c->stored_key.len;

    if (len == BASE64_LEN(BASE64_LEN(scram_hash_len(c->mechanism)))) {
        decode(&c->salt);
        decode(&c->stored_key);
        decode(&c->server_key);
    } else if (len == BASE64_LEN(scram_hash_len(SCRAM_SHA_256))) {
        c->mechanism = SCRAM_SHA_256;
    }
}

/* Write them as a verifier is written elsewhere; false if there are too many,
 * or too long ones. */
static bool
xep0227_credentials_as_text(const struct credentials *c, struct buffer *text)
{
    const struct credentials_field *const fields[] = {
        &c->iterations, &c->salt, &c->stored_key, &c->server_key};
    static const char separators[] = "$:$:";
    bool bad = false;
    size_t i;

    buffer_put(text, slice_of(scram_mechanism_name(c->mechanism)));
    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        buffer_put(text, (struct slice){(const uint8_t *)&separators[i], 1});
        buffer_put(text, (struct slice){fields[i]->data, fields[i]->len});
        bad = bad || fields[i]->bad;
    }
    return !bad && !text->overflow;
}

enum format_status
credentials_end(struct credentials *credentials,
                struct scram_verifier *verifier, struct sentence *why)
{
    uint8_t space[SCRAM_VERIFIER_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(space);
    struct record record = {.disabled = false};
    enum format_status status = FORMAT_END;

    if (credentials->known)
        mend(credentials);
    if (credentials->known && xep0227_credentials_as_text(credentials, &text) &&
        scram_verifier_parse(buffer_slice(&text), &record.verifier) ==
            SCRAM_OK) {
        status = format_verifier(buffer_slice(&text), &record, why);
        *verifier = record.verifier;
    } else if (credentials->known) {
        sentence_write(why,
                       "its credentials for %s are not a count, a salt and two "
                       "keys, each once",
                       scram_mechanism_name(credentials->mechanism));
        status = FORMAT_BAD;
    }
    scram_verifier_wipe(&record.verifier);
    OPENSSL_cleanse(space, sizeof(space));
    OPENSSL_cleanse(credentials, sizeof(*credentials));
    return status;
}
