#include "unit.h"

#include "gss/cred_token.h"

#define TEXT(literal)                                                          \
    {                                                                          \
        (const uint8_t *)(literal), sizeof(literal) - 1                        \
    }

static const struct cred_token tokens[] = {
    {.initiates = true,
     .mechanism = SCRAM_SHA_1,
     .kind = NAME_USER,
     .name = TEXT("alice"),
     .min_iterations = 100000,
     .max_iterations = 10000000,
     .password = TEXT("with a \0 in it")},
    {.initiates = true,
     .name = TEXT("alice"),
     .max_iterations = 4096,
     .path = TEXT("/home/alice/credentials")},
    {.initiates = true, .path = TEXT("/c"), .user = TEXT("alice")},
    {.initiates = true, .agent = true, .user = TEXT("alice")},
    {.initiates = true, .agent = true, .name = TEXT("alice")},
    {.initiates = true,
     .agent = true,
     .path = TEXT("/c"),
     .user = TEXT("alice")},
    {.accepts = true,
     .location = TEXT("file:/var/lib/users"),
     .handshake_timeout = 30000,
     .max_half_open = 65536,
     .require_channel_bindings = true},
    {.accepts = true,
     .kind = NAME_SERVICE,
     .name = TEXT("HTTP@www.example.org"),
     .location = TEXT("file:x"),
     .handshake_timeout = 100,
     .max_half_open = 1,
     .audit = true},
    {.initiates = true,
     .accepts = true,
     .name = TEXT("alice"),
     .password = TEXT("p"),
     .location = TEXT("file:x"),
     .handshake_timeout = 3600000,
     .max_half_open = 16777216},
};

static uint8_t memory[512];

static struct slice
written(const struct cred_token *token)
{
    struct buffer out = BUFFER_ARRAY(memory);

    cred_token_write(token, &out);
    ck_assert(!out.overflow);
    ck_assert_uint_eq(out.len, cred_token_size(token));
    return buffer_slice(&out);
}

static void
assert_same(const struct cred_token *a, const struct cred_token *b)
{
    ck_assert_int_eq(a->initiates, b->initiates);
    ck_assert_int_eq(a->accepts, b->accepts);
    ck_assert_int_eq(a->mechanism, b->mechanism);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert(slice_equal(a->name, b->name));
    ck_assert_uint_eq(a->min_iterations, b->min_iterations);
    ck_assert_uint_eq(a->max_iterations, b->max_iterations);
    ck_assert(slice_equal(a->password, b->password));
    ck_assert_int_eq(a->agent, b->agent);
    ck_assert(slice_equal(a->path, b->path));
    ck_assert(slice_equal(a->user, b->user));
    ck_assert(slice_equal(a->location, b->location));
    ck_assert_uint_eq(a->handshake_timeout, b->handshake_timeout);
    ck_assert_uint_eq(a->max_half_open, b->max_half_open);
    ck_assert_int_eq(a->require_channel_bindings, b->require_channel_bindings);
    ck_assert_int_eq(a->audit, b->audit);
}

START_TEST(what_is_written_is_read_as_it_was)
{
    struct cred_token read;

    ck_assert_int_eq(cred_token_read(written(tokens + _i), &read), SCRAM_OK);
    assert_same(&read, tokens + _i);
}
END_TEST

START_TEST(a_token_that_is_cut_or_has_more_is_refused)
{
    struct slice whole = written(tokens + _i);
    struct cred_token read;
    size_t len;

    for (len = 0; len < whole.len; len++)
        ck_assert_int_eq(
            cred_token_read((struct slice){whole.data, len}, &read),
            SCRAM_BAD_ENCODING);
    memory[whole.len] = 0;
    ck_assert_int_eq(
        cred_token_read((struct slice){whole.data, whole.len + 1}, &read),
        SCRAM_BAD_ENCODING);
}
END_TEST

