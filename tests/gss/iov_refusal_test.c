/*
 * What is refused of messages in several buffers, and what is left then.
 */
#include "iov.h"

/* Whatever byte of a token is changed, wherever it was to be opened. */
START_TEST(a_changed_token_leaves_nothing_behind)
{
    int conf = _i & 1, stream = _i >> 1 & 1, allocate = _i >> 2 & 1;
    gss_buffer_desc token = wrap(established.client, ONE, strlen(ONE), conf);
    size_t header = conf ? 32 : 16, trailer = conf ? 28 : 12, at;
    char *copy = malloc(token.length);
    gss_iov_buffer_desc whole[] = {{STREAM, {token.length, copy}},
                                   {D | (allocate ? ALLOCATE : 0), UNSET}};
    gss_iov_buffer_desc parts[] = {
        {H, {header, copy}},
        {D, {strlen(ONE), copy + header}},
        {T, {trailer, copy + header + strlen(ONE)}},
    };
    OM_uint32 minor, major;
    int state;

    for (at = 0; at < token.length; at++) {
        memcpy(copy, token.value, token.length);
        copy[at] ^= 0x40;
        major = gss_unwrap_iov(&minor, established.server, &state, NULL,
                               stream ? whole : parts, stream ? 2 : 3);
        ck_assert_msg(major == GSS_S_BAD_SIG || major == GSS_S_DEFECTIVE_TOKEN,
                      "byte %zu: %08x", at, major);
        ck_assert_uint_eq(whole[1].type & ALLOCATED, 0);
        ck_assert_ptr_eq(whole[1].buffer.value, (void *)0x10);
        if (conf)
            ck_assert_ptr_null(memmem(copy, token.length, "message", 7));
    }
    gss_release_iov_buffer(&minor, whole, 2);
    gss_release_buffer(&minor, &token);
    free(copy);
}
END_TEST

/* Buffers that no message is made of. */
static const struct {
    gss_iov_buffer_desc iov[4];
    int count;
} wrong[] = {
    {{{D, {1, (void *)"m"}}}, 1},
    {{{H | ALLOCATE, UNSET}, {H | ALLOCATE, UNSET}}, 2},
    {{{H | ALLOCATE, UNSET}, {T | ALLOCATE, UNSET}, {T, {0, NULL}}}, 3},
    {{{H | ALLOCATE, UNSET}, {D, {1, NULL}}, {T | ALLOCATE, UNSET}}, 3},
    {{{H | ALLOCATE, UNSET}, {99, {0, NULL}}}, 2},
    {{{H | ALLOCATE, UNSET}, {GSS_IOV_BUFFER_TYPE_MECH_PARAMS, {0, NULL}}}, 2},
    {{{H | ALLOCATE, UNSET}, {T, {0, NULL}}}, 2},
    {{{T | ALLOCATE, UNSET}, {H, {15, (void *)"012345678901234"}}}, 2},
    {{{H | ALLOCATE, UNSET}}, -1},
};

START_TEST(buffers_that_make_no_token_are_left_alone)
{
    gss_iov_buffer_desc iov[4];
    OM_uint32 minor;
    int state = 7;

    memcpy(iov, wrong[_i].iov, sizeof(iov));
    ck_assert_uint_eq(gss_wrap_iov(&minor, established.client, 1, 0, &state,
                                   iov, wrong[_i].count),
                      GSS_S_FAILURE);
    ck_assert_str_ne(sentence_of(minor, &sha_256), "");
    ck_assert_int_eq(state, 7);
    ck_assert_mem_eq(iov, wrong[_i].iov, sizeof(iov));
}
END_TEST

static const struct {
    gss_iov_buffer_desc iov[4];
    int count;
} wrong_streams[] = {
    {{{STREAM, {0, NULL}}}, 1},
    {{{STREAM, {0, NULL}}, {D | ALLOCATE, UNSET}}, 2},
    {{{STREAM, {16, (void *)"0123456789012345"}}, {D | ALLOCATE, UNSET}}, 2},
    {{{STREAM, {1, (void *)"0"}}, {D | ALLOCATE, UNSET}, {D, UNSET}}, 3},
    {{{STREAM, {1, (void *)"0"}}, {STREAM, {0, NULL}}, {D, UNSET}}, 3},
    {{{STREAM, {1, NULL}}, {D | ALLOCATE, UNSET}}, 2},
    {{{D, {1, (void *)"0"}}}, 1},
};

START_TEST(buffers_that_are_no_token_are_left_alone)
{
    gss_iov_buffer_desc iov[4];
    OM_uint32 minor;

    memcpy(iov, wrong_streams[_i].iov, sizeof(iov));
    ck_assert(GSS_ERROR(gss_unwrap_iov(&minor, established.server, NULL, NULL,
                                       iov, wrong_streams[_i].count)));
    ck_assert_mem_eq(iov, wrong_streams[_i].iov, sizeof(iov));
}
END_TEST

START_TEST(a_negative_count_is_none)
{
    gss_iov_buffer_desc iov[256]; /* more than a call has room for */
    gss_ctx_id_t c = established.client;
    OM_uint32 minor;
    size_t i;

    for (i = 0; i + 1 < COUNT(iov); i++)
        iov[i] = (gss_iov_buffer_desc){D, UNSET};
    iov[i] = (gss_iov_buffer_desc){99, UNSET};
    ck_assert_uint_eq(gss_wrap_iov(&minor, c, 1, 0, NULL, iov, -1),
                      GSS_S_FAILURE);
    ck_assert_uint_eq(gss_unwrap_iov(&minor, c, NULL, NULL, iov, -1),
                      GSS_S_FAILURE);
}
END_TEST

START_TEST(only_the_default_qop_is_there)
{
    gss_iov_buffer_desc iov[] = {{H | ALLOCATE, UNSET}, {MIC, UNSET}};
    gss_ctx_id_t c = established.client;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_wrap_iov(&minor, c, 1, 7, NULL, iov, 2),
                      GSS_S_BAD_QOP);
    ck_assert_uint_eq(gss_wrap_iov_length(&minor, c, 1, 7, NULL, iov, 2),
                      GSS_S_BAD_QOP);
    ck_assert_uint_eq(gss_get_mic_iov(&minor, c, 7, iov, 2), GSS_S_BAD_QOP);
    ck_assert_uint_eq(gss_get_mic_iov_length(&minor, c, 7, iov, 2),
                      GSS_S_BAD_QOP);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_loop_test(tests, a_changed_token_leaves_nothing_behind, 0, 8);
    tcase_add_loop_test(tests, buffers_that_make_no_token_are_left_alone, 0,
                        COUNT(wrong));
    tcase_add_loop_test(tests, buffers_that_are_no_token_are_left_alone, 0,
                        COUNT(wrong_streams));
    tcase_add_test(tests, a_negative_count_is_none);
    tcase_add_test(tests, only_the_default_qop_is_there);
}

int
main(void)
{
    return world_run("gss iov refusal", add, 60);
}
