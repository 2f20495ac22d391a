/*
 * The formats that users are imported from; the first byte says which, and a
 * byte 1 stands for half of the longest line that there may be. A verifier that
 * was read is written, in every format that can have it, so that it is read
 * there as it was.
 */
#include "tools/format.h"

#include "fuzz.h"

/* A byte 1 makes it longer. */
const size_t fuzz_input_max = INPUT_LINE_MAX + FUZZ_OVER;

static const char *const names[] = {"csv",       "dovecot",    "ldif",
                                    "pgbouncer", "postgresql", "pbkdf2-sha256",
                                    "xep0227",   "ejabberd"};

/* For LDIF; and, but for form's sake, a host of XMPP's. */
#define BASE "ou=people,dc=example,dc=org"

#define FORMATS (sizeof(names) / sizeof(names[0]))

static struct source *
source_of(FILE *file)
{
    struct source *source = calloc(1, sizeof(*source));

    FUZZ_CHECK(source != NULL && file != NULL);
    source->input.file = file;
    return source;
}

static void
check_verifier(const struct scram_verifier *v)
{
    FUZZ_CHECK(v->mechanism < SCRAM_MECHANISMS);
    FUZZ_CHECK(v->iterations >= SCRAM_ITERATIONS_MIN);
    FUZZ_CHECK(v->salt_len != 0 && v->salt_len <= SCRAM_SALT_MAX);
}

static bool
is_same(const struct scram_verifier *a, const struct scram_verifier *b)
{
    size_t len = scram_hash_len(a->mechanism);

    return a->mechanism == b->mechanism && a->iterations == b->iterations &&
           a->enabled == b->enabled && a->salt_len == b->salt_len &&
           !memcmp(a->salt, b->salt, a->salt_len) &&
           !memcmp(a->stored_key.data, b->stored_key.data, len) &&
           !memcmp(a->server_key.data, b->server_key.data, len);
}

static void
check_written(const struct format *format, struct slice user,
              const struct scram_verifier *verifier, char *text, size_t size)
{
    struct source *source = source_of(fmemopen(text, size, "r"));
    struct sentence why = {""};
    struct record again;

    FUZZ_CHECK(format->read(source, &again, &why) == FORMAT_RECORD);
    FUZZ_CHECK(slice_equal(again.user, user));
    FUZZ_CHECK(is_same(&again.verifier, verifier));
    FUZZ_CHECK(again.verifier.expires ==
               (format == &format_dovecot ? verifier->expires : 0));
    FUZZ_CHECK(format != &format_dovecot ||
               slice_equal(groups_slice(&again.verifier.groups),
                           groups_slice(&verifier->groups)));
    FUZZ_CHECK(format->read(source, &again, &why) == FORMAT_END);
    fclose(source->input.file);
    source_clear(source);
    free(source);
}

/* Names are prepared before they are stored, so they are when they leave. */
static void
write_all(struct slice name, const struct scram_verifier *verifier)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    size_t i;

    if (scram_prepare_new_user(name, &user) != SCRAM_OK)
        return;
    for (i = 0; i < FORMATS; i++) {
        const struct format *format = format_by_name(names[i]);
        char *text = NULL;
        size_t size = 0;
        FILE *stream;
        bool written;

        if (format->write == NULL)
            continue;
        stream = open_memstream(&text, &size);
        FUZZ_CHECK(stream != NULL);
        FUZZ_CHECK(format->begin == NULL || format->begin(stream, BASE));
        written = format->write(stream, buffer_slice(&user), verifier, BASE);
        if (format->end != NULL)
            format->end(stream);
        fclose(stream);
        if (written)
            check_written(format, buffer_slice(&user), verifier, text, size);
        free(text);
    }
}

/* The first few that are taken are written too: a file has many. */
static void
read_all(const struct format *format, struct source *source)
{
    enum format_status status;
    unsigned long line = 0;
    int few = 4;

    do {
        struct sentence why = {""};
        struct record record = {0};

        status = format->read(source, &record, &why);
        FUZZ_CHECK(status != FORMAT_FAILED);
        if (status == FORMAT_END)
            break;
        FUZZ_CHECK(record.line >= line);
        line = record.line;
        FUZZ_CHECK((status != FORMAT_RECORD) == (why.text[0] != '\0'));
        if (status == FORMAT_ALIEN)
            break;
        if (status == FORMAT_BAD || record.password.data != NULL)
            continue;
        check_verifier(&record.verifier);
        FUZZ_CHECK(record.verifier.enabled == !record.disabled);
        if (few-- > 0)
            write_all(record.user, &record.verifier);
    } while (status != FORMAT_END);
}

/* The text with a few long lines in it, if it asks for them. */
static struct slice
lengthen(struct slice text)
{
    static uint8_t memory[8 * INPUT_LINE_MAX];
    static uint8_t line[INPUT_LINE_MAX / 2];
    const struct slice half = SLICE_ARRAY(line);
    struct buffer out = BUFFER_ARRAY(memory);

    memset(line, 'x', sizeof(line));
    fuzz_fill_in(text, &half, 1, &out);
    return buffer_slice(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, text;
    const struct format *format =
        format_by_name(names[fuzz_byte(&rest) % FORMATS]);
    struct source *source;

    FUZZ_CHECK(format_by_name("yaml") == NULL);
    FUZZ_CHECK(strstr(format_names(format->write != NULL).text, format->name));
    text = lengthen(rest);
    if (text.len == 0)
        return 0;
    source = source_of(fmemopen((void *)(uintptr_t)text.data, text.len, "r"));
    read_all(format, source);
    fclose(source->input.file);
    source_clear(source);
    free(source);
    return 0;
}
