/*
 * Acceptors' contexts that are exported between the two legs: the second one
 * may meet another process, once, and within the time of the first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "transfer.h"

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

static gss_OID_desc time_left = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                                 (void *)GSS_SCRAM_TIME_LEFT_OID};

static void
configure(const char *more)
{
    world_write("scram.conf",
                "[scram]\n store = %s\n transfer_folder = %s\n %s\n",
                world_store(), world_path("."), more);
}

/* libgssapi hands the flags on when a context is complete, and before that when
 * it is asked. */
static bool
may_be_exported(gss_ctx_id_t context)
{
    OM_uint32 minor, flags;

    ck_assert_uint_eq(gss_inquire_context(&minor, context, NULL, NULL, NULL,
                                          NULL, &flags, NULL, NULL),
                      GSS_S_COMPLETE);
    return (flags & GSS_C_TRANS_FLAG) != 0;
}

static void
half_open_as(struct handshake *h, const char *user, const char *password)
{
    handshake_begin(h, &sha_256, user, password);
    client_step(h);
    ck_assert_uint_eq(server_step(h), GSS_S_CONTINUE_NEEDED);
    ck_assert(may_be_exported(h->server));
    client_step(h);
}

static void
half_open(struct handshake *h)
{
    half_open_as(h, "alice", "wonderland");
}

