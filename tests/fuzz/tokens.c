#include "tokens.h"

/* What Check's assertions in k5crypto.c call, as no test runs here. */
void _mark_point(const char *file, int line);
_Noreturn void _ck_assert_failed(const char *file, int line,
                                 const char *property, const char *format, ...);

void
_mark_point(const char *file, int line)
{
    (void)file;
    (void)line;
}

void
_ck_assert_failed(const char *file, int line, const char *property,
                  const char *format, ...)
{
    (void)format;
    fuzz_failed(file, line, property);
}

enum { MIC = 1, SEALED = 2, OURS = 4 };

static enum scram_status
confounder(uint8_t *bytes, size_t len)
{
    memset(bytes, 'c', len);
    return SCRAM_OK;
}

struct rfc4121_context *
tokens_context(enum rfc4121_role role)
{
    struct rfc4121_context *context;

    FUZZ_CHECK(rfc4121_new(TOKENS_KEY, role, true, true, confounder,
                           &context) == SCRAM_OK);
    return context;
}

const struct k5_peer *
tokens_peer(enum rfc4121_role sender)
{
    static struct k5_peer peers[2];

    if (peers[sender].key == NULL)
        peers[sender] = k5_peer(TOKENS_KEY, sender);
    return &peers[sender];
}

/* As rfc4121/ makes its own: with the first number, and neither EC nor RRC. */
static void
make_ours(enum rfc4121_role sender, struct made *made)
{
    struct rfc4121_context *context = tokens_context(sender);
    uint8_t *bytes;

    made->how = (struct k5_token){.sealed = made->how.sealed};
    made->token.len =
        made->mic ? RFC4121_MIC_LEN
                  : rfc4121_wrap_len(made->how.sealed, made->message.len);
    FUZZ_CHECK(made->mic ||
               rfc4121_wrap_size_limit(made->how.sealed, made->token.len) ==
                   made->message.len);
    bytes = malloc(made->token.len);
    FUZZ_CHECK(bytes != NULL);
    FUZZ_CHECK((made->mic ? rfc4121_get_mic(context, made->message, bytes)
                          : rfc4121_wrap(context, made->how.sealed,
                                         made->message, bytes)) == SCRAM_OK);
    made->token.data = bytes;
    rfc4121_free(context);
}

static void
make_theirs(enum rfc4121_role sender, struct made *made)
{
    uint8_t *bytes = malloc(made->message.len + K5_AROUND + made->how.ec);

    FUZZ_CHECK(bytes != NULL);
    made->token.len = RFC4121_MIC_LEN;
    if (made->mic)
        k5_mic(tokens_peer(sender), made->how.seq, made->message, bytes);
    else
        made->token.len =
            k5_wrap(tokens_peer(sender), &made->how, made->message, bytes);
    made->token.data = bytes;
}

struct made
tokens_make(struct slice *rest, enum rfc4121_role sender)
{
    uint8_t kind = fuzz_byte(rest);
    struct made made = {.mic = (kind & MIC) != 0};

    made.how.sealed = (kind & SEALED) != 0;
    made.how.seq = fuzz_number(rest, 8);
    made.how.ec = made.how.sealed ? (uint16_t)fuzz_number(rest, 2) : 0;
    made.how.rrc = (uint16_t)fuzz_number(rest, 2);
    made.message = fuzz_block(rest);
    if (kind & OURS)
        make_ours(sender, &made);
    else
        make_theirs(sender, &made);
    return made;
}

bool
tokens_edit(struct slice *rest, struct made *made)
{
    struct slice before = fuzz_copy(made->token);
    uint8_t *bytes = (uint8_t *)(uintptr_t)made->token.data;
    size_t cut = fuzz_byte(rest);
    bool other;

    fuzz_edit(rest, bytes, made->token.len);
    other = memcmp(before.data, bytes, 6) != 0 ||
            memcmp(before.data + 8, bytes + 8, before.len - 8) != 0 ||
            (made->mic && memcmp(before.data, bytes, before.len) != 0);
    if (cut != 0) {
        made->token.len = cut < made->token.len ? made->token.len - cut : 0;
        other = true;
    }
    fuzz_free(before);
    before = made->token;
    made->token = fuzz_copy(before); /* in memory of its own size */
    fuzz_free(before);
    return other;
}

bool
tokens_leak(const struct made *made, const uint8_t *bytes, size_t len)
{
    return made->how.sealed && made->message.len >= 16 &&
           len >= made->message.len &&
           memmem(bytes, len, made->message.data, made->message.len) != NULL;
}
