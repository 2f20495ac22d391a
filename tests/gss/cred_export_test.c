/*
 * Credentials as bytes, and back.
 */
#include "credentials.h"

/* A copy by way of its bytes; the original goes. */
static gss_cred_id_t
carried(gss_cred_id_t cred)
{
    gss_buffer_desc token;
    gss_cred_id_t copy;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_export_cred(&minor, cred, &token), GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
    ck_assert_uint_eq(gss_import_cred(&minor, &token, &copy), GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    return copy;
}

START_TEST(a_password_comes_along)
{
    gss_cred_id_t cred = carried(user_cred("a,b=c", "comma", &sha_256));
    OM_uint32 minor;

    assert_tells(cred, "a,b=c");
    assert_logs_in(cred, "a,b=c");
    gss_release_cred(&minor, &cred);
}
END_TEST

/* What no import would read is not exported. */
START_TEST(a_password_that_is_too_long_stays)
{
    char password[4096 + 2];
    gss_buffer_desc token;
    gss_cred_id_t cred;
    OM_uint32 minor;

    memset(password, 'x', sizeof(password));
    password[4096 + _i] = '\0';
    cred = user_cred("alice", password, &sha_256);
    ck_assert_int_eq(gss_export_cred(&minor, cred, &token) == GSS_S_COMPLETE,
                     _i == 0);
    gss_release_buffer(&minor, &token);
    gss_release_cred(&minor, &cred);
}
END_TEST

/* With a password the account's least count comes along; with a file that of
 * its login is looked up there. */
START_TEST(what_a_client_demands_comes_along)
{
    gss_cred_id_t cred;
    struct handshake h;
    OM_uint32 minor;

    credentials_file(
        "credentials",
        LOGIN("*", "alice", "wonderland") "min_iterations = 100000\n");
    world_write("scram.conf", "[scram]\n store = %s\n%s", world_store(),
                _i ? "" : " client_min_iterations = 100000\n");
    if (_i)
        ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    else
        cred = user_cred("alice", "wonderland", &sha_256);
    world_write("scram.conf", "[scram]\n store = %s\n", world_store());
    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = carried(cred);
    handshake_run(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_DEFECTIVE_TOKEN);
    ck_assert_ptr_nonnull(strstr(sentence_of(h.client_minor, &sha_256),
                                 "min_iterations demands 100000"));
    handshake_end(&h);
}
END_TEST

START_TEST(a_file_is_looked_into_where_it_is_used)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials", LOGIN("*", "alice", "wrong"));
    ck_assert_uint_eq(acquire(&minor, _i ? "alice" : NULL, &cred),
                      GSS_S_COMPLETE);
    cred = carried(cred);
    credentials_file("credentials", LOGIN("*", "alice", "wonderland"));
    assert_tells(cred, "alice");
    derivations = 0;
    assert_logs_in(cred, "alice");
    assert_logs_in(cred, "alice");
    ck_assert_int_eq(derivations, 1);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_server_keeps_its_store_and_its_settings)
{
    gss_channel_bindings_t none = GSS_C_NO_CHANNEL_BINDINGS;
    struct gss_channel_bindings_struct some = {0};
    gss_cred_id_t cred;
    struct handshake h;

    some.application_data = (gss_buffer_desc){4, (void *)"some"};
    world_write("scram.conf",
                "[scram]\n store = %s\n require_channel_bindings = true\n",
                world_store());
    cred = server_cred(&sha_256);
    world_write("scram.conf", "[scram]\n store = file:/nowhere\n");
    cred = carried(cred);
    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &sha_256);
    h.server_cred = cred;
    h.server_bindings = &some;
    h.client_bindings = _i ? &some : none;
    handshake_run(&h);
    ck_assert_uint_eq(h.server_major, _i ? GSS_S_COMPLETE : GSS_S_BAD_BINDINGS);
    handshake_end(&h);
}
END_TEST

