/*
 * SPNEGO with no other mechanism to negotiate but krb5, which is built in and
 * has neither tickets nor keys here.
 */
#include "spnego.h"

static const struct {
    const char *mechs; /* as register_mechs has them */
    bool default_server;
} alone[] = {{"s", false}, {"s1", false}, {"1s", false}, {"s", true}};

START_TEST(it_is_negotiated)
{
    struct handshake h;

    register_mechs(alone[_i].mechs);
    handshake_begin(&h, &spnego, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &spnego);
    if (!alone[_i].default_server)
        h.server_cred = server_cred(&spnego);
    client_step(&h);
    ck_assert(slice_equal(mech_types(&h.to_server), SLICE(SCRAM_OID)));
    /* The first token is of the mechanism that is chosen. */
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_int_eq(neg_state(&h.to_client), ACCEPT_INCOMPLETE);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    ck_assert_int_eq(neg_state(&h.to_client), ACCEPT_COMPLETED);
    ck_assert_uint_eq(client_step(&h), GSS_S_COMPLETE);
    ck_assert_uint_eq(h.to_server.length, 0);
    ck_assert(is_of(h.client, &sha_256));
    ck_assert(is_of(h.server, &sha_256));
    handshake_end(&h);
}
END_TEST

START_TEST(a_wrong_password_is_refused_and_the_client_is_told)
{
    struct handshake h;

    negotiate_begin(&h, "looking-glass");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_BAD_SIG);
    ck_assert_int_eq(neg_state(&h.to_client), REJECT);
    ck_assert(has(&h.to_client, SLICE("e=invalid-proof")));
    client_step(&h);
    ck_assert(GSS_ERROR(h.client_major));
    ck_assert_ptr_nonnull(
        strstr(sentence_of(h.client_minor, &spnego), "the password is wrong"));
    handshake_end(&h);
}
END_TEST

START_TEST(a_client_without_a_credential_never_tries_it)
{
    struct handshake h;

    handshake_begin(&h, &spnego, NULL, NULL);
    client_step(&h);
    ck_assert(GSS_ERROR(h.client_major));
    ck_assert_uint_eq(h.to_server.length, 0);
    handshake_end(&h);
}
END_TEST

static void
take_store_away(void)
{
    world_write("scram.conf", "[scram]\n    store = file:%s\n",
                world_path("none"));
}

/* An empty token asks a server what it would negotiate. */
START_TEST(a_server_offers_it_where_it_has_a_store)
{
    struct handshake h;

    handshake_begin(&h, &spnego, NULL, NULL);
    ck_assert_uint_eq(server_take(&h, "", 0), GSS_S_CONTINUE_NEEDED);
    ck_assert(slice_equal(mech_types(&h.to_client), SLICE(SCRAM_OID)));
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_without_a_store_neither_offers_nor_takes_it)
{
    struct handshake h;

    handshake_begin(&h, &spnego, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &spnego);
    take_store_away();
    server_take(&h, "", 0);
    ck_assert(GSS_ERROR(h.server_major));
    ck_assert(!has(&h.to_client, SLICE(SCRAM_OID)));
    client_step(&h);
    server_step(&h);
    ck_assert(GSS_ERROR(h.server_major));
    ck_assert_ptr_null(h.server);
    handshake_end(&h);
}
END_TEST

/* Even where the client's name for it is right before the token: a credential
 * for all mechanisms is none for SCRAM-SHA-1. */
START_TEST(sha_1_is_refused_in_the_place_of_sha_256)
{
    struct handshake h;
    size_t at, len;
    uint8_t *oid;

    register_mechs("s1");
    negotiate_begin(&h, "wonderland");
    if (_i == 1) {
        OM_uint32 minor;

        gss_release_cred(&minor, &h.server_cred);
    }
    client_step(&h);
    /* The second OID of the mechanism is the one in the token's frame. */
    oid = memmem(h.to_server.value, h.to_server.length, SCRAM_OID, 8);
    at = (size_t)(oid - (uint8_t *)h.to_server.value) + 8;
    len = h.to_server.length - at;
    oid = memmem((uint8_t *)h.to_server.value + at, len, SCRAM_OID, 8);
    ck_assert_ptr_nonnull(oid);
    memcpy(oid, SHA_1_OID, 8);
    server_step(&h);
    ck_assert(GSS_ERROR(h.server_major));
    ck_assert_int_eq(neg_state(&h.to_client), REJECT);
    handshake_end(&h);
}
END_TEST

