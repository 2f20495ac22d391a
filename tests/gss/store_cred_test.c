/*
 * Storing an initiator's credential in a file.
 */
#include "credentials.h"

#include <unistd.h>

static const char *
sentence(OM_uint32 minor)
{
    return sentence_of(minor, &sha_256);
}

/* Store a credential for a user and release it. */
static OM_uint32
store(OM_uint32 *minor, const char *user, const char *password, bool overwrite,
      bool as_default, const gss_key_value_element_desc *elements,
      OM_uint32 count)
{
    gss_key_value_set_desc into = {count, (void *)(uintptr_t)elements};
    gss_cred_id_t cred = user_cred(user, password, &sha_256);
    OM_uint32 major, ignored;

    major =
        gss_store_cred_into(minor, cred, GSS_C_INITIATE, &sha_256, overwrite,
                            as_default, count == 0 ? NULL : &into, NULL, NULL);
    gss_release_cred(&ignored, &cred);
    return major;
}

static void
begin(void)
{
    remove(world_path("credentials"));
}

START_TEST(what_is_stored_is_there_for_everybody)
{
    gss_cred_id_t cred = user_cred("alice", "wonderland", &sha_256);
    gss_cred_usage_t usage = GSS_C_BOTH;
    gss_OID_set stored;
    OM_uint32 minor;
    int present;

    ck_assert_uint_eq(gss_store_cred(&minor, cred, GSS_C_BOTH, &sha_256, 0, 0,
                                     &stored, &usage),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(usage, GSS_C_INITIATE);
    ck_assert_uint_eq(stored->count, 1);
    gss_test_oid_set_member(&minor, &sha_256, stored, &present);
    ck_assert_int_eq(present, 1);
    gss_release_oid_set(&minor, &stored);
    gss_release_cred(&minor, &cred);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
}
END_TEST

START_TEST(all_elements_may_be_stored_at_once)
{
    gss_cred_id_t cred = user_cred("alice", "wonderland", &sha_256);
    gss_OID_set stored;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_store_cred(&minor, cred, GSS_C_INITIATE, GSS_C_NO_OID,
                                     0, 0, &stored, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(stored->count, 1);
    gss_release_oid_set(&minor, &stored);
    gss_release_cred(&minor, &cred);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
}
END_TEST

START_TEST(a_file_and_targets_may_be_named)
{
    gss_key_value_element_desc elements[] = {
        {GSS_SCRAM_CRED_FILE, world_path("stored")},
        {GSS_SCRAM_CRED_TARGET, "*@server"}};
    gss_cred_id_t cred;
    OM_uint32 minor;
    char user[64];

    ck_assert_uint_eq(
        store(&minor, "alice", "wonderland", false, false, elements, 2),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_NO_CRED);
    ck_assert_uint_eq(
        acquire_from(&minor, NULL, GSS_C_INITIATE, elements, 1, &cred),
        GSS_S_COMPLETE);
    assert_logs_in(cred, "alice");
    ck_assert_uint_eq(begin_as(&minor, cred, "host@other", user),
                      GSS_S_NO_CRED);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(overwriting_has_to_be_asked_for)
{
    OM_uint32 minor;

    ck_assert_uint_eq(store(&minor, "alice", "wrong", false, false, NULL, 0),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(
        store(&minor, "alice", "wonderland", false, false, NULL, 0),
        GSS_S_DUPLICATE_ELEMENT);
    ck_assert_ptr_nonnull(strstr(sentence(minor), world_path("credentials")));
    ck_assert_uint_eq(
        store(&minor, "alice", "wonderland", true, false, NULL, 0),
        GSS_S_COMPLETE);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
}
END_TEST

START_TEST(the_default_is_who_was_made_it)
{
    OM_uint32 minor;

    store(&minor, "alice", "wonderland", false, false, NULL, 0);
    store(&minor, "mallory", "malice", false, false, NULL, 0);
    assert_begins_as(GSS_C_NO_CREDENTIAL, "host@server", "alice");
    store(&minor, "mallory", "malice", true, true, NULL, 0);
    assert_begins_as(GSS_C_NO_CREDENTIAL, "host@server", "mallory");
    assert_tells(GSS_C_NO_CREDENTIAL, "mallory");
}
END_TEST

static const char *const passwords[] = {
    "\"", "\\", " x ", "#", "}", "[*]", "p\xc3\xa4ss", "a = b", "\\n",
};

START_TEST(a_password_may_have_anything_in_it)
{
    OM_uint32 minor;
    char user[16];

    snprintf(user, sizeof(user), "odd%d", _i);
    world_add_user(user, passwords[_i], SCRAM_SHA_256, true);
    ck_assert_uint_eq(store(&minor, user, passwords[_i], true, false, NULL, 0),
                      GSS_S_COMPLETE);
    assert_logs_in(GSS_C_NO_CREDENTIAL, user);
}
END_TEST

START_TEST(what_cannot_be_written_down_is_refused)
{
    gss_key_value_element_desc target = {GSS_SCRAM_CRED_TARGET, "nonsense"};
    char quotes[1100] = "";
    OM_uint32 minor;

    memset(quotes, '"', sizeof(quotes) - 1);
    ck_assert_uint_eq(store(&minor, "alice", "p", true, false, &target, 1),
                      GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "write SERVICE@HOST"));
    ck_assert_uint_eq(store(&minor, "alice", quotes, true, false, NULL, 0),
                      GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "too long"));
    ck_assert_int_ne(access(world_path("credentials"), F_OK), 0);
}
END_TEST

START_TEST(a_file_that_others_may_read_gets_no_password)
{
    OM_uint32 minor;

    world_write("credentials", "# nothing yet\n");
    chmod(world_path("credentials"), 0644);
    ck_assert_uint_eq(store(&minor, "alice", "p", true, false, NULL, 0),
                      GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "0644"));
}
END_TEST

START_TEST(a_credential_store_for_others_gets_no_password)
{
    gss_key_value_element_desc other = {"ccache", "MEMORY:x"};
    OM_uint32 minor;

    ck_assert_uint_eq(store(&minor, "alice", "p", true, false, &other, 1),
                      GSS_S_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), GSS_SCRAM_CRED_FILE));
    ck_assert_int_ne(access(world_path("credentials"), F_OK), 0);
}
END_TEST