static long
left(gss_ctx_id_t context)
{
    gss_buffer_set_t set;
    OM_uint32 minor;
    uint8_t *bytes;
    long ms;

    ck_assert_uint_eq(
        gss_inquire_sec_context_by_oid(&minor, context, &time_left, &set),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(set->elements[0].length, 4);
    bytes = set->elements[0].value;
    ms = (long)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    gss_release_buffer_set(&minor, &set);
    return ms;
}

static void
pause_briefly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* What may be asked of it meanwhile has the answers that it had. */
START_TEST(a_half_open_context_answers_what_it_answered)
{
    gss_name_t source[2], target[2];
    gss_OID mech[2];
    OM_uint32 minor, flags[2], seconds[2];
    int i, local[2], open[2], equal;
    struct handshake h;

    half_open(&h);
    for (i = 0; i < 2; i++) {
        ck_assert_uint_eq(gss_inquire_context(&minor, h.server, &source[i],
                                              &target[i], &seconds[i], &mech[i],
                                              &flags[i], &local[i], &open[i]),
                          GSS_S_COMPLETE);
        if (i == 0)
            transfer(&h.server);
    }
    ck_assert_ptr_null(source[0]); /* not known yet */
    ck_assert_ptr_null(source[1]);
    ck_assert_uint_eq(gss_compare_name(&minor, target[0], target[1], &equal),
                      GSS_S_COMPLETE);
    ck_assert(equal);
    ck_assert_ptr_eq(mech[0], mech[1]);
    ck_assert_uint_eq(flags[0], flags[1]);
    ck_assert(local[0] == 0 && local[1] == 0 && open[0] == 0 && open[1] == 0);
    ck_assert_uint_le(seconds[1], seconds[0]);
    for (i = 0; i < 2; i++)
        gss_release_name(&minor, &target[i]);
    handshake_end(&h);
}
END_TEST

/* The second leg in a process that knows nothing of the first. */
static void
answer_elsewhere(int from, int to)
{
    gss_cred_id_t cred = server_cred(&sha_256);
    gss_buffer_desc token, output;
    gss_ctx_id_t context;
    gss_name_t user;
    OM_uint32 minor, flags;
    gss_OID mech;

    ck_assert(receive_buffer(from, &token));
    context = import_token(&token);
    gss_release_buffer(&minor, &token);
    ck_assert(receive_buffer(from, &token));
    ck_assert_uint_eq(gss_accept_sec_context(&minor, &context, cred, &token,
                                             NULL, &user, &mech, &output,
                                             &flags, NULL, NULL),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    ck_assert_uint_ne(flags & GSS_C_TRANS_FLAG, 0);
    send_buffer(to, output);
    gss_release_buffer(&minor, &output);
    ck_assert_uint_eq(gss_display_name(&minor, user, &output, NULL),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&output, "alice"));
    gss_release_buffer(&minor, &output);
    gss_release_name(&minor, &user);
    token = wrap(context, "hello", 5, 1);
    send_buffer(to, token);
    gss_release_buffer(&minor, &token);
    gss_delete_sec_context(&minor, &context, NULL);
    gss_release_cred(&minor, &cred);
}

START_TEST(the_second_leg_may_meet_another_process)
{
    struct worker worker = start(answer_elsewhere);
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;

    half_open(&h);
    token = export_token(&h.server);
    send_buffer(worker.to, token);
    gss_release_buffer(&minor, &token);
    send_buffer(worker.to, h.to_server);
    gss_release_buffer(&minor, &h.to_client);
    ck_assert(receive_buffer(worker.from, &h.to_client));
    ck_assert_uint_eq(client_step(&h), GSS_S_COMPLETE);
    ck_assert(receive_buffer(worker.from, &token));
    assert_unwraps(h.client, &token, "hello", 5, 1);
    gss_release_buffer(&minor, &token);
    finish(&worker);
    handshake_end(&h);
}
END_TEST

/* With the credential that the call brings, or the account's. */
START_TEST(the_verifier_is_looked_up_where_the_second_leg_is)
{
    struct handshake h;
    OM_uint32 minor;

    half_open(&h);
    transfer(&h.server);
    if (_i)
        gss_release_cred(&minor, &h.server_cred);
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    ck_assert_uint_eq(client_step(&h), GSS_S_COMPLETE);
    handshake_end(&h);
}
END_TEST

static const struct {
    const char *user, *password;
} strangers[] = {
    {"alice", "no wonder"}, {"mallory", "malice"}, {"nobody", "anything"}};

START_TEST(who_is_refused_is_refused_elsewhere)
{
    struct handshake h;

    half_open_as(&h, strangers[_i].user, strangers[_i].password);
    transfer(&h.server);
    ck_assert_uint_eq(server_step(&h), GSS_S_BAD_SIG);
    ck_assert(buffer_is(&h.to_client, "e=invalid-proof"));
    handshake_end(&h);
}
END_TEST

START_TEST(a_password_that_was_changed_meanwhile_is_refused)
{
    struct scram_verifier verifier;
    struct store *store;
    struct handshake h;

    world_add_user("carol", "old", SCRAM_SHA_256, true);
    half_open_as(&h, "carol", "old");
    transfer(&h.server);
    ck_assert_int_eq(store_open(world_store(), STORE_WRITE, &store, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("new"),
                                           SLICE("another salt"), 4096,
                                           &verifier),
                     SCRAM_OK);
    ck_assert_int_eq(
        store_put(store, SLICE("carol"), &verifier, STORE_REPLACE, NULL),
        SCRAM_OK);
    ck_assert_uint_eq(server_step(&h), GSS_S_BAD_SIG);
    ck_assert(buffer_is(&h.to_client, "e=invalid-proof"));
    ck_assert_int_eq(store_remove(store, SLICE("carol"), NULL), SCRAM_OK);
    store_close(store);
    handshake_end(&h);
}
END_TEST

static struct gss_channel_bindings_struct ours = {
    .application_data = {4, (void *)"ours"}};
static struct gss_channel_bindings_struct others = {
    .application_data = {6, (void *)"others"}};

/* What the second leg brings counts, and what the first leg's configuration
 * required is still required. */
static const struct {
    gss_channel_bindings_t client, server;
    bool required;
    OM_uint32 major;
} bound[] = {
    {&ours, &ours, false, GSS_S_COMPLETE},
    {&ours, &others, false, GSS_S_BAD_BINDINGS},
    {&ours, &ours, true, GSS_S_COMPLETE},
    {NULL, &ours, true, GSS_S_BAD_BINDINGS},
    {NULL, NULL, true, GSS_S_BAD_BINDINGS},
    {NULL, &ours, false, GSS_S_COMPLETE},
};

START_TEST(bindings_come_with_the_second_leg)
{
    struct handshake h;

    configure(bound[_i].required ? "require_channel_bindings = true" : "");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    configure("");
    client_step(&h);
    server_step(&h);
    transfer(&h.server);
    h.client_bindings = bound[_i].client;
    h.server_bindings = bound[_i].server;
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), bound[_i].major);
    if (bound[_i].major == GSS_S_COMPLETE)
        ck_assert_int_eq((h.server_flags & GSS_C_CHANNEL_BOUND_FLAG) != 0,
                         bound[_i].client != NULL);
    handshake_end(&h);
}
END_TEST

static void
assert_import_refused(gss_buffer_t token, OM_uint32 expected, const char *why)
{
    gss_ctx_id_t context;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_import_sec_context(&minor, token, &context),
                      expected);
    ck_assert_ptr_null(context);
    ck_assert_str_eq(sentence_of(minor, &sha_256), why);
}

