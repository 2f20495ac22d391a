/*
 * Dovecot's passwd-file, in which a user of SCRAM has
 *
 *   user:{SCRAM-SHA-256}<iterations>,<salt>,<StoredKey>,<ServerKey>:...
 *
 * and after five more fields extra ones, of which nologin keeps a user out.
 * What has no part in Dovecot's logins is carried in fields of its events: when
 * a user expires. Who has expired has nologin too, and where that is all that
 * keeps the user out, event_expired=yes.
 */
#include "format.h"

#include <time.h>

#include "base/base64.h"
#include "base/date.h"
#include "store/file_line.h"
#include "text.h"

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

/* Take a word, and the blanks before it; an empty one where there is none. */
static struct slice
take_word(struct slice *rest)
{
    struct slice trimmed = format_trim(*rest), word;
    size_t len = 0;

    while (len < trimmed.len && trimmed.data[len] != ' ' &&
           trimmed.data[len] != '\t')
        len++;
    word = (struct slice){trimmed.data, len};
    *rest = (struct slice){trimmed.data + len, trimmed.len - len};
    return word;
}

/* Write "{scheme}1,2,3,4" as "SCHEME$1:2$3:4"; false if it is not that. */
static bool
format_dovecot_as_text(struct slice password, struct buffer *text)
{
    struct slice scheme;
    static const char separators[] = "$:$:";
    int i;

    if (password.len == 0 || password.data[0] != '{')
        return false;
    password = (struct slice){password.data + 1, password.len - 1};
    scheme = take_until(&password, '}');
    buffer_put(text, scheme);
    format_upper(text);
    for (i = 0; i < 4; i++) {
        buffer_put(text, (struct slice){(const uint8_t *)&separators[i], 1});
        buffer_put(text, take_until(&password, ','));
    }
    return !text->overflow && password.len == 0;
}

/* Whether an extra field has no say in who may log in: it is about what
 * happens afterwards. A new one of Dovecot's is not among them. */
static bool
is_harmless(struct slice name)
{
    static const char *const prefixes[] = {"userdb_", "forward_", "event_",
                                           "proxy_"};
    static const char *const names[] = {"nodelay",  "proxy",   "host",
                                        "hostip",   "port",    "ssl",
                                        "starttls", "destuser"};
    size_t i;

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (slice_starts_with(name, slice_of(prefixes[i])))
            return true;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_equal(name, slice_of(names[i])))
            return true;
    return false;
}

/* What a store keeps beside a verifier. */
struct facts {
    uint64_t expires;
    bool expired; /* which nologin is for, and for nothing else */
    struct groups groups;
};

