/*
 * Acquiring, inquiring and releasing credentials.
 */
#include "world.h"
#include "world_broker.h"

static OM_uint32
acquire(gss_cred_usage_t usage, gss_OID mech, const char *key,
        const char *value, const char *user, gss_cred_id_t *cred,
        OM_uint32 *minor)
{
    gss_key_value_element_desc element = {key, value};
    gss_key_value_set_desc store = {1, &element};
    gss_OID_set_desc mechs = {1, mech};
    gss_name_t name =
        user == NULL ? GSS_C_NO_NAME : name_of(user, GSS_C_NT_USER_NAME);
    OM_uint32 major, ignored;

    major = gss_acquire_cred_from(
        minor, name, 0, mech == NULL ? GSS_C_NO_OID_SET : &mechs, usage,
        key == NULL ? NULL : &store, cred, NULL, NULL);
    gss_release_name(&ignored, &name);
    return major;
}

START_TEST(an_acceptor_reads_the_configured_store)
{
    gss_cred_id_t cred;
    gss_cred_usage_t usage;
    OM_uint32 minor, lifetime;
    gss_buffer_desc text;
    gss_name_t name;

    ck_assert_uint_eq(
        acquire(GSS_C_ACCEPT, &sha_256, NULL, NULL, NULL, &cred, &minor),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(
        gss_inquire_cred(&minor, cred, &name, &lifetime, &usage, NULL),
        GSS_S_COMPLETE);
    ck_assert_int_eq(usage, GSS_C_ACCEPT);
    ck_assert_uint_eq(lifetime, GSS_C_INDEFINITE);
    ck_assert_uint_eq(gss_display_name(&minor, name, &text, NULL),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(strncmp(text.value, "host@", 5), 0);
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_store_that_is_not_there_is_no_credential)
{
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    char location[600], wanted[640];
    OM_uint32 minor;

    snprintf(location, sizeof(location), "file:%s", world_path("none"));
    snprintf(wanted, sizeof(wanted), "%s", world_path("none"));
    ck_assert_uint_eq(acquire(GSS_C_ACCEPT, &sha_256, GSS_SCRAM_CRED_STORE,
                              location, NULL, &cred, &minor),
                      GSS_S_NO_CRED);
    ck_assert_ptr_null(cred);
    ck_assert_ptr_nonnull(strstr(sentence_of(minor, &sha_256), wanted));
}
END_TEST

START_TEST(a_credential_store_overrides_the_configuration)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    world_write("scram.conf", "[scram]\n store = file:%s\n",
                world_path("none"));
    ck_assert_uint_eq(
        acquire(GSS_C_ACCEPT, &sha_256, NULL, NULL, NULL, &cred, &minor),
        GSS_S_NO_CRED);
    ck_assert_uint_eq(acquire(GSS_C_ACCEPT, &sha_256, GSS_SCRAM_CRED_STORE,
                              world_store(), NULL, &cred, &minor),
                      GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_key_without_a_value_is_none)
{
    static const char *const keys[] = {
        GSS_SCRAM_CRED_STORE, GSS_SCRAM_CRED_FILE, GSS_SCRAM_CRED_PASSWORD};
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert_uint_eq(
        acquire(GSS_C_ACCEPT, &sha_256, keys[_i], NULL, NULL, &cred, &minor),
        GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_location_of_no_known_kind_is_refused)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert_uint_eq(acquire(GSS_C_ACCEPT, &sha_256, GSS_SCRAM_CRED_STORE,
                              "sql:nowhere", NULL, &cred, &minor),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence_of(minor, &sha_256), "sql:nowhere"));
}
END_TEST

/* What others would be let in by is not passed over: an element, perhaps a
 * second, and what is said. */
static const struct {
    const char *keys[2], *values[2]; /* NULL: the test's own store */
    const char *says;
} misspelt[] = {
    {{"scram_sotre"}, {NULL}, "a key \"scram_sotre\", which is not known"},
    {{"scram_"}, {NULL}, "a key \"scram_\", which is not known"},
    {{"scram_Store"}, {NULL}, "a key \"scram_Store\", which is not known"},
    {{"scram_password"}, {"x"}, "a key \"scram_password\", which is not known"},
    {{"SCRAM_STORE"}, {NULL}, "a key \"SCRAM_STORE\", which is not known"},
    {{"Scram_store"}, {NULL}, "a key \"Scram_store\", which is not known"},
    {{"scram-store"}, {NULL}, "a key \"scram-store\", which is not known"},
    {{"scram_store "}, {NULL}, "a key \"scram_store \", which is not known"},
    {{"scram_store", "scram_sotre"}, {NULL, NULL}, "scram_sotre"},
    {{"scram_store", "scram_store"}, {NULL, NULL}, "scram_store twice"},
    {{"scram_credentials", "scram_credentials"}, {"/x", "/y"}, "twice"},
    {{"scram_store"}, {"/x"}, "scram_store is wrong: \"/x\""},
    {{"scram_store"}, {""}, "scram_store is wrong: \"\""},
    {{"scram_store"}, {":/x"}, "scram_store is wrong: \":/x\""},
    {{"scram_store"}, {"file:x"}, "scram_store is wrong: \"file:x\""},
};

/* What is said of the case: beside a broker a location has to be a file's, and
 * only then is looked at. */
static const char *
expected_of(int i)
{
    bool is_location = strstr(misspelt[i].says, "is wrong") != NULL;

    return world_is_brokered() && is_location &&
                   strncmp(misspelt[i].values[0], "file:", 5) != 0
               ? "beside that a program may name a file: alone"
               : misspelt[i].says;
}

START_TEST(a_key_or_a_location_that_is_misspelt_is_refused)
{
    gss_key_value_element_desc elements[2] = {{NULL, NULL}, {NULL, NULL}};
    gss_key_value_set_desc store = {misspelt[_i].keys[1] == NULL ? 1 : 2,
                                    elements};
    gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};
    gss_OID_set_desc ours = {1, &sha_256}, negotiated = {1, &spnego};
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;
    int i;

    for (i = 0; i < 2; i++) {
        elements[i].key = misspelt[_i].keys[i];
        elements[i].value = misspelt[_i].values[i] != NULL
                                ? misspelt[_i].values[i]
                                : world_store();
    }
    ck_assert_uint_eq(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, &ours,
                                            GSS_C_ACCEPT, &store, &cred, NULL,
                                            NULL),
                      GSS_S_NO_CRED);
    ck_assert_ptr_null(cred);
    ck_assert_msg(strstr(sentence_of(minor, &sha_256), expected_of(_i)) != NULL,
                  "%s", sentence_of(minor, &sha_256));
    /* A client's keys are no others. */
    if (strstr(misspelt[_i].says, "is wrong") == NULL)
        ck_assert_uint_eq(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, &ours,
                                                GSS_C_INITIATE, &store, &cred,
                                                NULL, NULL),
                          GSS_S_NO_CRED);
    ck_assert_ptr_null(cred);
    /* Where no other mechanism has a credential, SPNEGO has none. */
    ck_assert(GSS_ERROR(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0,
                                              &negotiated, GSS_C_ACCEPT, &store,
                                              &cred, NULL, NULL)));
    ck_assert_ptr_null(cred);
}
END_TEST

