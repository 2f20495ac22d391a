/*
 * Protecting messages over an established context.
 */
#include "established.h"

START_TEST(messages_go_both_ways)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 100000};
    struct ends e = ends(_i / 2 % 2 != 0);
    char *text = malloc(100000);
    gss_buffer_desc token;
    OM_uint32 minor;
    int conf = _i % 2;
    size_t i;

    memset(text, 'm', 100000);
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        token = wrap(e.from, text, sizes[i], conf);
        assert_unwraps(e.to, &token, text, sizes[i], conf);
        ck_assert_int_eq(memmem(token.value, token.length, "mmmmmmmm", 8) !=
                             NULL,
                         !conf && sizes[i] >= 8);
        gss_release_buffer(&minor, &token);
    }
    free(text);
}
END_TEST

START_TEST(a_mic_covers_its_message)
{
    gss_buffer_desc message = {5, (void *)"hello"},
                    other = {5, (void *)"hallo"}, mic;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_get_mic(&minor, established.server, GSS_C_QOP_DEFAULT,
                                  &message, &mic),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(
        gss_verify_mic(&minor, established.client, &other, &mic, NULL),
        GSS_S_BAD_SIG);
    ck_assert_str_eq(sentence_of(minor, &sha_256),
                     "The message was changed on its way");
    ck_assert_uint_eq(
        gss_verify_mic(&minor, established.client, &message, &mic, NULL),
        GSS_S_COMPLETE);
    gss_release_buffer(&minor, &mic);
}
END_TEST

START_TEST(a_changed_token_gives_no_plaintext)
{
    gss_buffer_desc token = wrap(established.client, "secret", 6, _i % 2);
    gss_buffer_desc message;
    OM_uint32 minor, major;
    size_t at;

    for (at = 0; at < token.length; at++) {
        ((char *)token.value)[at] ^= (char)(1 << _i / 2);
        major = gss_unwrap(&minor, established.server, &token, &message, NULL,
                           NULL);
        ck_assert_msg(major == GSS_S_BAD_SIG || major == GSS_S_DEFECTIVE_TOKEN,
                      "byte %zu: %08x", at, major);
        ck_assert_ptr_null(message.value);
        ((char *)token.value)[at] ^= (char)(1 << _i / 2);
    }
    ck_assert_uint_eq(
        gss_unwrap(&minor, established.server, &token, &message, NULL, NULL),
        GSS_S_COMPLETE);
    gss_release_buffer(&minor, &message);
    gss_release_buffer(&minor, &token);
}
END_TEST

/* Sent as 0 1 2 3 4 5, received as listed. */
static const struct {
    int message;
    OM_uint32 major;
} arrivals[] = {
    {0, GSS_S_COMPLETE},    {0, GSS_S_DUPLICATE_TOKEN},
    {1, GSS_S_COMPLETE},    {3, GSS_S_GAP_TOKEN},
    {2, GSS_S_UNSEQ_TOKEN}, {2, GSS_S_DUPLICATE_TOKEN},
    {4, GSS_S_COMPLETE},    {5, GSS_S_COMPLETE},
};

START_TEST(replays_and_disorder_are_reported)
{
    gss_buffer_desc tokens[6], message;
    OM_uint32 minor;
    size_t i;

    for (i = 0; i < 6; i++)
        tokens[i] = wrap(established.client, "m", 1, 1);
    for (i = 0; i < sizeof(arrivals) / sizeof(arrivals[0]); i++) {
        ck_assert_uint_eq(gss_unwrap(&minor, established.server,
                                     &tokens[arrivals[i].message], &message,
                                     NULL, NULL),
                          arrivals[i].major);
        gss_release_buffer(&minor, &message);
    }
    for (i = 0; i < 6; i++)
        gss_release_buffer(&minor, &tokens[i]);
}
END_TEST

START_TEST(a_token_of_one_s_own_is_refused)
{
    gss_buffer_desc token = wrap(established.client, "hi", 2, 1), message;
    OM_uint32 minor;

    ck_assert(GSS_ERROR(
        gss_unwrap(&minor, established.client, &token, &message, NULL, NULL)));
    gss_release_buffer(&minor, &token);
}
END_TEST

START_TEST(the_size_limit_is_exact)
{
    OM_uint32 minor, limit, size;
    int conf;

    for (conf = 0; conf < 2; conf++) {
        for (size = 60; size < 200; size += 7) {
            char text[256] = {0};
            gss_buffer_desc token;

            ck_assert_uint_eq(gss_wrap_size_limit(&minor, established.client,
                                                  conf, GSS_C_QOP_DEFAULT, size,
                                                  &limit),
                              GSS_S_COMPLETE);
            token = wrap(established.client, text, limit, conf);
            ck_assert_uint_le(token.length, size);
            gss_release_buffer(&minor, &token);
            token = wrap(established.client, text, limit + 1, conf);
            ck_assert_uint_gt(token.length, size);
            gss_release_buffer(&minor, &token);
        }
    }
}
END_TEST

START_TEST(only_the_default_qop_is_there)
{
    gss_buffer_desc message = {2, (void *)"hi"}, token;
    OM_uint32 minor, limit;
    int state;

    ck_assert_uint_eq(
        gss_wrap(&minor, established.client, 1, 7, &message, &state, &token),
        GSS_S_BAD_QOP);
    ck_assert_uint_eq(
        gss_get_mic(&minor, established.client, 7, &message, &token),
        GSS_S_BAD_QOP);
    ck_assert_uint_eq(
        gss_wrap_size_limit(&minor, established.client, 1, 7, 100, &limit),
        GSS_S_BAD_QOP);
}
END_TEST

START_TEST(a_context_tells_who_and_whom)
{
    gss_name_t source, target;
    gss_buffer_desc text;
    OM_uint32 minor, flags, lifetime;
    int local, is_open;
    gss_OID mech;
    gss_ctx_id_t context = _i ? established.server : established.client;

    ck_assert_uint_eq(gss_inquire_context(&minor, context, &source, &target,
                                          &lifetime, &mech, &flags, &local,
                                          &is_open),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(local, !_i);
    ck_assert_int_eq(is_open, 1);
    ck_assert_uint_eq(lifetime, GSS_C_INDEFINITE);
    ck_assert(gss_oid_equal(mech, &sha_256));
    ck_assert_uint_eq(flags & GSS_C_MUTUAL_FLAG, GSS_C_MUTUAL_FLAG);
    gss_display_name(&minor, source, &text, NULL);
    ck_assert(buffer_is(&text, "alice"));
    gss_release_buffer(&minor, &text);
    gss_display_name(&minor, target, &text, NULL);
    ck_assert_int_eq(strncmp(text.value, "host@", 5), 0);
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &source);
    gss_release_name(&minor, &target);
    ck_assert_uint_eq(gss_context_time(&minor, context, &lifetime),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(lifetime, GSS_C_INDEFINITE);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_loop_test(tests, messages_go_both_ways, 0, 4);
    tcase_add_test(tests, a_mic_covers_its_message);
    tcase_add_loop_test(tests, a_changed_token_gives_no_plaintext, 0, 16);
    tcase_add_test(tests, replays_and_disorder_are_reported);
    tcase_add_test(tests, a_token_of_one_s_own_is_refused);
    tcase_add_test(tests, the_size_limit_is_exact);
    tcase_add_test(tests, only_the_default_qop_is_there);
    tcase_add_loop_test(tests, a_context_tells_who_and_whom, 0, 2);
}

int
main(void)
{
    return world_run("gss message", add, 30);
}
