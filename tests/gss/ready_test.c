/*
 * When messages can be protected: from when the session key is there until the
 * context is deleted, by any number of threads, and not a moment earlier.
 */
#include <pthread.h>
#include <time.h>

#include "iov.h"

static OM_uint32 minor;

static OM_uint32
do_wrap(gss_ctx_id_t c)
{
    gss_buffer_desc message = {1, (void *)"m"}, token;

    return gss_wrap(&minor, c, 1, 0, &message, NULL, &token);
}

static OM_uint32
do_wrap_aead(gss_ctx_id_t c)
{
    gss_buffer_desc message = {1, (void *)"m"}, token;

    return gss_wrap_aead(&minor, c, 1, 0, NULL, &message, NULL, &token);
}

static OM_uint32
do_unwrap(gss_ctx_id_t c)
{
    gss_buffer_desc token = {16, (void *)"0123456789012345"}, message;

    return gss_unwrap(&minor, c, &token, &message, NULL, NULL);
}

static OM_uint32
do_unwrap_aead(gss_ctx_id_t c)
{
    gss_buffer_desc token = {16, (void *)"0123456789012345"}, message;

    return gss_unwrap_aead(&minor, c, &token, NULL, &message, NULL, NULL);
}

static OM_uint32
do_get_mic(gss_ctx_id_t c)
{
    gss_buffer_desc message = {1, (void *)"m"}, token;

    return gss_get_mic(&minor, c, 0, &message, &token);
}

static OM_uint32
do_verify_mic(gss_ctx_id_t c)
{
    gss_buffer_desc message = {1, (void *)"m"}, token = {1, (void *)"t"};

    return gss_verify_mic(&minor, c, &message, &token, NULL);
}

static OM_uint32
do_size_limit(gss_ctx_id_t c)
{
    OM_uint32 limit;

    return gss_wrap_size_limit(&minor, c, 1, 0, 100, &limit);
}

static OM_uint32
do_wrap_iov(gss_ctx_id_t c)
{
    gss_iov_buffer_desc iov[] = {{H | ALLOCATE, UNSET}};

    return gss_wrap_iov(&minor, c, 1, 0, NULL, iov, 1);
}

static OM_uint32
do_wrap_iov_length(gss_ctx_id_t c)
{
    gss_iov_buffer_desc iov[] = {{H, UNSET}};

    return gss_wrap_iov_length(&minor, c, 1, 0, NULL, iov, 1);
}

static OM_uint32
do_unwrap_iov(gss_ctx_id_t c)
{
    gss_iov_buffer_desc iov[] = {{STREAM, {1, (void *)"t"}}, {D, UNSET}};

    return gss_unwrap_iov(&minor, c, NULL, NULL, iov, 2);
}

static OM_uint32
do_get_mic_iov(gss_ctx_id_t c)
{
    gss_iov_buffer_desc iov[] = {{MIC | ALLOCATE, UNSET}};

    return gss_get_mic_iov(&minor, c, 0, iov, 1);
}

static OM_uint32
do_get_mic_iov_length(gss_ctx_id_t c)
{
    gss_iov_buffer_desc iov[] = {{MIC, UNSET}};

    return gss_get_mic_iov_length(&minor, c, 0, iov, 1);
}

static OM_uint32
do_verify_mic_iov(gss_ctx_id_t c)
{
    gss_iov_buffer_desc iov[] = {{MIC, {1, (void *)"t"}}};

    return gss_verify_mic_iov(&minor, c, NULL, iov, 1);
}

static OM_uint32
do_prf(gss_ctx_id_t c)
{
    gss_buffer_desc input = {1, (void *)"i"}, output;

    return gss_pseudo_random(&minor, c, 0, &input, 16, &output);
}

static OM_uint32
do_session_key(gss_ctx_id_t c)
{
    gss_buffer_set_t key;

    return gss_inquire_sec_context_by_oid(&minor, c, GSS_C_INQ_SSPI_SESSION_KEY,
                                          &key);
}

static OM_uint32
do_ssf(gss_ctx_id_t c)
{
    gss_buffer_set_t ssf;

    return gss_inquire_sec_context_by_oid(&minor, c, GSS_C_SEC_CONTEXT_SASL_SSF,
                                          &ssf);
}