START_TEST(so_is_the_configurations_with_file_and_key)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    world_write("scram.conf", "[scram]\n store = sql:nowhere\n");
    ck_assert_uint_eq(
        acquire(GSS_C_ACCEPT, &sha_256, NULL, NULL, NULL, &cred, &minor),
        GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(
        strstr(sentence_of(minor, &sha_256), world_path("scram.conf")));
    ck_assert_ptr_nonnull(
        strstr(sentence_of(minor, &sha_256), "store is wrong: \"sql:nowhere"));
}
END_TEST

START_TEST(a_wrong_configuration_is_said_with_file_and_key)
{
    gss_cred_usage_t usage = _i ? GSS_C_INITIATE : GSS_C_ACCEPT;
    gss_cred_id_t cred;
    OM_uint32 minor;

    world_write("scram.conf", "[scram]\n stroe = x\n");
    ck_assert_uint_eq(acquire(usage, &sha_256,
                              _i ? GSS_SCRAM_CRED_PASSWORD : NULL, "wonderland",
                              _i ? "alice" : NULL, &cred, &minor),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(
        strstr(sentence_of(minor, &sha_256), world_path("scram.conf")));
    ck_assert_ptr_nonnull(strstr(sentence_of(minor, &sha_256), "stroe"));
}
END_TEST

START_TEST(all_mechanisms_do_not_include_sha_1)
{
    gss_cred_id_t cred;
    gss_OID_set mechs;
    OM_uint32 minor;
    int present;

    ck_assert_uint_eq(
        acquire(GSS_C_ACCEPT, NULL, NULL, NULL, NULL, &cred, &minor),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_inquire_cred(&minor, cred, NULL, NULL, NULL, &mechs),
                      GSS_S_COMPLETE);
    gss_test_oid_set_member(&minor, &sha_256, mechs, &present);
    ck_assert_int_eq(present, 1);
    gss_test_oid_set_member(&minor, &sha_1, mechs, &present);
    ck_assert_int_eq(present, 0);
    gss_release_oid_set(&minor, &mechs);
    gss_release_cred(&minor, &cred);
}
END_TEST

/* Neither a credential for all mechanisms nor the default one takes it. */
START_TEST(sha_1_is_refused_where_it_was_not_asked_for)
{
    struct handshake h;
    OM_uint32 minor;

    handshake_begin(&h, &sha_1, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &sha_1);
    if (_i == 0)
        ck_assert_uint_eq(acquire(GSS_C_ACCEPT, NULL, NULL, NULL, NULL,
                                  &h.server_cred, &minor),
                          GSS_S_COMPLETE);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_NO_CRED);
    handshake_end(&h);
}
END_TEST

