/*
 * The child's part: what it does with contexts and credentials before its
 * memory is looked at.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <unistd.h>

#include "../gss/world.h"
#include "quarantine.h"
#include "remains.h"

/* It reads the password where it can wipe it. */
static char typed[64];

static void
type_password(void)
{
    size_t len = 0;

    while (len < sizeof(typed) - 1 && read(0, typed + len, 1) == 1 &&
           typed[len] != '\n')
        len++;
    typed[len] = '\0';
}

/* Tell a token, in hexadecimal. */
static void
tell(gss_buffer_t token)
{
    size_t i;

    for (i = 0; i < token->length; i++)
        printf("%02x", ((uint8_t *)token->value)[i]);
    putchar('\n');
}

/* Wait until the parent has looked. */
static void
be_looked_at(void)
{
    char end;

    puts("look");
    fflush(stdout);
    while (read(0, &end, 1) == 1)
        ;
}

static void
shake_hands(struct handshake *h)
{
    while (h->client_major == GSS_S_CONTINUE_NEEDED) {
        client_step(h);
        if (h->to_server.length == 0)
            break;
        tell(&h->to_server);
        server_step(h);
        tell(&h->to_client);
    }
}

static void
exchange_messages(gss_ctx_id_t from, gss_ctx_id_t to, int conf)
{
    gss_buffer_desc text = {5, (void *)"hello"}, token, opened;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_wrap(&minor, from, conf, 0, &text, NULL, &token),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_unwrap(&minor, to, &token, &opened, NULL, NULL),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &opened);
    ck_assert_uint_eq(gss_get_mic(&minor, from, 0, &text, &token),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_verify_mic(&minor, to, &text, &token, NULL),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    ck_assert_uint_eq(
        gss_pseudo_random(&minor, from, GSS_C_PRF_KEY_FULL, &text, 16, &token),
        GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
}

static void
use(struct handshake *h)
{
    ck_assert(handshake_is_complete(h));
    exchange_messages(h->client, h->server, 1);
    exchange_messages(h->server, h->client, 1);
    exchange_messages(h->client, h->server, 0);
    exchange_messages(h->server, h->client, 0);
}

static void
begin(struct handshake *h)
{
    type_password();
    handshake_begin(h, &sha_256, USER, typed);
    OPENSSL_cleanse(typed, sizeof(typed));
}

/* Up to the server's first token. */
static void
go_half_way(struct handshake *h)
{
    begin(h);
    client_step(h);
    tell(&h->to_server);
    server_step(h);
    tell(&h->to_client);
}

/* What is there while it is needed: the control of all that follows. */
static void
in_use(void)
{
    struct handshake h;

    begin(&h);
    shake_hands(&h);
    be_looked_at();
}

/* The contexts go on without what they were made with. */
static void
established(void)
{
    struct handshake h;
    OM_uint32 minor;

    begin(&h);
    shake_hands(&h);
    ck_assert(handshake_is_complete(&h));
    gss_release_cred(&minor, &h.client_cred);
    gss_release_cred(&minor, &h.server_cred);
    be_looked_at();
}

static void
success(void)
{
    struct handshake h;

    begin(&h);
    shake_hands(&h);
    use(&h);
    handshake_end(&h);
    be_looked_at();
}

static void
failure(void)
{
    struct handshake h;

    begin(&h);
    shake_hands(&h);
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
    handshake_end(&h);
    be_looked_at();
}

/* The server does not even delete the context that it refused. */
static void
refusal(void)
{
    struct handshake h;
    OM_uint32 minor;

    begin(&h);
    shake_hands(&h);
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
    gss_delete_sec_context(&minor, &h.client, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &h.client_cred);
    gss_release_cred(&minor, &h.server_cred);
    be_looked_at();
}

/* The client does not come back, and the program does not delete its context;
 * the next one that it makes finds the deadline passed. */
static void
deadline(void)
{
    struct handshake h;
    OM_uint32 minor, left = 1;

    go_half_way(&h);
    client_step(&h);
    tell(&h.to_server);
    gss_delete_sec_context(&minor, &h.client, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &h.client_cred);
    while (gss_context_time(&minor, h.server, &left) == GSS_S_COMPLETE)
        usleep(20000);
    be_looked_at();
}

/*
 * Into another process and back, as far as this one knows. libgssapi copies an
 * exported context into a token of its own, and frees the module's as it is,
 * session key and all, which is not the module's to wipe.
 */
static void
transfer(gss_ctx_id_t *context)
{
    gss_buffer_desc token;
    OM_uint32 minor, major;

    quarantine_wipes = true;
    major = gss_export_sec_context(&minor, context, &token);
    quarantine_wipes = false;
    ck_assert_uint_eq(major, GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_import_sec_context(&minor, &token, context),
                      GSS_S_COMPLETE);
    OPENSSL_cleanse(token.value, token.length); /* it is the program's */
    gss_release_buffer(&minor, &token);
}

static void
handed_on(void)
{
    struct handshake h;

    begin(&h);
    shake_hands(&h);
    transfer(&h.client);
    transfer(&h.server);
    use(&h);
    handshake_end(&h);
    be_looked_at();
}

/*
 * The password comes from a file that is the user's alone, or stays with
 * gss-scram-agent. (What a program logs
 * in with that names no credential at all is kept for as long as it runs.)
 */
static void
begin_as_account(struct handshake *h)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    OM_uint32 minor;

    handshake_begin(h, &sha_256, NULL, NULL);
    h->server_cred = server_cred(&sha_256);
    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                       GSS_C_INITIATE, &h->client_cred, NULL,
                                       NULL),
                      GSS_S_COMPLETE);
}

static void
file(void)
{
    struct handshake h;

    begin_as_account(&h);
    shake_hands(&h);
    use(&h);
    handshake_end(&h);
    be_looked_at();
}

/* The proof is made, and the server has not seen it. */
static void
agent_proved(void)
{
    struct handshake h;

    begin_as_account(&h);
    client_step(&h);
    tell(&h.to_server);
    server_step(&h);
    tell(&h.to_client);
    ck_assert_uint_eq(client_step(&h), GSS_S_CONTINUE_NEEDED);
    tell(&h.to_server);
    be_looked_at();
}

static void
agent_in_use(void)
{
    struct handshake h;

    begin_as_account(&h);
    shake_hands(&h);
    use(&h);
    be_looked_at();
}

/* No message takes the place of what the agent's answers were in. */
static void
agent(void)
{
    struct handshake h;

    begin_as_account(&h);
    shake_hands(&h);
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
    be_looked_at();
}

static const struct scenario *now;

/* What world.h asserts can only be asserted in a test. */
START_TEST(live)
{
    now->run();
}
END_TEST

int
scenario_run(const struct scenario *scenario)
{
    TCase *tests = tcase_create(scenario->name);
    Suite *suite = suite_create(scenario->name);
    SRunner *runner = srunner_create(suite);
    int failed;

    now = scenario;
    tcase_add_test(tests, live);
    suite_add_tcase(suite, tests);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct scenario scenarios[SCENARIOS] = {
    {"in_use", in_use, false, false},
    {"agent_proved", agent_proved, false, true},
    {"agent_in_use", agent_in_use, false, true},
    {"established", established, false, false},
    {"success", success, false, false},
    {"failure", failure, true, false},
    {"refusal", refusal, true, false},
    {"deadline", deadline, false, false},
    {"handed_on", handed_on, false, false},
    {"file", file, false, false},
    {"agent", agent, false, true},
};