static OM_uint32 (*const calls[])(gss_ctx_id_t) = {
    do_wrap,
    do_wrap_aead,
    do_unwrap,
    do_unwrap_aead,
    do_get_mic,
    do_verify_mic,
    do_size_limit,
    do_wrap_iov,
    do_wrap_iov_length,
    do_unwrap_iov,
    do_get_mic_iov,
    do_get_mic_iov_length,
    do_verify_mic_iov,
    do_prf,
    do_session_key,
    do_ssf,
};

static void
assert_no_call_works(gss_ctx_id_t context)
{
    int i;

    ck_assert_ptr_nonnull(context);
    for (i = 0; i < COUNT(calls); i++)
        ck_assert_msg(GSS_ROUTINE_ERROR(calls[i](context)) == GSS_S_NO_CONTEXT,
                      "call %d", i);
}

START_TEST(a_half_open_context_protects_nothing)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    assert_no_call_works(h.client);
    server_step(&h);
    assert_no_call_works(h.server);
    handshake_end(&h);
}
END_TEST

START_TEST(a_refused_context_protects_nothing)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wrong");
    handshake_run(&h);
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
    if (h.server != GSS_C_NO_CONTEXT)
        assert_no_call_works(h.server);
    if (h.client != GSS_C_NO_CONTEXT)
        assert_no_call_works(h.client);
    handshake_end(&h);
}
END_TEST

START_TEST(an_expired_context_protects_nothing)
{
    struct handshake h;
    OM_uint32 left, ignored;

    world_write("scram.conf",
                "[scram]\n    store = %s\n    handshake_timeout = 1s\n",
                world_store());
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    while (gss_context_time(&ignored, h.server, &left) == GSS_S_COMPLETE)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_no_call_works(h.server);
    handshake_end(&h);
}
END_TEST

/* Until then nobody has proved to it who it talks to. */
START_TEST(an_initiator_is_not_ready_before_the_server_has_answered)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(h.client_flags & GSS_C_PROT_READY_FLAG, 0);
    assert_no_call_works(h.client);
    server_step(&h);
    ck_assert_uint_eq(h.server_major, GSS_S_COMPLETE);
    client_step(&h);
    ck_assert_uint_ne(h.client_flags & GSS_C_PROT_READY_FLAG, 0);
    handshake_end(&h);
}
END_TEST

/* Failures, as Check's assertions are not for threads. */
static void *
talk(void *arg)
{
    char number = *(char *)arg, text[300], got[300];
    intptr_t failures = 0;
    OM_uint32 m;
    int i;

    for (i = 0; i < 300; i++) {
        struct ends e = ends(i & 1);
        size_t len = (size_t)i + 1;
        gss_iov_buffer_desc iov[] = {
            {H | ALLOCATE, UNSET}, {D, {len, got}}, {T | ALLOCATE, UNSET}};
        gss_buffer_desc message = {len, text}, mic = GSS_C_EMPTY_BUFFER;

        memset(text, number + i % 7, sizeof(text));
        memcpy(got, text, sizeof(got));
        failures +=
            GSS_ERROR(gss_wrap_iov(&m, e.from, i & 2, 0, NULL, iov, 3)) != 0;
        failures += GSS_ERROR(gss_get_mic(&m, e.from, 0, &message, &mic)) != 0;
        failures +=
            GSS_ERROR(gss_unwrap_iov(&m, e.to, NULL, NULL, iov, 3)) != 0;
        failures += memcmp(got, text, len) != 0;
        failures +=
            GSS_ERROR(gss_verify_mic(&m, e.to, &message, &mic, NULL)) != 0;
        gss_release_iov_buffer(&m, iov, 3);
        gss_release_buffer(&m, &mic);
    }
    return (void *)failures;
}

START_TEST(threads_share_a_context)
{
    static char numbers[] = "0123456";
    pthread_t threads[7];
    void *failures;
    int i;

    establish();
    for (i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, talk, &numbers[i]);
    for (i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], &failures);
        ck_assert_ptr_null(failures);
    }
    end();
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_half_open_context_protects_nothing);
    tcase_add_test(tests, a_refused_context_protects_nothing);
    tcase_add_test(tests, an_expired_context_protects_nothing);
    tcase_add_test(tests,
                   an_initiator_is_not_ready_before_the_server_has_answered);
    tcase_add_test(tests, threads_share_a_context);
}

int
main(void)
{
    return world_run("gss ready", add, 60);
}