START_TEST(the_default_credential_accepts_like_an_acquired_one)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &sha_256);
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
}
END_TEST

START_TEST(an_initiator_needs_a_name_and_a_password)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert_uint_eq(
        acquire(GSS_C_INITIATE, &sha_256, NULL, NULL, "alice", &cred, &minor),
        GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence_of(minor, &sha_256),
                                 "There is no password for the user alice"));
    ck_assert_uint_eq(acquire(GSS_C_INITIATE, &sha_256, GSS_SCRAM_CRED_PASSWORD,
                              "wonderland", NULL, &cred, &minor),
                      GSS_S_NO_CRED);
    ck_assert_uint_eq(acquire(GSS_C_INITIATE, &sha_256, GSS_SCRAM_CRED_PASSWORD,
                              "wonderland", "alice", &cred, &minor),
                      GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(without_a_credential_a_client_does_not_begin)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, NULL, NULL);
    ck_assert_uint_eq(client_step(&h), GSS_S_NO_CRED);
    ck_assert_ptr_null(h.client);
    ck_assert_uint_eq(h.to_server.length, 0);
    handshake_end(&h);
}
END_TEST

START_TEST(a_credential_does_only_what_it_is_for)
{
    struct handshake h;
    gss_cred_id_t swap;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    swap = h.client_cred;
    h.client_cred = h.server_cred;
    h.server_cred = swap;
    ck_assert_uint_eq(server_step(&h), GSS_S_NO_CRED);
    ck_assert_ptr_null(h.server);
    handshake_end(&h);
}
END_TEST

START_TEST(a_servers_credential_begins_nothing)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    gss_release_cred(&h.client_minor, &h.client_cred);
    ck_assert_uint_eq(acquire(GSS_C_ACCEPT, &sha_256, NULL, NULL, NULL,
                              &h.client_cred, &h.client_minor),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(client_step(&h), GSS_S_NO_CRED);
    ck_assert_ptr_null(h.client);
    handshake_end(&h);
}
END_TEST

START_TEST(a_service_is_no_user)
{
    gss_name_t name = name_of("imap@localhost", GSS_C_NT_HOSTBASED_SERVICE);
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_PASSWORD,
                                          "wonderland"};
    gss_key_value_set_desc store = {1, &element};
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_acquire_cred_from(&minor, name, 0, &mechs,
                                            GSS_C_INITIATE, &store, &cred, NULL,
                                            NULL),
                      GSS_S_BAD_NAME);
    ck_assert_ptr_null(cred);
    gss_release_name(&minor, &name);
}
END_TEST

START_TEST(a_password_that_saslprep_refuses_is_said_to_be)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "bell\x07");
    handshake_run(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_DEFECTIVE_CREDENTIAL);
    ck_assert_str_eq(sentence_of(h.client_minor, h.mech),
                     "The password is empty, longer than 1024 bytes, or has "
                     "characters that SASLprep (RFC 4013) does not allow");
    handshake_end(&h);
}
END_TEST

