/*
 * Every outcome of a handshake, through libgssapi: major, minor, its sentence,
 * the token that must be sent, and what the initiator then reports.
 */
#include "world.h"

START_TEST(the_right_password_establishes_both_contexts)
{
    OM_uint32 wanted = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG |
                       GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG |
                       GSS_C_INTEG_FLAG | GSS_C_PROT_READY_FLAG;
    struct handshake h;
    gss_buffer_desc user;
    OM_uint32 minor;
    gss_OID type;

    handshake_begin(&h, _i ? &sha_1 : &sha_256, "alice", "wonderland");
    ck_assert_uint_eq(client_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(client_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(h.client_flags & GSS_C_PROT_READY_FLAG, 0);
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    ck_assert_uint_eq(client_step(&h), GSS_S_COMPLETE);
    ck_assert_uint_eq(h.to_server.length, 0);
    ck_assert_uint_eq(h.client_flags & wanted, wanted);
    ck_assert_uint_eq(h.server_flags & wanted, wanted);
    ck_assert_uint_eq(h.server_flags & (GSS_C_DELEG_FLAG | GSS_C_ANON_FLAG), 0);
    ck_assert_uint_eq(h.server_flags & GSS_C_CHANNEL_BOUND_FLAG, 0);

    ck_assert_uint_eq(gss_display_name(&minor, h.user, &user, &type),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&user, "alice"));
    ck_assert(gss_oid_equal(type, GSS_C_NT_USER_NAME));
    gss_release_buffer(&minor, &user);
    handshake_end(&h);
}
END_TEST

/* What a whole handshake comes to. The client's report of e=invalid-proof is
 * that its credential is no good. */
static const struct {
    const char *user, *password;
    OM_uint32 server, client;
    const char *token;
} passwords[] = {
    {"a,b=c", "comma", GSS_S_COMPLETE, GSS_S_COMPLETE, NULL},
    {"alice", "Wonderland", GSS_S_BAD_SIG, GSS_S_DEFECTIVE_CREDENTIAL,
     "e=invalid-proof"},
    {"alice", "wonderland ", GSS_S_BAD_SIG, GSS_S_DEFECTIVE_CREDENTIAL,
     "e=invalid-proof"},
    {"nobody", "wonderland", GSS_S_BAD_SIG, GSS_S_DEFECTIVE_CREDENTIAL,
     "e=invalid-proof"},
    {"mallory", "malice", GSS_S_BAD_SIG, GSS_S_DEFECTIVE_CREDENTIAL,
     "e=invalid-proof"},
    {"dodo", "extinct", GSS_S_BAD_SIG, GSS_S_DEFECTIVE_CREDENTIAL,
     "e=invalid-proof"},
};

START_TEST(a_password_is_right_or_refused_without_saying_why)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, passwords[_i].user, passwords[_i].password);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), passwords[_i].server);
    if (passwords[_i].token != NULL) {
        ck_assert(buffer_is(&h.to_client, passwords[_i].token));
        ck_assert_str_eq(sentence_of(h.server_minor, h.mech),
                         "The user is unknown or disabled, or the password is "
                         "wrong");
    }
    ck_assert_uint_eq(client_step(&h), passwords[_i].client);
    if (passwords[_i].token != NULL)
        ck_assert_str_eq(sentence_of(h.client_minor, h.mech),
                         "The server refused: the user is unknown or "
                         "disabled, or the password is wrong (invalid-proof)");
    handshake_end(&h);
}
END_TEST

#define FRAME(n) "\x60" n "\x06\x06\x2b\x06\x01\x05\x05\x12"
#define TOKEN(bytes) bytes, sizeof(bytes) - 1