static const char used[] = "The exported context was imported already, or was "
                           "not exported by this account on this machine";

START_TEST(a_token_is_good_once)
{
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;

    half_open(&h);
    token = export_token(&h.server);
    h.server = import_token(&token);
    assert_import_refused(&token, GSS_S_NO_CONTEXT, used);
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    assert_import_refused(&token, GSS_S_NO_CONTEXT, used);
    gss_release_buffer(&minor, &token);
    handshake_end(&h);
}
END_TEST

/* Say whether a token that is sent could be imported. */
static void
try_imports(int from, int to)
{
    gss_buffer_desc token;
    gss_ctx_id_t context;
    OM_uint32 minor;

    while (receive_buffer(from, &token)) {
        char good =
            gss_import_sec_context(&minor, &token, &context) == GSS_S_COMPLETE;

        ck_assert_int_eq(write(to, &good, 1), 1);
        gss_delete_sec_context(&minor, &context, NULL);
        gss_release_buffer(&minor, &token);
    }
}

START_TEST(of_two_processes_one_gets_it)
{
    struct worker workers[] = {start(try_imports), start(try_imports)};
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;
    char good[2];
    int round;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    for (round = 0; round < 300; round++) {
        gss_delete_sec_context(&minor, &h.client, NULL);
        gss_release_buffer(&minor, &h.to_client);
        client_step(&h);
        server_step(&h);
        token = export_token(&h.server);
        send_buffer(workers[0].to, token);
        send_buffer(workers[1].to, token);
        ck_assert_int_eq(read(workers[0].from, &good[0], 1), 1);
        ck_assert_int_eq(read(workers[1].from, &good[1], 1), 1);
        ck_assert_int_eq(good[0] + good[1], 1);
        assert_import_refused(&token, GSS_S_NO_CONTEXT, used);
        gss_release_buffer(&minor, &token);
    }
    finish(&workers[1]); /* it has the other's pipe open */
    finish(&workers[0]);
    handshake_end(&h);
}
END_TEST

