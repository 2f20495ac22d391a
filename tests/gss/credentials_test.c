/*
 * Initiators whose passwords are in a file.
 */
#include "credentials.h"

#include <krb5.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/credentials.h"

#define ALICE LOGIN("*", "alice", "wonderland")
#define COMMA LOGIN("*@comma", "\"a,b=c\"", "comma")

static const char *
sentence(OM_uint32 minor)
{
    return sentence_of(minor, &sha_256);
}

START_TEST(nobody_has_to_ask_for_a_credential)
{
    credentials_file("credentials", ALICE);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    assert_tells(GSS_C_NO_CREDENTIAL, "alice");
}
END_TEST

START_TEST(a_credential_may_be_acquired_with_and_without_a_name)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials", ALICE);
    ck_assert_uint_eq(acquire(&minor, _i ? "alice" : NULL, &cred),
                      GSS_S_COMPLETE);
    assert_tells(cred, "alice");
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(the_target_chooses_the_login)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials",
                     LOGIN("*", "anybody", "1") LOGIN("*@*.org", "org", "2")
                         LOGIN("HTTP@www.a.org", "web", "3"));
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    assert_begins_as(cred, "HTTP@www.a.org", "web");
    assert_begins_as(cred, "http@WWW.a.org", "web");
    assert_begins_as(cred, "ldap@www.a.org", "org");
    assert_begins_as(cred, "ldap@www.a.com", "anybody");
    assert_begins_as(GSS_C_NO_CREDENTIAL, "HTTP@www.a.org", "web");
    assert_tells(cred, "anybody");
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_name_chooses_among_a_targets_logins)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    char user[64];

    credentials_file("credentials",
                     LOGIN("*@a", "alice", "1") LOGIN("*@a", "bob", "2")
                         LOGIN("*@b", "alice", "3"));
    assert_begins_as(GSS_C_NO_CREDENTIAL, "host@a", "alice");
    assert_tells(GSS_C_NO_CREDENTIAL, "alice");
    ck_assert_uint_eq(acquire(&minor, "bob", &cred), GSS_S_COMPLETE);
    assert_tells(cred, "bob");
    assert_begins_as(cred, "host@a", "bob");
    ck_assert_uint_eq(begin_as(&minor, cred, "host@b", user), GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(
        strstr(sentence(minor), "of the user bob for host@b"));
    gss_release_cred(&minor, &cred);
}
END_TEST

/* Both are prepared as RFC 5802 says before they are compared. */
START_TEST(a_user_may_be_written_in_two_ways)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials", LOGIN("*", "Ju\xcc\x88rgen", "p"));
    ck_assert_uint_eq(acquire(&minor, "J\xc3\xbcrgen", &cred), GSS_S_COMPLETE);
    assert_begins_as(cred, "host@a", "J\xc3\xbcrgen");
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_target_that_is_not_in_the_file_is_no_credential)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    char user[64];

    credentials_file("credentials", COMMA);
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    assert_tells(cred, "a,b=c");
    ck_assert_uint_eq(begin_as(&minor, cred, "host@server", user),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), world_path("credentials")));
    ck_assert_ptr_nonnull(strstr(sentence(minor), "host@server"));
    ck_assert_ptr_nonnull(strstr(sentence(minor), "add a section"));
    ck_assert_uint_eq(begin_as(&minor, cred, "host@a\n\x1b[2Jb", user),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "for host@a??[2Jb;"));
    ck_assert_uint_eq(begin_as(&minor, cred, "host@\xd0\xb0", user),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "for host@??;"));
    gss_release_cred(&minor, &cred);
}
END_TEST

/* What is in the file, its mode, and the sentence; NULL: no such file. */
static const struct {
    const char *text;
    mode_t mode;
    const char *user, *says;
} unusable[] = {
    {NULL, 0, NULL, "There is no password in"},
    {NULL, 0, "alice", "There is no password for the user alice in"},
    {"", 0600, NULL, "There is no password in"},
    {ALICE, 0600, "bob", "There is no password for the user bob in"},
    {ALICE, 0640, NULL, "has mode 0640"},
    {ALICE, 0604, "alice", "has mode 0604"},
    {"[*]\nuser = alice\nwonderland\n", 0600, NULL, "line 3 is no section"},
    {LOGIN("*", "\"a\\nb\"", "wonderland"), 0600, NULL, "SASLprep"},
};