START_TEST(a_misspelt_key_gets_no_password)
{
    gss_key_value_element_desc elements[] = {
        {GSS_SCRAM_CRED_TARGET, "HTTP@www"},
        {"scram_credential", world_path("credentials")},
        {GSS_SCRAM_CRED_TARGET, "HTTP@www.example.org"}};
    OM_uint32 minor;

    ck_assert_uint_eq(store(&minor, "alice", "p", true, false, elements, 2),
                      GSS_S_FAILURE);
    ck_assert_ptr_nonnull(
        strstr(sentence(minor), "a key \"scram_credential\","));
    elements[1].key = GSS_SCRAM_CRED_FILE;
    ck_assert_uint_eq(store(&minor, "alice", "p", true, false, elements, 3),
                      GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "scram_target twice"));
    ck_assert_int_ne(access(world_path("credentials"), F_OK), 0);
}
END_TEST

START_TEST(an_acceptors_credential_is_refused)
{
    gss_cred_id_t cred = server_cred(&sha_256);
    gss_OID_set stored = GSS_C_NO_OID_SET;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_store_cred(&minor, cred, GSS_C_ACCEPT, &sha_256, 1, 1,
                                     &stored, NULL),
                      GSS_S_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "initiator"));
    ck_assert_uint_eq(
        gss_store_cred(&minor, cred, GSS_C_BOTH, &sha_256, 1, 1, &stored, NULL),
        GSS_S_UNAVAILABLE);
    ck_assert_ptr_null(stored);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_credential_of_a_file_is_stored_already)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials", LOGIN("*", "alice", "p"));
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_store_cred(&minor, cred, GSS_C_INITIATE, &sha_256, 1,
                                     1, NULL, NULL),
                      GSS_S_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "stored there"));
    gss_release_cred(&minor, &cred);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, what_is_stored_is_there_for_everybody);
    tcase_add_test(tests, all_elements_may_be_stored_at_once);
    tcase_add_test(tests, a_file_and_targets_may_be_named);
    tcase_add_test(tests, overwriting_has_to_be_asked_for);
    tcase_add_test(tests, the_default_is_who_was_made_it);
    tcase_add_loop_test(tests, a_password_may_have_anything_in_it, 0,
                        COUNT(passwords));
    tcase_add_test(tests, what_cannot_be_written_down_is_refused);
    tcase_add_test(tests, a_file_that_others_may_read_gets_no_password);
    tcase_add_test(tests, a_credential_store_for_others_gets_no_password);
    tcase_add_test(tests, a_misspelt_key_gets_no_password);
    tcase_add_test(tests, an_acceptors_credential_is_refused);
    tcase_add_test(tests, a_credential_of_a_file_is_stored_already);
}

int
main(void)
{
    return world_run("store_cred", add, 60);
}