START_TEST(an_initiator_tells_its_name)
{
    gss_cred_id_t cred = user_cred("alice", "wonderland", &sha_256);
    OM_uint32 minor, initiator, acceptor;
    gss_cred_usage_t usage;
    gss_buffer_desc text;
    gss_name_t name;

    ck_assert_uint_eq(gss_inquire_cred_by_mech(&minor, cred, &sha_256, &name,
                                               &initiator, &acceptor, &usage),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(usage, GSS_C_INITIATE);
    ck_assert_uint_eq(initiator, GSS_C_INDEFINITE);
    ck_assert_uint_eq(acceptor, 0);
    gss_display_name(&minor, name, &text, NULL);
    ck_assert(buffer_is(&text, "alice"));
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    gss_release_cred(&minor, &cred);
}
END_TEST

/* What a configuration lets a server ask a client for, whose sentence says what
 * that server asked for, what is allowed and where. */
static const struct {
    const char *keys, *token; /* after the client's nonce */
    const char *sentence;     /* around the configuration's path */
    const char *rest;
} limits[] = {
    {" client_max_iterations = 4096\n", "x,s=QSXC,i=4097",
     "The server asks for 4097 iterations, and client_max_iterations allows "
     "4096: "
     "see ",
     ". Raise it there if the server may take that much of this machine's "
     "time"},
    {"", "x,s=QSXC,i=10000001",
     "The server asks for 10000001 iterations, and client_max_iterations "
     "allows "
     "10000000: see ",
     ". Raise it there if the server may take that much of this machine's "
     "time"},
    {" client_min_iterations = 4097\n", "x,s=QSXC,i=4096",
     "The server asks for 4096 iterations, and client_min_iterations demands "
     "4097: "
     "see ",
     ". An impostor asks for few, so that the password can be guessed quickly "
     "from the answer. Lower it there only for a server that is known to have "
     "verifiers with so few"},
    {" client_min_iterations = 100000\n", "x,s=QQ==,i=99999",
     "The server asks for 99999 iterations, and client_min_iterations demands "
     "100000: "
     "see ",
     ". An impostor asks for few, so that the password can be guessed quickly "
     "from the answer. Lower it there only for a server that is known to have "
     "verifiers with so few"},
};

START_TEST(a_configuration_bounds_what_a_server_asks_of_a_client)
{
    struct handshake h;
    char token[64], wanted[1024];

    world_write("scram.conf", "[scram]\n store = %s\n%s", world_store(),
                limits[_i].keys);
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    snprintf(token, sizeof(token), "r=%.24s%s",
             (char *)memmem(h.to_server.value, h.to_server.length, ",r=", 3) +
                 3,
             limits[_i].token);
    ck_assert_uint_eq(client_take(&h, token), GSS_S_DEFECTIVE_TOKEN);
    ck_assert_uint_eq(h.to_server.length, 0);
    snprintf(wanted, sizeof(wanted), "%s%s%s", limits[_i].sentence,
             world_path("scram.conf"), limits[_i].rest);
    ck_assert_str_eq(sentence_of(h.client_minor, h.mech), wanted);
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_within_the_bounds_is_answered)
{
    struct handshake h;

    world_write("scram.conf",
                "[scram]\n store = %s\n client_min_iterations = 4096\n"
                " client_max_iterations = 4096\n",
                world_store());
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, an_acceptor_reads_the_configured_store);
    tcase_add_test(tests, a_store_that_is_not_there_is_no_credential);
    tcase_add_test(tests, a_credential_store_overrides_the_configuration);
    tcase_add_loop_test(tests, a_key_without_a_value_is_none, 0, 3);
    tcase_add_test(tests, a_location_of_no_known_kind_is_refused);
    tcase_add_loop_test(tests, a_key_or_a_location_that_is_misspelt_is_refused,
                        0, COUNT(misspelt));
    tcase_add_test(tests, so_is_the_configurations_with_file_and_key);
    tcase_add_loop_test(tests, a_wrong_configuration_is_said_with_file_and_key,
                        0, 2);
    tcase_add_test(tests, all_mechanisms_do_not_include_sha_1);
    tcase_add_loop_test(tests, sha_1_is_refused_where_it_was_not_asked_for, 0,
                        2);
    tcase_add_test(tests, the_default_credential_accepts_like_an_acquired_one);
    tcase_add_test(tests, an_initiator_needs_a_name_and_a_password);
    tcase_add_test(tests, without_a_credential_a_client_does_not_begin);
    tcase_add_test(tests, a_credential_does_only_what_it_is_for);
    tcase_add_test(tests, a_servers_credential_begins_nothing);
    tcase_add_test(tests, a_service_is_no_user);
    tcase_add_test(tests, a_password_that_saslprep_refuses_is_said_to_be);
    tcase_add_test(tests, an_initiator_tells_its_name);
    tcase_add_loop_test(tests,
                        a_configuration_bounds_what_a_server_asks_of_a_client,
                        0, COUNT(limits));
    tcase_add_test(tests, a_server_within_the_bounds_is_answered);
}

int
main(void)
{
    return world_run("acquire", add, 60);
}
