/*
 * A server whose configuration names a broker: what a program sees of it, and
 * what is written down.
 */
#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/fake_broker.h"
#include "../unit/log_daemon.h"
#include "base/config.h"

static struct fake_broker broker;
static char path[512], other_path[512];

/* The broker's store is one of which the configuration says nothing. */
static void
start(const struct fake_twist *twist)
{
    snprintf(path, sizeof(path), "%s", world_path("broker"));
    ck_assert(fake_broker_start(&broker, path, world_store(), false, twist));
}

static void
stop(void)
{
    fake_broker_stop(&broker);
}

static void
configure(const char *more)
{
    world_write("scram.conf",
                "[scram]\n broker = %s\n store = lmdb:/nowhere\n%s\n",
                world_path("broker"), more);
}

static gss_cred_id_t
acquire(OM_uint32 expected, const char *named, const char *says)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, named};
    gss_key_value_set_desc set = {1, &element};
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor, major;

    major =
        gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT,
                              named != NULL ? &set : NULL, &cred, NULL, NULL);
    ck_assert_msg(major == expected, "%x: %s", major,
                  sentence_of(minor, &sha_256));
    if (major != GSS_S_COMPLETE)
        ck_assert_msg(strstr(sentence_of(minor, &sha_256), says) != NULL, "%s",
                      sentence_of(minor, &sha_256));
    return cred;
}

static void
release(gss_cred_id_t cred)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &cred);
}

/* A handshake of alice's with a credential that stays the caller's. */
static void
run(struct handshake *h, gss_cred_id_t server, const char *password)
{
    handshake_begin(h, &sha_256, NULL, NULL);
    h->client_cred = user_cred("alice", password, &sha_256);
    h->server_cred = server;
    handshake_run(h);
    h->server_cred = GSS_C_NO_CREDENTIAL;
}

/* The same, up to where the server is to take the client's proof. */
static void
run_to_answer(struct handshake *h, gss_cred_id_t server)
{
    handshake_begin(h, &sha_256, NULL, NULL);
    h->client_cred = user_cred("alice", "wonderland", &sha_256);
    h->server_cred = server;
    client_step(h);
    server_step(h);
    client_step(h);
}

START_TEST(a_login_is_the_broker_s_and_says_so)
{
    gss_buffer_desc urn = {sizeof(GSS_SCRAM_ATTR_STORE) - 1,
                           (void *)GSS_SCRAM_ATTR_STORE};
    gss_buffer_desc value;
    struct handshake h;
    gss_cred_id_t cred;
    OM_uint32 minor;
    int authenticated, complete, more = -1;

    start(NULL);
    configure("");
    cred = acquire(GSS_S_COMPLETE, NULL, "");
    run(&h, cred, "wonderland");
    ck_assert(handshake_is_complete(&h));
    ck_assert_uint_eq(gss_get_name_attribute(&minor, h.user, &urn,
                                             &authenticated, &complete, &value,
                                             NULL, &more),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&value, world_store()));
    gss_release_buffer(&minor, &value);
    handshake_end(&h);
    run(&h, cred, "wrong");
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
    ck_assert(buffer_is(&h.to_client, "e=invalid-proof"));
    handshake_end(&h);
    release(cred);
    stop();
}
END_TEST

/* Verdicts, and what becomes of them. */
static void
anew(struct wire_verdict *v)
{
    v->status = SCRAM_BROKER_ANEW;
}

static void
late(struct wire_verdict *v)
{
    v->status = SCRAM_TOO_LATE;
}

static void
throttled(struct wire_verdict *v)
{
    v->status = SCRAM_THROTTLED;
    v->sentence = SLICE("the next one is looked at in 47 seconds");
}

static void
full(struct wire_verdict *v)
{
    v->status = SCRAM_NO_RESOURCES;
    v->sentence = SLICE("the broker's queue is full");
}

static void
another_user(struct wire_verdict *v)
{
    v->user = SLICE("root");
}

static const struct {
    struct fake_twist twist;
    OM_uint32 major;
    const char *token, *says;
    bool logged; /* here, as the broker cannot know of it */
} refusals[] = {
    {{.verdict = anew}, GSS_S_FAILURE, "e=other-error", "began anew", false},
    {{.verdict = late},
     GSS_S_FAILURE | GSS_S_OLD_TOKEN,
     "e=other-error",
     "handshake_timeout",
     false},
    {{.verdict = throttled},
     GSS_S_FAILURE,
     "e=other-error",
     "47 seconds",
     false},
    {{.verdict = full},
     GSS_S_FAILURE,
     "e=no-resources",
     "queue is full",
     false},
    {{.verdict = another_user},
     GSS_S_FAILURE,
     "e=other-error",
     "another user",
     true},
};