START_TEST(a_store_that_is_gone_is_no_credential)
{
    gss_cred_id_t cred = server_cred(&sha_256);
    gss_buffer_desc token;
    OM_uint32 minor;
    char moved[512];

    snprintf(moved, sizeof(moved), "%s", world_path("moved"));
    ck_assert_uint_eq(gss_export_cred(&minor, cred, &token), GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
    ck_assert_int_eq(rename(world_path("users"), moved), 0);
    while (gss_import_cred(&minor, &token, &cred) == GSS_S_COMPLETE) {
        /* Until it is looked at again: see mech/store/file_shared.h. */
        OM_uint32 ignored;

        gss_release_cred(&ignored, &cred);
        sched_yield();
    }
    ck_assert_ptr_nonnull(
        strstr(sentence_of(minor, &sha_256), world_path("users")));
    ck_assert_int_eq(rename(moved, world_path("users")), 0);
    gss_release_buffer(&minor, &token);
}
END_TEST

/* gss_add_cred copies what it adds to by way of its bytes. */
START_TEST(a_credential_may_be_added_to)
{
    gss_cred_id_t cred = user_cred("alice", "wonderland", &sha_256), both;
    gss_key_value_element_desc password = {GSS_SCRAM_CRED_PASSWORD,
                                           "wonderland"};
    gss_key_value_set_desc from = {1, &password};
    gss_name_t name = name_of("alice", GSS_C_NT_USER_NAME);
    OM_uint32 minor;
    gss_OID_set mechs;

    ck_assert_uint_eq(gss_add_cred_from(&minor, cred, name, &sha_1,
                                        GSS_C_INITIATE, 0, 0, &from, &both,
                                        &mechs, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(mechs->count, 2);
    gss_release_cred(&minor, &cred);
    assert_logs_in(both, "alice");
    gss_release_cred(&minor, &both);
    gss_release_oid_set(&minor, &mechs);
    gss_release_name(&minor, &name);
}
END_TEST

/* What libgssapi puts before ours: the OID's length and bytes, our length. */
#define HEADER (4 + GSS_SCRAM_SHA_256_OID_LENGTH + 4)

/* Each byte of ours in turn becomes others, and each end is cut off: what is
 * made of it is refused, or may be asked and released. */
START_TEST(bytes_from_anywhere_do_no_harm)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0xff};
    gss_cred_id_t cred =
        _i ? server_cred(&sha_256) : user_cred("alice", "wonderland", &sha_256);
    gss_buffer_desc token;
    uint8_t *text;
    OM_uint32 minor;
    size_t at, i;

    ck_assert_uint_eq(gss_export_cred(&minor, cred, &token), GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
    text = token.value;
    for (at = HEADER; at < token.length; at++) {
        uint8_t was = text[at];
        for (i = 0; i < sizeof(bytes); i++) {
            text[at] = bytes[i];
            if (gss_import_cred(&minor, &token, &cred) != GSS_S_COMPLETE)
                continue;
            gss_inquire_cred(&minor, cred, NULL, NULL, NULL, NULL);
            gss_release_cred(&minor, &cred);
        }
        text[at] = was;
    }
    for (at = HEADER; at < token.length; at++) {
        gss_buffer_desc cut = {at, malloc(at)};

        memcpy(cut.value, text, at);
        ((uint8_t *)cut.value)[HEADER - 1] = (uint8_t)(at - HEADER);
        ((uint8_t *)cut.value)[HEADER - 2] = 0;
        ck_assert_uint_eq(gss_import_cred(&minor, &cut, &cred),
                          GSS_S_DEFECTIVE_TOKEN);
        free(cut.value);
    }
    gss_release_buffer(&minor, &token);
}
END_TEST

/* A user's name must be as importing it would have made it. */
START_TEST(a_name_that_is_not_prepared_is_refused)
{
    gss_cred_id_t cred = user_cred("alice", "wonderland", &sha_256);
    gss_buffer_desc token;
    OM_uint32 minor;
    char *name;

    ck_assert_uint_eq(gss_export_cred(&minor, cred, &token), GSS_S_COMPLETE);
    gss_release_cred(&minor, &cred);
    name = memmem(token.value, token.length, "alice", 5);
    memcpy(name, "a\xcc\x88li", 5);
    ck_assert_uint_eq(gss_import_cred(&minor, &token, &cred),
                      GSS_S_DEFECTIVE_TOKEN);
    gss_release_buffer(&minor, &token);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_password_comes_along);
    tcase_add_loop_test(tests, a_password_that_is_too_long_stays, 0, 2);
    tcase_add_loop_test(tests, what_a_client_demands_comes_along, 0, 2);
    tcase_add_loop_test(tests, a_file_is_looked_into_where_it_is_used, 0, 2);
    tcase_add_loop_test(tests, a_server_keeps_its_store_and_its_settings, 0, 2);
    tcase_add_test(tests, a_store_that_is_gone_is_no_credential);
    tcase_add_test(tests, a_credential_may_be_added_to);
    tcase_add_loop_test(tests, bytes_from_anywhere_do_no_harm, 0, 2);
    tcase_add_test(tests, a_name_that_is_not_prepared_is_refused);
}

int
main(void)
{
    return world_run("cred_export", add, 60);
}