START_TEST(sha_1_is_not_negotiated_where_there_is_no_other)
{
    struct handshake h;

    register_mechs("1");
    handshake_begin(&h, &spnego, NULL, NULL);
    server_take(&h, "", 0);
    ck_assert(GSS_ERROR(h.server_major));
    ck_assert(!has(&h.to_client, SLICE(SHA_1_OID)));
    handshake_end(&h);
}
END_TEST

#define WANTED                                                                 \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |             \
     GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)

/* Nothing was asked for; the mechanism has them all the same. */
START_TEST(both_sides_have_the_flags_of_the_mechanism)
{
    struct handshake h;
    OM_uint32 minor, flags;

    negotiate_begin(&h, "wonderland");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_uint_eq(h.client_flags & WANTED, WANTED);
    ck_assert_uint_eq(h.server_flags & WANTED, WANTED);
    ck_assert_uint_eq(h.server_flags & GSS_C_DELEG_FLAG, 0);
    gss_inquire_context(&minor, h.server, NULL, NULL, NULL, NULL, &flags, NULL,
                        NULL);
    ck_assert_uint_eq(flags & WANTED, WANTED);
    handshake_end(&h);
}
END_TEST

START_TEST(channel_bindings_are_compared)
{
    struct gss_channel_bindings_struct ours = {
        .application_data = {6, (void *)"tls:me"}};
    struct gss_channel_bindings_struct theirs = {
        .application_data = {7, (void *)"tls:him"}};
    struct handshake h;

    negotiate_begin(&h, "wonderland");
    h.client_bindings = &ours;
    h.server_bindings = _i ? &theirs : &ours;
    client_step(&h);
    server_step(&h);
    client_step(&h);
    server_step(&h);
    ck_assert_uint_eq(h.server_major, _i ? GSS_S_BAD_BINDINGS : GSS_S_COMPLETE);
    client_step(&h);
    ck_assert_uint_eq(h.client_major, _i ? GSS_S_BAD_BINDINGS : GSS_S_COMPLETE);
    if (_i == 0)
        ck_assert(h.server_flags & GSS_C_CHANNEL_BOUND_FLAG);
    handshake_end(&h);
}
END_TEST

/* All that may be asked of a context, in no order of sense. */
static void
ask_all(gss_ctx_id_t context)
{
    gss_buffer_desc message = {1, (void *)"x"}, token;
    gss_name_t source = NULL, target = NULL;
    gss_buffer_set_t answer = NULL;
    OM_uint32 minor, number;
    gss_OID mech;
    int is;

    if (context == GSS_C_NO_CONTEXT)
        return;
    gss_inquire_context(&minor, context, &source, &target, &number, &mech,
                        &number, &is, &is);
    gss_release_name(&minor, &source);
    gss_release_name(&minor, &target);
    gss_context_time(&minor, context, &number);
    gss_wrap_size_limit(&minor, context, 1, 0, 1000, &number);
    gss_inquire_sec_context_by_oid(&minor, context, GSS_C_INQ_SSPI_SESSION_KEY,
                                   &answer);
    gss_release_buffer_set(&minor, &answer);
    if (gss_wrap(&minor, context, 1, 0, &message, NULL, &token) ==
        GSS_S_COMPLETE)
        gss_release_buffer(&minor, &token);
    if (gss_get_mic(&minor, context, 0, &message, &token) == GSS_S_COMPLETE)
        gss_release_buffer(&minor, &token);
    if (gss_pseudo_random(&minor, context, GSS_C_PRF_KEY_FULL, &message, 16,
                          &token) == GSS_S_COMPLETE)
        gss_release_buffer(&minor, &token);
    token = message;
    ck_assert(
        GSS_ERROR(gss_unwrap(&minor, context, &message, &token, NULL, NULL)));
    ck_assert(
        GSS_ERROR(gss_verify_mic(&minor, context, &message, &message, NULL)));
}

