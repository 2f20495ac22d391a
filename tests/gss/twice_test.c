/*
 * What is done a second time: a message that comes again is one that came
 * already, by whichever call either is looked at, and what has been handed on
 * is not there any more.
 */
#include "iov.h"

/* Each is given a token in memory of its own. */
typedef OM_uint32 look(gss_ctx_id_t context, gss_buffer_t token);

static gss_buffer_desc message = {sizeof(ONE) - 1, (void *)ONE};

static OM_uint32
by_unwrap(gss_ctx_id_t context, gss_buffer_t token)
{
    gss_buffer_desc opened;
    OM_uint32 minor, major, ignored;

    major = gss_unwrap(&minor, context, token, &opened, NULL, NULL);
    gss_release_buffer(&ignored, &opened);
    return major;
}

static OM_uint32
by_unwrap_aead(gss_ctx_id_t context, gss_buffer_t token)
{
    gss_buffer_desc opened;
    OM_uint32 minor, major, ignored;

    major = gss_unwrap_aead(&minor, context, token, GSS_C_NO_BUFFER, &opened,
                            NULL, NULL);
    gss_release_buffer(&ignored, &opened);
    return major;
}

static OM_uint32
by_stream(gss_ctx_id_t context, gss_buffer_t token)
{
    gss_iov_buffer_desc iov[] = {{STREAM, *token}, {D, UNSET}};
    OM_uint32 minor;

    return gss_unwrap_iov(&minor, context, NULL, NULL, iov, 2);
}

static OM_uint32
by_unwrap_iov(gss_ctx_id_t context, gss_buffer_t token)
{
    char *bytes = token->value;
    size_t data = message.length, header = 16 + 16, trailer = 16 + 12;
    gss_iov_buffer_desc iov[] = {{H, {header, bytes}},
                                 {D, {data, bytes + header}},
                                 {T, {trailer, bytes + header + data}}};
    OM_uint32 minor;

    ck_assert_uint_eq(token->length, header + data + trailer);
    return gss_unwrap_iov(&minor, context, NULL, NULL, iov, 3);
}

static OM_uint32
by_verify_mic(gss_ctx_id_t context, gss_buffer_t token)
{
    OM_uint32 minor;

    return gss_verify_mic(&minor, context, &message, token, NULL);
}

static OM_uint32
by_verify_mic_iov(gss_ctx_id_t context, gss_buffer_t token)
{
    gss_iov_buffer_desc iov[] = {{D, message}, {MIC, *token}};
    OM_uint32 minor;

    return gss_verify_mic_iov(&minor, context, NULL, iov, 2);
}

/* Every two calls that can look at one kind of token. */
static const struct {
    look *first, *second;
    bool mic;
} pairs[] = {
    {by_unwrap, by_unwrap, false},
    {by_unwrap, by_unwrap_iov, false},
    {by_unwrap_iov, by_unwrap_iov, false},
    {by_unwrap_iov, by_stream, false},
    {by_stream, by_stream, false},
    {by_stream, by_unwrap_aead, false},
    {by_unwrap_aead, by_unwrap_aead, false},
    {by_unwrap_aead, by_unwrap, false},
    {by_verify_mic, by_verify_mic, true},
    {by_verify_mic, by_verify_mic_iov, true},
    {by_verify_mic_iov, by_verify_mic_iov, true},
    {by_verify_mic_iov, by_verify_mic, true},
};

static gss_buffer_desc
make(gss_ctx_id_t context, bool mic)
{
    gss_buffer_desc token;
    OM_uint32 minor;

    if (mic)
        ck_assert_uint_eq(gss_get_mic(&minor, context, 0, &message, &token),
                          GSS_S_COMPLETE);
    else
        ck_assert_uint_eq(
            gss_wrap(&minor, context, 1, 0, &message, NULL, &token),
            GSS_S_COMPLETE);
    return token;
}

static OM_uint32
look_at_copy(look *by, gss_ctx_id_t context, const gss_buffer_desc *token)
{
    gss_buffer_desc copy = {token->length, malloc(token->length)};
    OM_uint32 major;

    ck_assert_ptr_nonnull(copy.value);
    memcpy(copy.value, token->value, token->length);
    major = by(context, &copy);
    free(copy.value);
    return major;
}

START_TEST(a_message_that_comes_again_came_already)
{
    struct ends e = ends(_i & 1);
    look *first = pairs[_i / 2].first, *second = pairs[_i / 2].second;
    gss_buffer_desc token = make(e.from, pairs[_i / 2].mic);
    gss_buffer_desc next = make(e.from, pairs[_i / 2].mic);
    OM_uint32 minor;

    ck_assert_uint_eq(look_at_copy(first, e.to, &token), GSS_S_COMPLETE);
    ck_assert_uint_eq(look_at_copy(second, e.to, &token),
                      GSS_S_DUPLICATE_TOKEN);
    ck_assert_uint_eq(look_at_copy(second, e.to, &next), GSS_S_COMPLETE);
    ck_assert_uint_eq(look_at_copy(first, e.to, &next), GSS_S_DUPLICATE_TOKEN);
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &next);
}
END_TEST

START_TEST(a_context_is_handed_on_once)
{
    gss_ctx_id_t *from = _i == 0 ? &established.client : &established.server;
    gss_buffer_desc first, second;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_export_sec_context(&minor, from, &first),
                      GSS_S_COMPLETE);
    ck_assert_ptr_null(*from);
    ck_assert(GSS_ROUTINE_ERROR(gss_export_sec_context(
                  &minor, from, &second)) == GSS_S_NO_CONTEXT);
    ck_assert_ptr_null(*from);
    ck_assert_uint_eq(second.length, 0);
    ck_assert_uint_eq(gss_import_sec_context(&minor, &first, from),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &first);
    /* And the one that was made of it, once more. */
    ck_assert_uint_eq(gss_export_sec_context(&minor, from, &second),
                      GSS_S_COMPLETE);
    ck_assert_ptr_null(*from);
    ck_assert_uint_eq(gss_import_sec_context(&minor, &second, from),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &second);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_loop_test(tests, a_message_that_comes_again_came_already, 0,
                        2 * COUNT(pairs));
    tcase_add_loop_test(tests, a_context_is_handed_on_once, 0, 2);
}

int
main(void)
{
    return world_run("twice", add, 60);
}