static const struct {
    const char *token;
    size_t len;
    OM_uint32 major;
    const char *reply;
    const char *sentence;
} firsts[] = {
    {TOKEN(FRAME("\x14") "n=user,r=abc"), GSS_S_CONTINUE_NEEDED, NULL, NULL},
    {TOKEN(FRAME("\x0e") "n=user"), GSS_S_DEFECTIVE_TOKEN, "e=invalid-encoding",
     "The peer's token is not a valid SCRAM message at this point of the "
     "login"},
    {TOKEN(FRAME("\x08")), GSS_S_DEFECTIVE_TOKEN, "e=invalid-encoding",
     "The peer's token is not a valid SCRAM message at this point of the "
     "login"},
    {TOKEN(FRAME("\x18") "m=x,n=user,r=abc"), GSS_S_DEFECTIVE_TOKEN,
     "e=extensions-not-supported",
     "The peer requires a SCRAM extension that this mechanism does not have"},
    {TOKEN(FRAME("\x11") "n=\x07,r=abc"), GSS_S_DEFECTIVE_TOKEN,
     "e=invalid-username-encoding",
     "The user name has characters that SASLprep (RFC 4013) does not allow"},
    {TOKEN(FRAME("\x15") "n=us=er,r=abc"), GSS_S_DEFECTIVE_TOKEN,
     "e=invalid-encoding",
     "The peer's token is not a valid SCRAM message at this point of the "
     "login"},
};

START_TEST(a_first_token_is_taken_or_refused_with_a_token)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    ck_assert_uint_eq(server_take(&h, firsts[_i].token, firsts[_i].len),
                      firsts[_i].major);
    if (firsts[_i].reply != NULL) {
        ck_assert(buffer_is(&h.to_client, firsts[_i].reply));
        ck_assert_str_eq(sentence_of(h.server_minor, h.mech),
                         firsts[_i].sentence);
        ck_assert_ptr_null(h.server);
    }
    handshake_end(&h);
}
END_TEST

START_TEST(a_token_over_the_limit_is_refused)
{
    size_t len = 20000;
    char *token = malloc(len);
    struct handshake h;

    memset(token, 'a', len);
    memcpy(token,
           "\x60\x82\x4e\x1c\x06\x06\x2b\x06\x01\x05\x05\x12n=user,r=", 21);
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    ck_assert_uint_eq(server_take(&h, token, len), GSS_S_DEFECTIVE_TOKEN);
    ck_assert(buffer_is(&h.to_client, "e=invalid-encoding"));
    free(token);
    handshake_end(&h);
}
END_TEST

static const struct {
    const char *token;
    const char *reply;
} finals[] = {
    {"", "e=invalid-encoding"},
    {"c=,r=abc", "e=invalid-encoding"},
    {"c=,r=abc,p=AAAA", "e=invalid-encoding"},
    {"c=,r=abc,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
     "e=invalid-encoding"},
    {"m=x,c=,r=abc,p=AAAA", "e=extensions-not-supported"},
};

/* After a refusal nothing but deletion is left. */
static void
assert_inert(gss_ctx_id_t context)
{
    gss_buffer_desc message = {2, (void *)"hi"}, out;
    gss_buffer_desc token = {5, (void *)"token"};
    OM_uint32 minor, seconds, size;
    int state;

    ck_assert_ptr_nonnull(context);
    ck_assert_uint_eq(gss_wrap(&minor, context, 1, 0, &message, &state, &out),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_unwrap(&minor, context, &token, &out, &state, NULL),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_get_mic(&minor, context, 0, &message, &out),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_verify_mic(&minor, context, &message, &token, NULL),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_context_time(&minor, context, &seconds),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_wrap_size_limit(&minor, context, 1, 0, 100, &size),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_inquire_context(&minor, context, NULL, NULL, NULL,
                                          NULL, NULL, NULL, NULL),
                      GSS_S_NO_CONTEXT);
}

START_TEST(a_final_token_is_refused_with_a_token_and_the_context_is_inert)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    ck_assert_uint_eq(
        server_take(&h, finals[_i].token, strlen(finals[_i].token)),
        GSS_S_DEFECTIVE_TOKEN);
    ck_assert(buffer_is(&h.to_client, finals[_i].reply));
    assert_inert(h.server);

    /* The right token comes too late. */
    ck_assert_uint_eq(server_step(&h), GSS_S_NO_CONTEXT);
    handshake_end(&h);
}
END_TEST