/* Of a failed one libgssapi 1.20 keeps a shell that its own SPNEGO cannot be
 * asked about. */
START_TEST(a_context_may_be_asked_at_any_time)
{
    struct handshake h;
    int steps;

    negotiate_begin(&h, _i ? "looking-glass" : "wonderland");
    for (steps = 0; steps < 5; steps++) {
        if (GSS_ERROR(h.server_major))
            break;
        (void)(steps % 2 == 0 ? client_step(&h) : server_step(&h));
        if (!GSS_ERROR(h.server_major))
            ask_all(h.server);
        ask_all(h.client);
    }
    ck_assert(handshake_is_complete(&h) == !_i);
    handshake_end(&h);
}
END_TEST

START_TEST(a_context_may_be_deleted_at_any_time)
{
    struct handshake h;
    int steps;

    negotiate_begin(&h, "wonderland");
    for (steps = 0; steps < _i; steps++)
        (void)(steps % 2 == 0 ? client_step(&h) : server_step(&h));
    handshake_end(&h);
}
END_TEST

START_TEST(messages_go_both_ways)
{
    gss_buffer_desc text = {5, (void *)"hello"}, token, back;
    struct handshake h;
    OM_uint32 minor;
    int conf;

    negotiate_begin(&h, "wonderland");
    handshake_run(&h);
    ck_assert_uint_eq(
        gss_wrap(&minor, _i ? h.server : h.client, 1, 0, &text, &conf, &token),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_unwrap(&minor, _i ? h.client : h.server, &token,
                                 &back, &conf, NULL),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&back, "hello"));
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &back);
    handshake_end(&h);
}
END_TEST

/* A client's first token, with a byte of its negotiation changed, leads to a
 * context of this mechanism or to none. */
START_TEST(a_first_token_that_was_changed_does_no_harm)
{
    size_t at;

    for (at = 0; at < 40; at++) {
        struct handshake h;

        negotiate_begin(&h, "wonderland");
        client_step(&h);
        ((uint8_t *)h.to_server.value)[at] ^= (uint8_t)(1 << _i);
        server_step(&h);
        if (h.to_client.length != 0)
            handshake_run(&h);
        handshake_end(&h);
    }
}
END_TEST

static void
register_alone(void)
{
    register_mechs("s");
}

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, register_alone, NULL);
    tcase_add_loop_test(tests, it_is_negotiated, 0, COUNT(alone));
    tcase_add_test(tests, a_wrong_password_is_refused_and_the_client_is_told);
    tcase_add_test(tests, a_client_without_a_credential_never_tries_it);
    tcase_add_test(tests, a_server_offers_it_where_it_has_a_store);
    tcase_add_test(tests, a_server_without_a_store_neither_offers_nor_takes_it);
    tcase_add_loop_test(tests, sha_1_is_refused_in_the_place_of_sha_256, 0, 2);
    tcase_add_test(tests, sha_1_is_not_negotiated_where_there_is_no_other);
    tcase_add_test(tests, both_sides_have_the_flags_of_the_mechanism);
    tcase_add_loop_test(tests, channel_bindings_are_compared, 0, 2);
    tcase_add_loop_test(tests, a_context_may_be_asked_at_any_time, 0, 2);
    tcase_add_loop_test(tests, a_context_may_be_deleted_at_any_time, 0, 6);
    tcase_add_loop_test(tests, messages_go_both_ways, 0, 2);
    tcase_add_loop_test(tests, a_first_token_that_was_changed_does_no_harm, 0,
                        8);
}

int
main(void)
{
    return world_run("spnego", add, 60);
}