START_TEST(a_file_that_is_of_no_use_is_no_credential_and_says_why)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    char user[64];

    remove(world_path("credentials"));
    if (unusable[_i].text != NULL) {
        credentials_file("credentials", unusable[_i].text);
        chmod(world_path("credentials"), unusable[_i].mode);
    }
    ck_assert_uint_eq(acquire(&minor, unusable[_i].user, &cred), GSS_S_NO_CRED);
    ck_assert_msg(strstr(sentence(minor), unusable[_i].says) != NULL, "%s",
                  sentence(minor));
    ck_assert_ptr_nonnull(strstr(sentence(minor), world_path("credentials")));
    ck_assert_ptr_null(strstr(sentence(minor), "wonderland"));
    if (unusable[_i].user != NULL)
        return;
    ck_assert_uint_eq(
        begin_as(&minor, GSS_C_NO_CREDENTIAL, "host@server", user),
        GSS_S_NO_CRED);
    ck_assert_msg(strstr(sentence(minor), unusable[_i].says) != NULL, "%s",
                  sentence(minor));
}
END_TEST

START_TEST(what_the_file_says_now_is_what_counts)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    char user[64];

    credentials_file("credentials", LOGIN("*", "alice", "wrong"));
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    credentials_file("credentials", ALICE);
    assert_logs_in(cred, "alice");
    credentials_file("credentials", LOGIN("*", "mallory", "malice"));
    assert_begins_as(cred, "host@server", "mallory");
    chmod(world_path("credentials"), 0644);
    ck_assert_uint_eq(begin_as(&minor, cred, "host@server", user),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "0644"));
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(sources_have_their_order)
{
    gss_key_value_element_desc file = {GSS_SCRAM_CRED_FILE, NULL};
    gss_key_value_element_desc both[] = {{GSS_SCRAM_CRED_PASSWORD, "wrong"},
                                         {GSS_SCRAM_CRED_FILE, NULL}};
    gss_key_value_element_desc password = {GSS_SCRAM_CRED_PASSWORD,
                                           "wonderland"};
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials", LOGIN("*", "alice", "wrong"));
    credentials_file("others", ALICE);
    file.value = both[1].value = world_path("others");

    cred = user_cred("alice", "wonderland", &sha_256);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
    ck_assert_uint_eq(
        acquire_from(&minor, NULL, GSS_C_INITIATE, &file, 1, &cred),
        GSS_S_COMPLETE);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
    ck_assert_uint_eq(
        acquire_from(&minor, "alice", GSS_C_INITIATE, both, 2, &cred),
        GSS_S_COMPLETE);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
    ck_assert_uint_eq(
        acquire_from(&minor, "alice", GSS_C_INITIATE, &password, 1, &cred),
        GSS_S_COMPLETE);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_file_may_be_for_both_usages)
{
    gss_cred_id_t cred;
    gss_cred_usage_t usage;
    OM_uint32 minor, initiator, acceptor;
    struct handshake h;

    credentials_file("credentials", ALICE);
    ck_assert_uint_eq(acquire_from(&minor, NULL, GSS_C_BOTH, NULL, 0, &cred),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_inquire_cred_by_mech(&minor, cred, &sha_256, NULL,
                                               &initiator, &acceptor, &usage),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(usage, GSS_C_BOTH);
    ck_assert_uint_eq(initiator, GSS_C_INDEFINITE);
    ck_assert_uint_eq(acceptor, GSS_C_INDEFINITE);
    assert_tells(cred, "alice");
    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = h.server_cred = cred;
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    h.client_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
}
END_TEST

/* With a password in the handle, with a file in it, and with no handle. */
START_TEST(a_hundred_contexts_derive_the_keys_once)
{
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;
    int i;

    credentials_file("credentials", ALICE);
    if (_i == 0)
        cred = user_cred("alice", "wonderland", &sha_256);
    if (_i == 1)
        ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    derivations = 0;
    for (i = 0; i < 100; i++)
        assert_logs_in(cred, "alice");
    ck_assert_int_eq(derivations, 1);
    gss_release_cred(&minor, &cred);
}
END_TEST

static void *
log_in_again_and_again(void *failures)
{
    struct handshake h;
    int i;

    for (i = 0; i < 20; i++) {
        handshake_begin(&h, &sha_256, NULL, NULL);
        handshake_run(&h);
        if (!handshake_is_complete(&h))
            ++*(atomic_int *)failures;
        handshake_end(&h);
    }
    return NULL;
}

START_TEST(threads_without_a_handle_derive_the_keys_once)
{
    atomic_int failures = 0;
    pthread_t threads[8];
    size_t i;

    credentials_file("credentials", ALICE);
    derivations = 0;
    for (i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(threads + i, NULL,
                                        log_in_again_and_again, &failures),
                         0);
    for (i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(failures, 0);
    ck_assert_int_eq(derivations, 1);
}
END_TEST

START_TEST(several_targets_have_their_keys_side_by_side)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    int i;

    credentials_file("credentials",
                     ALICE LOGIN("*@server", "\"a,b=c\"", "comma"));
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    derivations = 0;
    for (i = 0; i < 10; i++) {
        assert_logs_in_to(cred, "host@server", "a,b=c");
        assert_logs_in_to(cred, "host@elsewhere", "alice");
    }
    ck_assert_int_eq(derivations, 2);
    gss_release_cred(&minor, &cred);
}
END_TEST

static const gss_cred_usage_t usages[] = {GSS_C_INITIATE, GSS_C_ACCEPT,
                                          GSS_C_BOTH};

/* An OID that nobody knows, asked and set. */
START_TEST(what_is_not_known_of_a_credential_is_refused)
{
    gss_OID_desc unknown = {4, (void *)"\x2a\x03\x04\x05"};
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    gss_buffer_desc value = {5, (void *)"value"};
    gss_cred_id_t cred;
    OM_uint32 minor;

    credentials_file("credentials", ALICE);
    ck_assert_uint_eq(acquire_from(&minor, NULL, usages[_i], NULL, 0, &cred),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_inquire_cred_by_oid(&minor, cred, &unknown, &set),
                      GSS_S_UNAVAILABLE);
    ck_assert_ptr_null(set);
    ck_assert_uint_eq(gss_set_cred_option(&minor, &cred, &unknown, &value),
                      GSS_S_UNAVAILABLE);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_changed_password_is_derived_again)
{
    struct handshake h;

    credentials_file("credentials", LOGIN("*", "alice", "wrong"));
    derivations = 0;
    handshake_begin(&h, &sha_256, NULL, NULL);
    handshake_run(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_DEFECTIVE_CREDENTIAL);
    handshake_end(&h);
    credentials_file("credentials", ALICE);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    ck_assert_int_eq(derivations, 2);
}
END_TEST

/* A file's and the configuration's least counts, against users with 4096. */
static const struct {
    const char *file, *config;
    const char *says; /* NULL: logs in */
    bool in_file;     /* where the sentence leads to */
} minima[] = {
    {"", "", NULL, false},
    {"min_iterations = 4096\n", "", NULL, false},
    {"min_iterations = 100000\n", "", "demands 100000: see [*] in ", true},
    {"min_iterations = 4097\n", "", "demands 4097: see [*] in ", true},
    {"", " client_min_iterations = 50000\n", "demands 50000: see ", false},
    {"min_iterations = 4096\n", " client_min_iterations = 50000\n",
     "demands 50000: see ", false},
    {"min_iterations = 100000\n", " client_min_iterations = 50000\n",
     "demands 100000: see [*] in ", true},
};

START_TEST(a_login_may_demand_more_iterations_than_the_account)
{
    struct handshake h;
    char text[128], wanted[512];

    snprintf(text, sizeof(text), "%s%s", ALICE, minima[_i].file);
    credentials_file("credentials", text);
    world_write("scram.conf", "[scram]\n store = %s\n%s", world_store(),
                minima[_i].config);
    derivations = 0;
    handshake_begin(&h, &sha_256, NULL, NULL);
    handshake_run(&h);
    if (minima[_i].says == NULL) {
        ck_assert(handshake_is_complete(&h));
    } else {
        ck_assert_uint_eq(h.client_major, GSS_S_DEFECTIVE_TOKEN);
        ck_assert_int_eq(derivations, 0);
        snprintf(wanted, sizeof(wanted),
                 "The server asks for 4096 iterations, and %smin_iterations "
                 "%s%s. An impostor",
                 minima[_i].in_file ? "" : "client_", minima[_i].says,
                 world_path(minima[_i].in_file ? "credentials" : "scram.conf"));
        ck_assert_msg(
            strncmp(sentence(h.client_minor), wanted, strlen(wanted)) == 0,
            "%s", sentence(h.client_minor));
    }
    handshake_end(&h);
}
END_TEST

/* What was lowered for a server that is known counts from then on. */
START_TEST(a_login_that_was_refused_is_not_remembered)
{
    struct handshake h;

    credentials_file("credentials", ALICE "min_iterations = 100000\n");
    handshake_begin(&h, &sha_256, NULL, NULL);
    handshake_run(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_DEFECTIVE_TOKEN);
    handshake_end(&h);
    credentials_file("credentials", ALICE "min_iterations = 4096\n");
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    credentials_file("credentials", ALICE "min_iterations = 100000\n");
    handshake_begin(&h, &sha_256, NULL, NULL);
    handshake_run(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_DEFECTIVE_TOKEN);
    handshake_end(&h);
}
END_TEST

static void
replace_again_and_again(void)
{
    struct credentials_entry entry = {.target = SLICE("*"),
                                      .user = SLICE("alice")};
    char password[32];
    int i;

    for (i = 0; i < 200; i++) {
        snprintf(password, sizeof(password), "password %d", i);
        entry.password = slice_of(password);
        if (credentials_set(world_path("credentials"), &entry,
                            (struct credentials_how){true, false},
                            NULL) != SCRAM_OK)
            _exit(1);
    }
    _exit(0);
}

START_TEST(a_file_may_be_replaced_while_contexts_begin)
{
    int status;
    pid_t child;

    credentials_file("credentials", ALICE);
    child = fork();
    if (child == 0)
        replace_again_and_again();
    do {
        assert_begins_as(GSS_C_NO_CREDENTIAL, "host@server", "alice");
    } while (waitpid(child, &status, WNOHANG) == 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

/* The first token of a negotiation; what it offers is in it as OIDs. */
static OM_uint32
negotiate(gss_buffer_t token)
{
    gss_name_t name = name_of("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    OM_uint32 major, minor;

    major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context, name,
                                 &spnego, 0, 0, NULL, GSS_C_NO_BUFFER, NULL,
                                 token, NULL, NULL);
    gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &name);
    return major;
}

static bool
offers(const gss_buffer_desc *token, gss_OID mech)
{
    return token->length != 0 && memmem(token->value, token->length,
                                        mech->elements, mech->length) != NULL;
}

START_TEST(spnego_offers_what_there_is_a_login_for)
{
    gss_buffer_desc token;
    OM_uint32 minor;

    credentials_file("credentials", ALICE);
    ck_assert_uint_eq(negotiate(&token), GSS_S_CONTINUE_NEEDED);
    ck_assert(offers(&token, &sha_256));
    gss_release_buffer(&minor, &token);
    remove(world_path("credentials"));
    ck_assert(GSS_ERROR(negotiate(&token)));
    ck_assert_uint_eq(token.length, 0);
}
END_TEST

/* Ticket ::= [APPLICATION 1] SEQUENCE { 5, "R", host/server, enc-part }: what
 * krb5 sends on as it is. */
static const uint8_t ticket[] =
    "\x61\x3e\x30\x3c\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01R"
    "\xa2\x19\x30\x17\xa0\x03\x02\x01\x03\xa1\x10\x30\x0e\x1b\x04host\x1b\x06"
    "server"
    "\xa3\x15\x30\x13\xa0\x03\x02\x01\x11\xa2\x0c\x04\x0anot for us";

/* A credentials cache with a ticket for host/server, so that krb5 needs no KDC
 * to begin. */
static void
have_a_ticket(void)
{
    krb5_creds creds = {0};
    krb5_context context;
    krb5_ccache cache;
    uint8_t key[16] = "0123456789abcde";

    world_write("krb5.conf", "[libdefaults]\n default_realm = R\n"
                             " dns_canonicalize_hostname = false\n"
                             "[domain_realm]\n server = R\n");
    ck_assert_int_eq(krb5_init_context(&context), 0);
    ck_assert_int_eq(krb5_parse_name(context, "alice@R", &creds.client), 0);
    ck_assert_int_eq(krb5_parse_name(context, "host/server@R", &creds.server),
                     0);
    creds.keyblock = (krb5_keyblock){.enctype = ENCTYPE_AES128_CTS_HMAC_SHA1_96,
                                     .length = sizeof(key),
                                     .contents = key};
    creds.times.endtime = 2000000000 + 140000000;
    creds.ticket.data = (char *)(uintptr_t)ticket;
    creds.ticket.length = sizeof(ticket) - 1;
    ck_assert_int_eq(krb5_cc_default(context, &cache), 0);
    ck_assert_int_eq(krb5_cc_initialize(context, cache, creds.client), 0);
    ck_assert_int_eq(krb5_cc_store_cred(context, cache, &creds), 0);
    krb5_cc_close(context, cache);
    krb5_free_principal(context, creds.client);
    krb5_free_principal(context, creds.server);
    krb5_free_context(context);
}

static gss_OID_desc krb5 = {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};

/* No file, one that is wrong, and one without that target: each leaves the
 * negotiation to krb5. */
static const char *const of_no_use[] = {NULL, "nonsense\n", COMMA};

START_TEST(spnego_goes_on_to_krb5_without_a_login)
{
    gss_buffer_desc token;
    OM_uint32 minor;

    have_a_ticket();
    credentials_file("credentials", ALICE);
    ck_assert_uint_eq(negotiate(&token), GSS_S_CONTINUE_NEEDED);
    ck_assert(offers(&token, &krb5));
    ck_assert(offers(&token, &sha_256));
    gss_release_buffer(&minor, &token);

    remove(world_path("credentials"));
    if (of_no_use[_i] != NULL)
        credentials_file("credentials", of_no_use[_i]);
    ck_assert_uint_eq(negotiate(&token), GSS_S_CONTINUE_NEEDED);
    ck_assert(offers(&token, &krb5));
    /* A file for other targets is found out about too late for the offer. */
    ck_assert(offers(&token, &sha_256) ==
              (of_no_use[_i] != NULL && of_no_use[_i][0] == '['));
    gss_release_buffer(&minor, &token);
    remove(world_path("none.ccache"));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, nobody_has_to_ask_for_a_credential);
    tcase_add_loop_test(
        tests, a_credential_may_be_acquired_with_and_without_a_name, 0, 2);
    tcase_add_test(tests, the_target_chooses_the_login);
    tcase_add_test(tests, a_name_chooses_among_a_targets_logins);
    tcase_add_test(tests, a_user_may_be_written_in_two_ways);
    tcase_add_test(tests, a_target_that_is_not_in_the_file_is_no_credential);
    tcase_add_loop_test(tests,
                        a_file_that_is_of_no_use_is_no_credential_and_says_why,
                        0, COUNT(unusable));
    tcase_add_test(tests, what_the_file_says_now_is_what_counts);
    tcase_add_test(tests, sources_have_their_order);
    tcase_add_test(tests, a_file_may_be_for_both_usages);
    tcase_add_loop_test(tests, a_hundred_contexts_derive_the_keys_once, 0, 3);
    tcase_add_test(tests, threads_without_a_handle_derive_the_keys_once);
    tcase_add_test(tests, several_targets_have_their_keys_side_by_side);
    tcase_add_test(tests, a_changed_password_is_derived_again);
    tcase_add_loop_test(tests, what_is_not_known_of_a_credential_is_refused, 0,
                        COUNT(usages));
    tcase_add_loop_test(tests,
                        a_login_may_demand_more_iterations_than_the_account, 0,
                        COUNT(minima));
    tcase_add_test(tests, a_login_that_was_refused_is_not_remembered);
    tcase_add_test(tests, a_file_may_be_replaced_while_contexts_begin);
    tcase_add_test(tests, spnego_offers_what_there_is_a_login_for);
    tcase_add_loop_test(tests, spnego_goes_on_to_krb5_without_a_login, 0,
                        COUNT(of_no_use));
}

int
main(void)
{
    return world_run("credentials", add, 120);
}
