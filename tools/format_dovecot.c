/*
 * Dovecot's passwd-file, in which a user of SCRAM has
 *
 *   user:{SCRAM-SHA-256}<iterations>,<salt>,<StoredKey>,<ServerKey>:...
 *
 * and after six more fields extra ones, of which nologin keeps a user out.
 */
#include "format.h"

#include "base/base64.h"

/* Take what stands before @p end, or all where there is none. */
static struct slice
take_until(struct slice *rest, char end)
{
    const uint8_t *at =
        rest->len == 0 ? NULL : memchr(rest->data, end, rest->len);
    struct slice taken = {rest->data,
                          at == NULL ? rest->len : (size_t)(at - rest->data)};

    *rest = at == NULL ? (struct slice){rest->data, 0}
                       : (struct slice){at + 1, rest->len - taken.len - 1};
    return taken;
}

/* Write "{scheme}1,2,3,4" as "scheme$1:2$3:4"; false if it is not that. */
static bool
as_text(struct slice password, struct buffer *text)
{
    struct slice scheme;
    static const char separators[] = "$:$:";
    int i;

    if (password.len == 0 || password.data[0] != '{')
        return false;
    password = (struct slice){password.data + 1, password.len - 1};
    scheme = take_until(&password, '}');
    buffer_put(text, scheme);
    for (i = 0; i < 4; i++) {
        buffer_put(text, (struct slice){(const uint8_t *)&separators[i], 1});
        buffer_put(text, take_until(&password, ','));
    }
    return !text->overflow && password.len == 0;
}

/* Whether the extra fields, after the seventh colon, keep the user out. */
static bool
has_nologin(struct slice rest)
{
    struct slice word;
    int i;

    for (i = 0; i < 5; i++)
        take_until(&rest, ':');
    while (rest.len > 0) {
        word = take_until(&rest, ' ');
        if (slice_equal(word, SLICE("nologin")) ||
            slice_starts_with(word, SLICE("nologin=")))
            return true;
    }
    return false;
}

static enum format_status
read_dovecot(struct source *source, struct record *record, struct sentence *why)
{
    struct buffer text = BUFFER_ARRAY(source->value);
    enum format_status status;
    struct slice rest;

    status = format_line(source, "#", &rest, record, why);
    if (status != FORMAT_RECORD)
        return status;
    record->user = take_until(&rest, ':');
    if (!as_text(take_until(&rest, ':'), &text)) {
        sentence_write(why, "its password is not {SCRAM-SHA-256}<iterations>,"
                            "<salt>,<StoredKey>,<ServerKey>");
        return FORMAT_BAD;
    }
    status = format_verifier(buffer_slice(&text), record, why);
    record->verifier.enabled = status == FORMAT_RECORD && !has_nologin(rest);
    return status;
}

static void
write_base64(FILE *stream, const uint8_t *bytes, size_t len)
{
    uint8_t space[BASE64_LEN(SCRAM_SALT_MAX)];
    struct buffer text = BUFFER_ARRAY(space);

    base64_encode((struct slice){bytes, len}, &text);
    fprintf(stream, ",%.*s", (int)text.len, (const char *)text.data);
    OPENSSL_cleanse(space, sizeof(space));
}

static bool
write_dovecot(FILE *stream, struct slice user,
              const struct scram_verifier *verifier, const char *base)
{
    size_t hash_len = scram_hash_len(verifier->mechanism);

    (void)base;
    if (user.data[0] == '#' || memchr(user.data, ':', user.len) != NULL)
        return false;
    fwrite(user.data, 1, user.len, stream);
    fprintf(stream, ":{%s}%u", scram_mechanism_name(verifier->mechanism),
            (unsigned)verifier->iterations);
    write_base64(stream, verifier->salt, verifier->salt_len);
    write_base64(stream, verifier->stored_key.data, hash_len);
    write_base64(stream, verifier->server_key.data, hash_len);
    fputs(verifier->enabled ? "::::::\n" : "::::::nologin\n", stream);
    return true;
}

const struct format format_dovecot = {
    "dovecot", read_dovecot, write_dovecot,
    "users with a colon in their names, or a # at the beginning"};