START_TEST(a_refusal_has_its_code_its_token_and_its_sentence)
{
    struct handshake h;
    gss_cred_id_t cred;

    log_daemon_start(world_path("log"));
    start(&refusals[_i].twist);
    configure(" audit = syslog");
    cred = acquire(GSS_S_COMPLETE, NULL, "");
    run_to_answer(&h, cred);
    ck_assert_uint_eq(server_step(&h), refusals[_i].major);
    ck_assert(buffer_is(&h.to_client, refusals[_i].token));
    ck_assert_ptr_nonnull(
        strstr(sentence_of(h.server_minor, &sha_256), refusals[_i].says));
    /* The client's own refusal is not the server's to log. */
    ck_assert_int_eq(strstr(log_daemon_text(),
                            ", id 0102030405060708: accept SCRAM-SHA-256: "
                            "user \"alice\" refused: ") != NULL,
                     refusals[_i].logged);
    handshake_end(&h);
    stop();
}
END_TEST

START_TEST(the_audit_has_what_the_broker_cannot_know_of)
{
    struct handshake h;
    gss_cred_id_t cred;

    log_daemon_start(world_path("log"));
    start(NULL);
    configure(" audit = syslog\n broker_timeout = 200ms");
    cred = acquire(GSS_S_COMPLETE, NULL, "");
    run(&h, cred, "wonderland");
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
    ck_assert_str_eq(log_daemon_text(), "");
    run_to_answer(&h, cred);
    fake_daemon_suspend(&broker.daemon);
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE);
    ck_assert(buffer_is(&h.to_client, "e=other-error"));
    ck_assert_ptr_nonnull(
        strstr(sentence_of(h.server_minor, &sha_256), "broker_timeout"));
    ck_assert_ptr_nonnull(strstr(log_daemon_text(),
                                 ", id 0102030405060708: accept "
                                 "SCRAM-SHA-256: user \"alice\" refused: "
                                 "gss-scramd at "));
    handshake_end(&h);
    stop();
}
END_TEST

static void
no_directory(struct wire_challenge *c)
{
    c->status = SCRAM_STORE_FAILED;
    c->sentence = SLICE("the directory does not answer");
}

START_TEST(the_audit_has_not_what_the_broker_has_logged)
{
    const struct fake_twist twist = {.challenge = no_directory};
    struct handshake h;

    log_daemon_start(world_path("log"));
    start(&twist);
    configure(" audit = syslog");
    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &sha_256);
    h.server_cred = acquire(GSS_S_COMPLETE, NULL, "");
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE);
    ck_assert_msg(strstr(sentence_of(h.server_minor, &sha_256),
                         "does not answer") != NULL,
                  "%s", sentence_of(h.server_minor, &sha_256));
    ck_assert_str_eq(log_daemon_text(), "");
    handshake_end(&h); /* and the credential */
    stop();
}
END_TEST

/* What a program names itself, beside a broker and without one. */
START_TEST(a_store_that_a_program_names_is_a_file_or_refused)
{
    struct handshake h;
    gss_cred_id_t cred;

    start(NULL);
    configure("");
    cred = acquire(GSS_S_COMPLETE, world_store(), "");
    run(&h, cred, "wonderland");
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
    release(cred);
    ck_assert_uint_eq(broker.daemon.seen->connections, 0);
    acquire(GSS_S_NO_CRED, "lmdb:/x", "Give the account a section");
    acquire(GSS_S_NO_CRED, "ldap://localhost", "Give the account a section");
    world_write("scram.conf", "[scram]\n store = lmdb:/x\n");
    acquire(GSS_S_NO_CRED, NULL, "set broker = " CONFIG_INSTALLED_BROKER);
    acquire(GSS_S_NO_CRED, "lmdb:/y", "lmdb:/y is for gss-scramd to open");
    stop();
}
END_TEST

START_TEST(without_a_broker_there_is_no_credential_and_no_file)
{
    configure("");
    acquire(GSS_S_NO_CRED, NULL, "Is gss-scramd.socket, or");
    start(NULL);
    release(acquire(GSS_S_COMPLETE, NULL, ""));
    stop();
}
END_TEST

/* Wait until what was read of the configuration is kept (service.c), and then
 * for more than the second that a welcome lasts. */
static void
wait_until_settled(void)
{
    struct stat st;

    ck_assert_int_eq(stat(world_path("scram.conf"), &st), 0);
    while (time(NULL) - st.st_ctime <= 3)
        usleep(100000);
}
static void
outlast_the_welcome(void)
{
    usleep(1100000);
}

/* One call waits for the broker once, whether it has a service that it kept or
 * not. */