/* A program that takes a context for one of the other side's. */
START_TEST(a_context_is_of_one_side)
{
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_name_t target = name_of("host@localhost", GSS_C_NT_HOSTBASED_SERVICE);
    struct handshake h;
    OM_uint32 minor;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    if (_i == 1)
        handshake_run(&h);
    ck_assert_uint_eq(gss_accept_sec_context(&minor, &h.client, h.server_cred,
                                             &h.to_server,
                                             GSS_C_NO_CHANNEL_BINDINGS, NULL,
                                             NULL, &output, NULL, NULL, NULL),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(output.length, 0);
    ck_assert_uint_eq(
        gss_init_sec_context(&minor, h.client_cred, &h.server, target, h.mech,
                             0, 0, GSS_C_NO_CHANNEL_BINDINGS, &h.to_client,
                             NULL, &output, NULL, NULL),
        GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(output.length, 0);
    gss_release_name(&minor, &target);
    handshake_end(&h);
}
END_TEST

/* Who a client says it is, is no user before there is a proof. */
START_TEST(a_half_open_context_has_no_user_and_stays_where_it_is)
{
    gss_name_t user = GSS_C_NO_NAME;
    struct handshake h;
    OM_uint32 minor, flags;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    ck_assert_uint_eq(gss_inquire_context(&minor, h.server, &user, NULL, NULL,
                                          NULL, &flags, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert_ptr_eq(user, GSS_C_NO_NAME);
    ck_assert_uint_eq(flags & GSS_C_TRANS_FLAG, 0);
    handshake_end(&h);
}
END_TEST

START_TEST(a_token_too_many_ends_the_context)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_uint_eq(server_take(&h, "c=,r=a,p=AAAA", 13),
                      GSS_S_DEFECTIVE_TOKEN);
    ck_assert(buffer_is(&h.to_client, "e=invalid-encoding"));
    assert_inert(h.server);
    ck_assert_uint_eq(client_take(&h, "v=AAAA"), GSS_S_DEFECTIVE_TOKEN);
    assert_inert(h.client);
    handshake_end(&h);
}
END_TEST

START_TEST(a_half_open_context_protects_nothing)
{
    gss_buffer_desc message = {2, (void *)"hi"}, out;
    struct handshake h;
    OM_uint32 minor;
    int is_open, state;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    ck_assert_uint_eq(gss_wrap(&minor, h.server, 1, 0, &message, &state, &out),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_wrap(&minor, h.client, 1, 0, &message, &state, &out),
                      GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_inquire_context(&minor, h.server, NULL, NULL, NULL,
                                          NULL, NULL, NULL, &is_open),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(is_open, 0);
    handshake_end(&h);
}
END_TEST

/* What a client makes of a server that lies or is too weak. */
static const struct {
    const char *token; /* after the client's nonce, where it begins with r= */
    OM_uint32 major;
    const char *sentence;
} server_firsts[] = {
    {"r=,s=QSXC,i=4096", GSS_S_DEFECTIVE_TOKEN,
     "The peer's nonce does not belong to this exchange"},
    {"r=x,s=QSXC,i=4095", GSS_S_DEFECTIVE_TOKEN,
     "The server asks for 4095 iterations, and 4096 are the least that is safe "
     "(RFC 7677)"},
    {"m=x", GSS_S_DEFECTIVE_TOKEN,
     "The peer requires a SCRAM extension that this mechanism does not have"},
    {"", GSS_S_DEFECTIVE_TOKEN,
     "The peer's token is not a valid SCRAM message at this point of the "
     "login"},
    {"e=no-resources", GSS_S_FAILURE, "The server refused: no-resources"},
    {"e=other-error", GSS_S_FAILURE,
     "The server refused: other-error. The server's log says why, for instance "
     "too many wrong passwords for the user, or a store that cannot be used"},
    {"e=channel-bindings-dont-match", GSS_S_BAD_BINDINGS,
     "The server refused: channel-bindings-dont-match"},
    {"e=\x1b[2Jevil", GSS_S_FAILURE, "The server refused: ??2Jevil"},
};

START_TEST(a_client_refuses_what_it_must)
{
    char token[256];
    struct handshake h;
    const char *nonce;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    nonce = memmem(h.to_server.value, h.to_server.length, ",r=", 3);
    ck_assert_ptr_nonnull(nonce);
    nonce += 3;
    if (!strncmp(server_firsts[_i].token, "r=", 2))
        snprintf(token, sizeof(token), "r=%.24s%s", nonce,
                 server_firsts[_i].token + 2);
    else
        snprintf(token, sizeof(token), "%s", server_firsts[_i].token);
    ck_assert_uint_eq(client_take(&h, token), server_firsts[_i].major);
    ck_assert_str_eq(sentence_of(h.client_minor, h.mech),
                     server_firsts[_i].sentence);
    ck_assert_uint_eq(h.to_server.length, 0);
    assert_inert(h.client);
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_without_the_verifier_is_found_out)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    ck_assert_uint_eq(
        client_take(&h, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        GSS_S_BAD_SIG);
    ck_assert_str_eq(
        sentence_of(h.client_minor, h.mech),
        "The server could not prove that it knows the user's password");
    assert_inert(h.client);
    handshake_end(&h);
}
END_TEST

static gss_channel_bindings_t
bindings(const char *text, struct gss_channel_bindings_struct *memory)
{
    if (text == NULL)
        return GSS_C_NO_CHANNEL_BINDINGS;
    memset(memory, 0, sizeof(*memory));
    memory->initiator_addrtype = memory->acceptor_addrtype = GSS_C_AF_NULLADDR;
    memory->application_data.length = strlen(text);
    memory->application_data.value = (void *)text;
    return memory;
}

static const struct {
    const char *client, *server;
    bool required;
    OM_uint32 major;
    bool bound;
} channels[] = {
    {NULL, NULL, false, GSS_S_COMPLETE, false},
    {"tls-exporter:a", NULL, false, GSS_S_COMPLETE, false},
    {NULL, "tls-exporter:a", false, GSS_S_COMPLETE, false},
    {"tls-exporter:a", "tls-exporter:a", false, GSS_S_COMPLETE, true},
    {"tls-exporter:a", "tls-exporter:b", false, GSS_S_BAD_BINDINGS, false},
    {"tls-exporter:a", "", false, GSS_S_BAD_BINDINGS, false},
    {"tls-exporter:a", "tls-exporter:a", true, GSS_S_COMPLETE, true},
    {NULL, "tls-exporter:a", true, GSS_S_BAD_BINDINGS, false},
    {NULL, NULL, true, GSS_S_BAD_BINDINGS, false},
    {"n,,", "n,,", false, GSS_S_COMPLETE, false},
    {"y,,", "y,,", false, GSS_S_COMPLETE, false},
    {"p=tls-unique,,", "p=tls-unique,,", false, GSS_S_COMPLETE, false},
    {"p=tls-unique,,", NULL, false, GSS_S_COMPLETE, false},
    {"p=tls-unique,,data", "p=tls-unique,,data", false, GSS_S_COMPLETE, true},
    {"n,,", "n,,", true, GSS_S_BAD_BINDINGS, false},
    {"y,,", "y,,", true, GSS_S_BAD_BINDINGS, false},
    {"p=tls-unique,,", "p=tls-unique,,", true, GSS_S_BAD_BINDINGS, false},
    {"p=tls-unique,,data", "p=tls-unique,,data", true, GSS_S_COMPLETE, true},
    {"p=tls-unique,,", "p=tls-unique,,data", false, GSS_S_BAD_BINDINGS, false},
    {NULL, "p=tls-unique,,", false, GSS_S_BAD_BINDINGS, false},
};

START_TEST(channel_bindings_are_checked_where_both_sides_have_them)
{
    struct gss_channel_bindings_struct client, server;
    struct handshake h;

    world_write("scram.conf",
                "[scram]\n store = %s\n require_channel_bindings = %s\n",
                world_store(), channels[_i].required ? "true" : "false");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    h.client_bindings = bindings(channels[_i].client, &client);
    h.server_bindings = bindings(channels[_i].server, &server);
    handshake_run(&h);
    ck_assert_uint_eq(h.server_major, channels[_i].major);
    ck_assert_uint_eq(h.client_major, channels[_i].major);
    if (channels[_i].major == GSS_S_COMPLETE) {
        ck_assert_int_eq((h.server_flags & GSS_C_CHANNEL_BOUND_FLAG) != 0,
                         channels[_i].bound);
        /* A client does not learn whether the server compared them. */
        ck_assert_uint_eq(h.client_flags & GSS_C_CHANNEL_BOUND_FLAG, 0);
    } else {
        ck_assert(buffer_is(&h.to_client, "e=channel-bindings-dont-match"));
        assert_inert(h.server);
    }
    handshake_end(&h);
}
END_TEST

/* More than goes into a token is no use to anybody, and is said before anything
 * is sent. */
START_TEST(bindings_that_do_not_fit_into_a_token_are_refused_in_words)
{
    static const size_t lens[] = {11264, 11265, 1 << 20};
    struct gss_channel_bindings_struct memory = {0};
    char *data = malloc(lens[_i]);
    struct handshake h;

    memset(data, 'x', lens[_i]);
    memory.initiator_addrtype = memory.acceptor_addrtype = GSS_C_AF_NULLADDR;
    memory.application_data.length = lens[_i];
    memory.application_data.value = data;
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    h.client_bindings = h.server_bindings = &memory;
    if (_i == 0) {
        handshake_run(&h);
        ck_assert(handshake_is_complete(&h));
        ck_assert_uint_ne(h.server_flags & GSS_C_CHANNEL_BOUND_FLAG, 0);
    } else {
        ck_assert_uint_eq(client_step(&h), GSS_S_BAD_BINDINGS);
        ck_assert_ptr_nonnull(
            strstr(sentence_of(h.client_minor, h.mech),
                   _i == 1 ? "have 11265 bytes of" : "have 1048576 bytes of"));
        ck_assert_ptr_nonnull(
            strstr(sentence_of(h.client_minor, h.mech), "have room for 11264"));
        ck_assert_uint_eq(h.to_server.length, 0);
        ck_assert_ptr_null(h.client);
    }
    handshake_end(&h);
    free(data);
}
END_TEST

START_TEST(contexts_are_deleted_in_any_order_and_state)
{
    struct handshake h;
    OM_uint32 minor;
    int steps, i;

    for (steps = 0; steps < 5; steps++) {
        handshake_begin(&h, &sha_256, "alice", "wonderland");
        for (i = 0; i < steps; i++) {
            if (i % 2 == 0)
                client_step(&h);
            else
                server_step(&h);
        }
        /* Credentials first: a context that needs one keeps it alive. */
        gss_release_cred(&minor, &h.client_cred);
        gss_release_cred(&minor, &h.server_cred);
        handshake_end(&h);
    }
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, the_right_password_establishes_both_contexts, 0,
                        2);
    tcase_add_loop_test(tests,
                        a_password_is_right_or_refused_without_saying_why, 0,
                        COUNT(passwords));
    tcase_add_loop_test(tests, a_first_token_is_taken_or_refused_with_a_token,
                        0, COUNT(firsts));
    tcase_add_test(tests, a_token_over_the_limit_is_refused);
    tcase_add_loop_test(
        tests, a_final_token_is_refused_with_a_token_and_the_context_is_inert,
        0, COUNT(finals));
    tcase_add_loop_test(tests, a_context_is_of_one_side, 0, 2);
    tcase_add_test(tests,
                   a_half_open_context_has_no_user_and_stays_where_it_is);
    tcase_add_test(tests, a_token_too_many_ends_the_context);
    tcase_add_test(tests, a_half_open_context_protects_nothing);
    tcase_add_loop_test(tests, a_client_refuses_what_it_must, 0,
                        COUNT(server_firsts));
    tcase_add_test(tests, a_server_without_the_verifier_is_found_out);
    tcase_add_loop_test(tests,
                        channel_bindings_are_checked_where_both_sides_have_them,
                        0, COUNT(channels));
    tcase_add_loop_test(
        tests, bindings_that_do_not_fit_into_a_token_are_refused_in_words, 0,
        3);
    tcase_add_test(tests, contexts_are_deleted_in_any_order_and_state);
}

int
main(void)
{
    return world_run("exchange", add, 60);
}