START_TEST(a_child_and_its_parent_are_two_processes)
{
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;
    int status;
    pid_t child;

    half_open(&h);
    token = export_token(&h.server);
    child = fork();
    if (child == 0) {
        h.server = import_token(&token);
        _exit(server_step(&h) == GSS_S_COMPLETE ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    assert_import_refused(&token, GSS_S_NO_CONTEXT, used);
    gss_release_buffer(&minor, &token);
    handshake_end(&h);
}
END_TEST

static void
assert_too_late(struct handshake *h)
{
    ck_assert_uint_eq(server_step(h), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    ck_assert(buffer_is(&h->to_client, "e=other-error"));
    ck_assert_str_eq(
        sentence_of(h->server_minor, &sha_256),
        "The client took longer to answer than handshake_timeout allows");
}

/* Whether it is the import or the answer that comes too late. */
START_TEST(the_deadline_is_kept)
{
    gss_buffer_desc token;
    struct handshake h, clock;
    OM_uint32 minor, seconds;

    configure("handshake_timeout = 200ms");
    half_open(&h);
    half_open(&clock); /* its deadline is no earlier */
    configure("handshake_timeout = 1h");
    token = export_token(&h.server);
    if (_i) {
        h.server = import_token(&token);
        ck_assert_int_le(left(h.server), 200);
    }
    while (left(clock.server) > 0)
        pause_briefly();
    if (!_i)
        h.server = import_token(&token);
    ck_assert_int_eq(left(h.server), 0);
    ck_assert_uint_eq(gss_context_time(&minor, h.server, &seconds),
                      GSS_S_CONTEXT_EXPIRED);
    assert_too_late(&h);
    gss_release_buffer(&minor, &token);
    handshake_end(&h);
    handshake_end(&clock);
}
END_TEST

START_TEST(an_expired_context_is_not_exported)
{
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;

    configure("handshake_timeout = 100ms");
    half_open(&h);
    while (left(h.server) > 0)
        pause_briefly();
    ck_assert_uint_eq(gss_export_sec_context(&minor, &h.server, &token),
                      GSS_S_CONTEXT_EXPIRED);
    assert_too_late(&h);
    handshake_end(&h);
}
END_TEST

START_TEST(going_to_and_fro_gains_no_time)
{
    long before, after;
    struct handshake h;
    int i;

    configure("handshake_timeout = 20s");
    half_open(&h);
    for (i = 0; i < 100; i++) {
        before = left(h.server);
        transfer(&h.server);
        after = left(h.server);
        ck_assert_int_le(after, before);
        ck_assert_int_gt(after, 0);
    }
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    handshake_end(&h);
}
END_TEST

/* Exporting makes room in the register; what has no room stays good. */
START_TEST(max_half_open_counts_those_that_were_imported)
{
    struct handshake h[3];
    gss_buffer_desc token;
    OM_uint32 minor;

    configure("max_half_open = 1");
    half_open(&h[0]);
    token = export_token(&h[0].server);
    half_open(&h[1]);
    assert_import_refused(&token, GSS_S_FAILURE,
                          "As many clients as max_half_open allows are in the "
                          "middle of authenticating");
    ck_assert_uint_eq(server_step(&h[1]), GSS_S_COMPLETE);
    h[0].server = import_token(&token);
    handshake_begin(&h[2], &sha_256, "alice", "wonderland");
    client_step(&h[2]);
    ck_assert_uint_eq(server_step(&h[2]), GSS_S_FAILURE);
    ck_assert_uint_eq(server_step(&h[0]), GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    handshake_end(&h[0]);
    handshake_end(&h[1]);
    handshake_end(&h[2]);
}
END_TEST

/* libgssapi has no sentence for an export that failed; the trace has. */
static void
assert_traced(const char *words)
{
    FILE *file = fopen(world_path("trace"), "r");
    char text[4096];
    size_t n;

    ck_assert_ptr_nonnull(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = '\0';
    fclose(file);
    ck_assert_msg(strstr(text, words) != NULL, "%s", text);
}

START_TEST(where_no_ticket_can_be_had_the_context_stays)
{
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;

    setenv("GSS_SCRAM_TRACE", world_path("trace"), 1);
    configure("");
    half_open(&h);
    world_write("scram.conf", "[scram]\n store = %s\n transfer_folder = %s\n",
                world_store(), world_path("nowhere"));
    ck_assert_uint_eq(gss_export_sec_context(&minor, &h.server, &token),
                      GSS_S_UNAVAILABLE);
    assert_traced("not exported: Half-open contexts cannot be handed on");
    assert_traced(".tickets: No such file or directory\n");
    ck_assert_ptr_nonnull(h.server);
    ck_assert_int_gt(left(h.server), 0);
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    ck_assert_uint_eq(client_step(&h), GSS_S_COMPLETE);
    handshake_end(&h);
}
END_TEST

/* SPNEGO does not export before it is done, whatever is in it. */
START_TEST(spnego_exports_when_it_is_done_alone)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_buffer_desc token;
    struct handshake h;
    OM_uint32 minor;

    handshake_begin(&h, &spnego, "alice", "wonderland");
    ck_assert_uint_eq(gss_set_neg_mechs(&minor, h.client_cred, &mechs),
                      GSS_S_COMPLETE);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert(!may_be_exported(h.server));
    ck_assert_uint_eq(gss_export_sec_context(&minor, &h.server, &token),
                      GSS_S_UNAVAILABLE);
    client_step(&h);
    server_step(&h);
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_half_open_context_answers_what_it_answered);
    tcase_add_test(tests, the_second_leg_may_meet_another_process);
    tcase_add_loop_test(
        tests, the_verifier_is_looked_up_where_the_second_leg_is, 0, 2);
    tcase_add_loop_test(tests, who_is_refused_is_refused_elsewhere, 0,
                        COUNT(strangers));
    tcase_add_test(tests, a_password_that_was_changed_meanwhile_is_refused);
    tcase_add_loop_test(tests, bindings_come_with_the_second_leg, 0,
                        COUNT(bound));
    tcase_add_test(tests, a_token_is_good_once);
    tcase_add_test(tests, of_two_processes_one_gets_it);
    tcase_add_test(tests, a_child_and_its_parent_are_two_processes);
    tcase_add_loop_test(tests, the_deadline_is_kept, 0, 2);
    tcase_add_test(tests, an_expired_context_is_not_exported);
    tcase_add_test(tests, going_to_and_fro_gains_no_time);
    tcase_add_test(tests, max_half_open_counts_those_that_were_imported);
    tcase_add_test(tests, where_no_ticket_can_be_had_the_context_stays);
    tcase_add_test(tests, spnego_exports_when_it_is_done_alone);
}

int
main(void)
{
    return world_run("transfer_half_open", add, 60);
}
