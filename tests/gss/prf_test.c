/*
 * The pseudo-random function of a context, and what is told of its key.
 */
#include "established.h"

#include <krb5.h>

/* The two members that an established context answers with. */
static gss_buffer_set_t
ask(gss_ctx_id_t context, gss_OID question)
{
    gss_buffer_set_t answer;
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_inquire_sec_context_by_oid(&minor, context, question, &answer),
        GSS_S_COMPLETE);
    return answer;
}

static gss_buffer_desc
prf(gss_ctx_id_t context, int key, const char *text, ssize_t len)
{
    gss_buffer_desc input = {strlen(text), (void *)text}, output;
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_pseudo_random(&minor, context, key, &input, len, &output),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(output.length, (size_t)len);
    return output;
}

/* RFC 4402's function by k5crypto, with the key that the context tells. */
static void
by_k5crypto(gss_ctx_id_t context, const char *text, uint8_t *output)
{
    gss_buffer_set_t told = ask(context, GSS_C_INQ_SSPI_SESSION_KEY);
    krb5_keyblock key = {.enctype = ENCTYPE_AES128_CTS_HMAC_SHA1_96,
                         .length = 16,
                         .contents = told->elements[0].value};
    char counted[64] = {0};
    krb5_data in = {.data = counted, .length = 4 + (unsigned)strlen(text)};
    krb5_data out = {.length = 16};
    OM_uint32 minor;

    memcpy(counted + 4, text, strlen(text));
    for (counted[3] = 0; counted[3] < 4; counted[3]++) {
        out.data = (char *)output + 16 * counted[3];
        ck_assert_int_eq(krb5_c_prf(NULL, &key, &in, &out), 0);
    }
    gss_release_buffer_set(&minor, &told);
}

static const ssize_t lengths[] = {1, 15, 16, 17, 64};

START_TEST(both_sides_and_k5crypto_agree)
{
    ssize_t len = lengths[_i];
    gss_buffer_desc full =
        prf(established.client, GSS_C_PRF_KEY_FULL, "input", len);
    gss_buffer_desc partial =
        prf(established.server, GSS_C_PRF_KEY_PARTIAL, "input", len);
    gss_buffer_desc other =
        prf(established.server, GSS_C_PRF_KEY_FULL, "other", len);
    uint8_t expected[64];
    OM_uint32 minor;

    by_k5crypto(established.server, "input", expected);
    ck_assert_mem_eq(full.value, expected, (size_t)len);
    ck_assert_mem_eq(partial.value, expected, (size_t)len);
    ck_assert(len < 15 || memcmp(full.value, other.value, (size_t)len) != 0);
    gss_release_buffer(&minor, &full);
    gss_release_buffer(&minor, &partial);
    gss_release_buffer(&minor, &other);
}
END_TEST

START_TEST(no_output_is_no_buffer)
{
    gss_buffer_desc output =
        prf(established.client, GSS_C_PRF_KEY_FULL, "input", 0);

    ck_assert_ptr_null(output.value);
}
END_TEST

static const struct {
    int key;
    ssize_t len;
} refusals[] = {
    {2, 16},
    {-1, 16},
    {0, -1},
#if SIZE_MAX > UINT32_MAX /* no fewer bytes are too many */
    {0, (ssize_t)1 << 62},
#endif
};

START_TEST(other_keys_and_lengths_are_refused)
{
    gss_buffer_desc input = {1, (void *)"i"}, output;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_pseudo_random(&minor, established.client,
                                        refusals[_i].key, &input,
                                        refusals[_i].len, &output),
                      GSS_S_FAILURE);
    ck_assert_ptr_null(output.value);
    ck_assert_str_ne(sentence_of(minor, &sha_256), "");
}
END_TEST

START_TEST(the_session_key_is_told_with_its_enctype)
{
    static const uint8_t enctype[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12,
                                      0x01, 0x02, 0x02, 0x04, 17};
    gss_buffer_set_t client =
        ask(established.client, GSS_C_INQ_SSPI_SESSION_KEY);
    gss_buffer_set_t server =
        ask(established.server, GSS_C_INQ_SSPI_SESSION_KEY);
    OM_uint32 minor;

    ck_assert_uint_eq(client->count, 2);
    ck_assert_uint_eq(server->count, 2);
    ck_assert_uint_eq(client->elements[0].length, 16);
    ck_assert_mem_eq(client->elements[0].value, server->elements[0].value, 16);
    ck_assert_uint_eq(server->elements[1].length, sizeof(enctype));
    ck_assert_mem_eq(server->elements[1].value, enctype, sizeof(enctype));
    gss_release_buffer_set(&minor, &client);
    gss_release_buffer_set(&minor, &server);
}
END_TEST

START_TEST(sasl_is_told_how_strong_it_is)
{
    gss_buffer_set_t ssf = ask(established.client, GSS_C_SEC_CONTEXT_SASL_SSF);
    OM_uint32 minor;

    ck_assert_uint_eq(ssf->count, 1);
    ck_assert_uint_eq(ssf->elements[0].length, 4);
    ck_assert_mem_eq(ssf->elements[0].value, "\0\0\0\200", 4);
    gss_release_buffer_set(&minor, &ssf);
}
END_TEST

START_TEST(there_is_no_answer_to_other_questions)
{
    gss_OID_desc time_left = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                              (void *)GSS_SCRAM_TIME_LEFT_OID};
    gss_OID questions[] = {&sha_256, &time_left, GSS_C_NT_USER_NAME};
    gss_buffer_set_t answer;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_inquire_sec_context_by_oid(&minor, established.server,
                                                     questions[_i], &answer),
                      GSS_S_UNAVAILABLE);
    ck_assert_ptr_null(answer);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_loop_test(tests, both_sides_and_k5crypto_agree, 0,
                        COUNT(lengths));
    tcase_add_test(tests, no_output_is_no_buffer);
    tcase_add_loop_test(tests, other_keys_and_lengths_are_refused, 0,
                        COUNT(refusals));
    tcase_add_test(tests, the_session_key_is_told_with_its_enctype);
    tcase_add_test(tests, sasl_is_told_how_strong_it_is);
    tcase_add_loop_test(tests, there_is_no_answer_to_other_questions, 0, 3);
}

int
main(void)
{
    return world_run("gss prf", add, 60);
}
