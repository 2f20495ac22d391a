/*
 * Messages with data beside them that is signed only.
 */
#include "iov.h"

static gss_buffer_desc beside = {sizeof(BESIDE) - 1, (void *)BESIDE};

static gss_buffer_desc
wrap_aead(gss_ctx_id_t from, gss_buffer_t signed_only, const char *text,
          int conf)
{
    gss_buffer_desc message = {strlen(text), (void *)text}, token;
    OM_uint32 minor;
    int state = !conf;

    ck_assert_uint_eq(gss_wrap_aead(&minor, from, conf, GSS_C_QOP_DEFAULT,
                                    signed_only, &message, &state, &token),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    return token;
}

/* Both directions, with and without confidentiality, with data beside the
 * message and with none. */
START_TEST(a_message_is_opened_with_what_is_beside_it)
{
    struct ends e = ends(_i & 1);
    int conf = _i >> 1 & 1, state = !conf;
    gss_buffer_t signed_only = _i & 4 ? &beside : GSS_C_NO_BUFFER;
    const char *text = _i & 8 ? ONE : "";
    gss_buffer_desc token = wrap_aead(e.from, signed_only, text, conf), message;
    gss_qop_t qop = 7;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_unwrap_aead(&minor, e.to, &token, signed_only,
                                      &message, &state, &qop),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert_uint_eq(qop, GSS_C_QOP_DEFAULT);
    ck_assert(buffer_is(&message, text));
    gss_release_buffer(&minor, &message);
    gss_release_buffer(&minor, &token);
}
END_TEST

START_TEST(with_nothing_beside_it_it_is_what_gss_wrap_makes)
{
    int conf = _i & 1;
    gss_buffer_desc token =
        wrap_aead(established.client, GSS_C_NO_BUFFER, ONE, conf);
    gss_buffer_desc other = wrap(established.client, TWO, strlen(TWO), conf);
    gss_buffer_desc message;
    OM_uint32 minor;

    assert_unwraps(established.server, &token, ONE, strlen(ONE), conf);
    ck_assert_uint_eq(gss_unwrap_aead(&minor, established.server, &other,
                                      GSS_C_NO_BUFFER, &message, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&message, TWO));
    gss_release_buffer(&minor, &message);
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &other);
}
END_TEST

START_TEST(it_is_opened_as_a_stream)
{
    gss_buffer_desc token = wrap_aead(established.server, &beside, ONE, _i & 1);
    gss_iov_buffer_desc iov[] = {
        {STREAM, token}, {S, beside}, {D | ALLOCATE, UNSET}};
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_unwrap_iov(&minor, established.client, NULL, NULL, iov, 3),
        GSS_S_COMPLETE);
    ck_assert(is_text(&iov[2], iov[2].buffer.value, ONE));
    gss_release_iov_buffer(&minor, iov, 3);
    gss_release_buffer(&minor, &token);
}
END_TEST

START_TEST(other_data_beside_it_is_refused)
{
    gss_buffer_desc token = wrap_aead(established.client, &beside, ONE, _i & 1);
    gss_buffer_desc other = {5, (void *)"other"}, message = UNSET;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_unwrap_aead(&minor, established.server, &token,
                                      &other, &message, NULL, NULL),
                      GSS_S_BAD_SIG);
    ck_assert_ptr_null(message.value);
    message = (gss_buffer_desc)UNSET;
    ck_assert_uint_eq(gss_unwrap_aead(&minor, established.server, &token,
                                      GSS_C_NO_BUFFER, &message, NULL, NULL),
                      GSS_S_BAD_SIG);
    ck_assert_ptr_null(message.value);
    gss_release_buffer(&minor, &token);
}
END_TEST

START_TEST(a_message_out_of_order_is_not_kept_back)
{
    gss_buffer_desc first = wrap_aead(established.client, &beside, ONE, 1);
    gss_buffer_desc second = wrap_aead(established.client, &beside, TWO, 1);
    gss_buffer_desc message;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_unwrap_aead(&minor, established.server, &second,
                                      &beside, &message, NULL, NULL),
                      GSS_S_GAP_TOKEN);
    ck_assert(buffer_is(&message, TWO));
    gss_release_buffer(&minor, &message);
    ck_assert_uint_eq(gss_unwrap_aead(&minor, established.server, &first,
                                      &beside, &message, NULL, NULL),
                      GSS_S_UNSEQ_TOKEN);
    ck_assert(buffer_is(&message, ONE));
    gss_release_buffer(&minor, &message);
    gss_release_buffer(&minor, &first);
    gss_release_buffer(&minor, &second);
}
END_TEST

START_TEST(only_the_default_qop_is_there)
{
    gss_buffer_desc message = {1, (void *)"m"}, token = UNSET;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_wrap_aead(&minor, established.client, 1, 7, &beside,
                                    &message, NULL, &token),
                      GSS_S_BAD_QOP);
    ck_assert_ptr_null(token.value);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_loop_test(tests, a_message_is_opened_with_what_is_beside_it, 0,
                        16);
    tcase_add_loop_test(tests, with_nothing_beside_it_it_is_what_gss_wrap_makes,
                        0, 2);
    tcase_add_loop_test(tests, it_is_opened_as_a_stream, 0, 2);
    tcase_add_loop_test(tests, other_data_beside_it_is_refused, 0, 2);
    tcase_add_test(tests, a_message_out_of_order_is_not_kept_back);
    tcase_add_test(tests, only_the_default_qop_is_there);
}

int
main(void)
{
    return world_run("gss aead", add, 60);
}