START_TEST(a_broker_that_hangs_is_waited_for_once)
{
    unsigned before;

    start(NULL);
    configure(" broker_timeout = 500ms");
    wait_until_settled();
    release(acquire(GSS_S_COMPLETE, NULL, ""));
    before = broker.daemon.seen->connections;
    release(acquire(GSS_S_COMPLETE, NULL, ""));
    ck_assert_uint_eq(broker.daemon.seen->connections, before);
    outlast_the_welcome();
    fake_daemon_suspend(&broker.daemon);
    acquire(GSS_S_NO_CRED, NULL, "broker_timeout");
    kill(broker.daemon.pid, SIGCONT);
    release(acquire(GSS_S_COMPLETE, NULL, ""));
    ck_assert_uint_eq(broker.daemon.seen->connections, before + 2);
    stop();
}
END_TEST

START_TEST(a_credential_goes_to_another_process_of_the_same_broker_s)
{
    struct fake_broker another;
    gss_cred_id_t cred, other;
    gss_buffer_desc token;
    OM_uint32 minor;
    struct handshake h;

    start(NULL);
    configure("");
    cred = acquire(GSS_S_COMPLETE, NULL, "");
    ck_assert_uint_eq(gss_export_cred(&minor, cred, &token), GSS_S_COMPLETE);
    release(cred);
    ck_assert_uint_eq(gss_import_cred(&minor, &token, &other), GSS_S_COMPLETE);
    run(&h, other, "wonderland");
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
    release(other);
    if (_i) {
        snprintf(other_path, sizeof(other_path), "%s", world_path("other"));
        ck_assert(fake_broker_start(&another, other_path, world_store(), false,
                                    NULL));
        world_write("scram.conf", "[scram]\n broker = %s\n", other_path);
    } else {
        world_write("scram.conf", "[scram]\n store = %s\n", world_store());
    }
    /* What is kept of the configuration is looked at four times a second. */
    while (gss_import_cred(&minor, &token, &other) == GSS_S_COMPLETE)
        release(other);
    ck_assert_ptr_nonnull(
        strstr(sentence_of(minor, &sha_256), "the credential is for"));
    gss_release_buffer(&minor, &token);
    if (_i)
        fake_broker_stop(&another);
    stop();
}
END_TEST

/* Another account's broker, which is another store's. */
#define ANOTHER 65534

static void
configure_accounts(void)
{
    snprintf(other_path, sizeof(other_path), "%s", world_path("other"));
    world_write("scram.conf",
                "[scram]\n broker = %s\n[accounts]\n nobody = {\n"
                " broker = %s\n require_channel_bindings = true\n }\n",
                world_path("broker"), other_path);
    ck_assert_int_eq(chmod(world_path("."), 0755), 0);
}

START_TEST(an_account_that_a_server_becomes_has_its_own_policy)
{
    struct fake_broker other;
    struct handshake h;
    gss_cred_id_t cred, client;

    if (geteuid() != 0)
        return;
    start(NULL);
    configure_accounts();
    ck_assert(fake_broker_start(&other, other_path, world_store(), true, NULL));
    cred = acquire(GSS_S_COMPLETE, NULL, "");
    client = user_cred("alice", "wonderland", &sha_256);
    ck_assert_int_eq(seteuid(ANOTHER), 0);
    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = client;
    h.server_cred = cred;
    handshake_run(&h);
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_BINDINGS);
    ck_assert_uint_eq(other.daemon.seen->uid, ANOTHER);
    ck_assert_int_eq(seteuid(0), 0);
    handshake_end(&h); /* and the credential */
    cred = acquire(GSS_S_COMPLETE, NULL, "");
    run(&h, cred, "wonderland");
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
    release(cred);
    fake_broker_stop(&other);
    stop();
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_login_is_the_broker_s_and_says_so);
    tcase_add_loop_test(tests,
                        a_refusal_has_its_code_its_token_and_its_sentence, 0,
                        COUNT(refusals));
    tcase_add_test(tests, the_audit_has_what_the_broker_cannot_know_of);
    tcase_add_test(tests, the_audit_has_not_what_the_broker_has_logged);
    tcase_add_test(tests, a_store_that_a_program_names_is_a_file_or_refused);
    tcase_add_test(tests, without_a_broker_there_is_no_credential_and_no_file);
    tcase_add_test(tests, a_broker_that_hangs_is_waited_for_once);
    tcase_add_loop_test(
        tests, a_credential_goes_to_another_process_of_the_same_broker_s, 0, 2);
    tcase_add_test(tests, an_account_that_a_server_becomes_has_its_own_policy);
}

int
main(void)
{
    return world_run("broker", add, 60);
}