static bool
format_dovecot_take_groups(struct slice value, struct groups *groups)
{
    uint8_t space[GROUPS_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(space);

    return value.len > 0 && groups->len == 0 && file_value_read(value, &text) &&
           groups_set(groups, buffer_slice(&text));
}

/* Take a field of an event; false where it is one of these and makes no sense.
 */
static bool
take_fact(struct slice name, struct slice value, struct facts *facts,
          struct sentence *why)
{
    const char *wants = NULL;

    if (slice_equal(name, SLICE("event_expires"))) {
        if (facts->expires != 0 || !date_read_last(value, &facts->expires))
            wants = "event_expires is there twice, or is no day";
    } else if (slice_equal(name, SLICE("event_expired"))) {
        facts->expired = slice_equal(value, SLICE("yes"));
        if (!facts->expired)
            wants = "event_expired is not yes";
    } else if (slice_equal(name, SLICE("event_groups"))) {
        if (!format_dovecot_take_groups(value, &facts->groups))
            wants = "event_groups is there twice, or has no groups";
    }
    if (wants != NULL)
        sentence_write(why, "its extra field %s", wants);
    return wants == NULL;
}

/*
 * Look through the extra fields, after the seventh colon.
 *
 * @param record  gets whether nologin is among them, and for another reason
 *                than the day
 * @param facts   gets what a store keeps
 * @return false if there is one that may keep the user from some logins
 */
static bool
read_extra(struct slice rest, struct record *record, struct facts *facts,
           struct sentence *why)
{
    struct slice word, name;
    int i;

    for (i = 0; i < 5; i++)
        take_until(&rest, ':');
    while ((word = take_word(&rest)).len > 0) {
        name = take_until(&word, '=');
        if (!take_fact(name, word, facts, why))
            return false;
        if (slice_equal(name, SLICE("nologin"))) {
            record->disabled = true;
        } else if (!is_harmless(name)) {
            sentence_write(why,
                           "its extra field %.64s may keep the user from some "
                           "logins, which a store cannot; import the line "
                           "without it if the user may log in without it",
                           text_show(name).text);
            return false;
        }
    }
    if (facts->expired && facts->expires == 0) {
        sentence_write(why, "its extra field event_expired is without "
                            "event_expires");
        return false;
    }
    record->disabled = record->disabled && !facts->expired;
    return true;
}

static enum format_status
read_dovecot(struct source *source, struct record *record, struct sentence *why)
{
    struct buffer text = BUFFER_ARRAY(source->value);
    enum format_status status;
    struct facts facts = {.expires = 0};
    struct slice rest;

    status = format_line(source, "#", &rest, record, why);
    if (status != FORMAT_RECORD)
        return status;
    record->user = take_until(&rest, ':');
    if (!format_dovecot_as_text(take_until(&rest, ':'), &text)) {
        sentence_write(why, "its password is not {SCRAM-SHA-256}<iterations>,"
                            "<salt>,<StoredKey>,<ServerKey>");
        return FORMAT_BAD;
    }
    if (!read_extra(rest, record, &facts, why))
        return FORMAT_BAD;
    status = format_verifier(buffer_slice(&text), record, why);
    if (status == FORMAT_RECORD) {
        record->verifier.expires = facts.expires;
        record->verifier.groups = facts.groups;
    }
    return status;
}

static void
format_dovecot_write_base64(FILE *stream, const uint8_t *bytes, size_t len)
{
    uint8_t space[BASE64_LEN(SCRAM_SALT_MAX)];
    struct buffer text = BUFFER_ARRAY(space);

    base64_encode((struct slice){bytes, len}, &text);
    fprintf(stream, ",%.*s", (int)text.len, (const char *)text.data);
    OPENSSL_cleanse(space, sizeof(space));
}

/* Write the extra fields, and end the line. */
static void
write_facts(FILE *stream, const struct scram_verifier *verifier)
{
    uint8_t space[3 * GROUPS_TEXT_MAX];
    struct buffer groups = BUFFER_ARRAY(space);
    bool expired = scram_verifier_is_expired(verifier, (uint64_t)time(NULL));
    const char *before = "";

    if (verifier->expires != 0) {
        fprintf(stream, "event_expires=%s",
                date_write_last(verifier->expires).text);
        before = " ";
    }
    if (verifier->groups.len != 0) {
        file_value_write(groups_slice(&verifier->groups), &groups);
        fprintf(stream, "%sevent_groups=%.*s", before, (int)groups.len,
                (const char *)groups.data);
        before = " ";
    }
    if (expired && verifier->enabled) /* there is a day before it */
        fputs(" event_expired=yes", stream);
    if (expired || !verifier->enabled)
        fprintf(stream, "%snologin", before);
    fputc('\n', stream);
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
    format_dovecot_write_base64(stream, verifier->salt, verifier->salt_len);
    format_dovecot_write_base64(stream, verifier->stored_key.data, hash_len);
    format_dovecot_write_base64(stream, verifier->server_key.data, hash_len);
    fputs("::::::", stream);
    write_facts(stream, verifier);
    return true;
}

const struct format format_dovecot = {
    .name = "dovecot",
    .facts = true,
    .read = read_dovecot,
    .write = write_dovecot,
    .cannot = "users with a colon in their names, or a # at the beginning"};