/* Each byte of the tokens in turn becomes each other: whatever is read then is
 * written as it was read. */
START_TEST(a_token_that_was_changed_is_refused_or_another)
{
    struct slice whole = written(tokens + _i);
    uint8_t copy[512], again[512];
    struct cred_token read;
    size_t at;
    int byte;

    for (at = 0; at < whole.len; at++) {
        for (byte = 0; byte < 256; byte++) {
            struct buffer out = BUFFER_ARRAY(again);

            memcpy(copy, whole.data, whole.len);
            copy[at] = (uint8_t)byte;
            if (cred_token_read((struct slice){copy, whole.len}, &read) !=
                SCRAM_OK)
                continue;
            cred_token_write(&read, &out);
            ck_assert_uint_eq(out.len, whole.len);
            ck_assert_mem_eq(again, copy, whole.len);
        }
    }
}
END_TEST

/* What a token may say and no credential can be. */
static const struct cred_token nonsense[] = {
    {.initiates = false, .accepts = false, .location = TEXT("file:x")},
    {.initiates = true, .password = TEXT("p")},
    {.initiates = true,
     .kind = NAME_SERVICE,
     .name = TEXT("a@b"),
     .password = TEXT("p")},
    {.initiates = true,
     .name = TEXT("alice"),
     .password = TEXT("p"),
     .path = TEXT("/c")},
    {.initiates = true,
     .name = TEXT("alice"),
     .password = TEXT("p"),
     .user = TEXT("bob")},
    {.initiates = true,
     .name = TEXT("alice"),
     .path = TEXT("/c"),
     .user = TEXT("bob")},
    {.initiates = true, .path = TEXT("/c")},
    {.initiates = true,
     .kind = NAME_SERVICE, /* of no name */
     .path = TEXT("/c"),
     .user = TEXT("alice")},
    {.initiates = true,
     .mechanism = SCRAM_SHA_1,
     .path = TEXT("/c"),
     .user = TEXT("alice")},
    {.initiates = true, .name = TEXT("ali\0ce"), .password = TEXT("p")},
    {.initiates = true, .name = TEXT("alice"), .path = TEXT("/c\0d")},
    {.initiates = true,
     .name = TEXT("alice"),
     .password = TEXT("p"),
     .max_iterations = UINT32_MAX},
    {.initiates = true,
     .name = TEXT("alice"),
     .password = TEXT("p"),
     .min_iterations = UINT32_MAX},
    {.initiates = true,
     .accepts = true,
     .name = TEXT("alice"),
     .password = TEXT("p")},
    {.accepts = true},
    {.accepts = true,
     .location = TEXT("x:"),
     .handshake_timeout = 99,
     .max_half_open = 1},
    {.accepts = true,
     .location = TEXT("x:"),
     .handshake_timeout = 3600001,
     .max_half_open = 1},
    {.accepts = true, .location = TEXT("x:"), .handshake_timeout = 100},
    {.accepts = true,
     .location = TEXT("x:"),
     .handshake_timeout = 100,
     .max_half_open = 16777217},
    {.accepts = true,
     .mechanism = SCRAM_MECHANISMS,
     .location = TEXT("x:"),
     .handshake_timeout = 100,
     .max_half_open = 1},
};

START_TEST(nonsense_is_refused)
{
    struct cred_token read;

    ck_assert_int_eq(cred_token_read(written(nonsense + _i), &read),
                     SCRAM_BAD_ENCODING);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, what_is_written_is_read_as_it_was, 0,
                        COUNT(tokens));
    tcase_add_loop_test(tests, a_token_that_is_cut_or_has_more_is_refused, 0,
                        COUNT(tokens));
    tcase_add_loop_test(tests, a_token_that_was_changed_is_refused_or_another,
                        0, COUNT(tokens));
    tcase_add_loop_test(tests, nonsense_is_refused, 0, COUNT(nonsense));
}

int
main(void)
{
    return unit_run("cred_token", add, 30);
}
