/*
 * The deadline and the register of half-open contexts, as a server sees them.
 */
#include "world.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static gss_OID_desc time_left = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                                 (void *)GSS_SCRAM_TIME_LEFT_OID};

static void
configure(const char *timeout, unsigned max_half_open)
{
    world_write("scram.conf",
                "[scram]\n store = %s\n handshake_timeout = %s\n"
                " max_half_open = %u\n",
                world_store(), timeout, max_half_open);
}

static void
half_open(struct handshake *h)
{
    handshake_begin(h, &sha_256, "alice", "wonderland");
    client_step(h);
    server_step(h);
}

/* What the mechanism says is left, or -1 where it does not answer. */
static long
left(gss_ctx_id_t context)
{
    gss_buffer_set_t set;
    OM_uint32 minor;
    uint8_t *bytes;
    long ms;

    if (gss_inquire_sec_context_by_oid(&minor, context, &time_left, &set) !=
        GSS_S_COMPLETE)
        return -1;
    ck_assert_uint_eq(set->count, 1);
    ck_assert_uint_eq(set->elements[0].length, 4);
    bytes = set->elements[0].value;
    ms = (long)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    gss_release_buffer_set(&minor, &set);
    return ms;
}

static void
wait_until_expired(gss_ctx_id_t context)
{
    while (left(context) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

START_TEST(a_server_may_ask_how_long_it_may_wait)
{
    struct handshake h;
    OM_uint32 minor, seconds;

    configure("20s", 10);
    half_open(&h);
    ck_assert_uint_eq(h.server_major, GSS_S_CONTINUE_NEEDED);
    ck_assert_int_gt(left(h.server), 10000);
    ck_assert_int_le(left(h.server), 20000);
    ck_assert_uint_eq(gss_context_time(&minor, h.server, &seconds),
                      GSS_S_COMPLETE);
    ck_assert_uint_gt(seconds, 10);
    ck_assert_uint_le(seconds, 20);
    /* Rounded up: who waits for as long as that has waited long enough. */
    while (left(h.server) == 20000)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    ck_assert_uint_eq(gss_context_time(&minor, h.server, &seconds),
                      GSS_S_COMPLETE);
    ck_assert_int_ge((int)seconds * 1000, left(h.server));

    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    ck_assert_int_eq(left(h.server), -1);
    ck_assert_uint_eq(gss_context_time(&minor, h.server, &seconds),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(seconds, GSS_C_INDEFINITE);
    handshake_end(&h);
}
END_TEST

START_TEST(an_answer_after_the_deadline_is_refused)
{
    struct handshake h;
    OM_uint32 minor, seconds;

    configure("100ms", 10);
    half_open(&h);
    client_step(&h);
    wait_until_expired(h.server);
    ck_assert_int_eq(left(h.server), 0);
    ck_assert_uint_eq(gss_context_time(&minor, h.server, &seconds),
                      GSS_S_CONTEXT_EXPIRED);
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    ck_assert(buffer_is(&h.to_client, "e=other-error"));
    ck_assert_str_eq(
        sentence_of(h.server_minor, h.mech),
        "The client took longer to answer than handshake_timeout allows");
    ck_assert_uint_eq(client_step(&h), GSS_S_FAILURE);
    ck_assert_str_eq(sentence_of(h.client_minor, h.mech),
                     "The server refused: other-error. The server's log says "
                     "why, for instance too many wrong passwords for the "
                     "user, or a store that cannot be used");
    ck_assert_uint_eq(server_step(&h), GSS_S_NO_CONTEXT);
    handshake_end(&h);
}
END_TEST

/* Wait by the clock alone, without a call that might find what is over. */
static void
wait_by_the_clock(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0)
        ;
}

/* The same where nothing was asked meanwhile, so that the answer itself is
 * what finds the deadline passed. */
START_TEST(an_answer_finds_the_deadline_by_itself)
{
    struct handshake h;

    configure("100ms", 10);
    half_open(&h);
    client_step(&h);
    wait_by_the_clock(101);
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    ck_assert(buffer_is(&h.to_client, "e=other-error"));
    ck_assert_ptr_null(h.user);
    ck_assert(GSS_ERROR(client_step(&h)));
    handshake_end(&h);
}
END_TEST

/* Nor does it matter what was, of this one or of others: each counts for
 * itself. */
START_TEST(an_answer_is_late_whoever_else_is_not)
{
    struct handshake h[3];
    int i;

    configure("100ms", 10);
    half_open(&h[0]);
    client_step(&h[0]);
    wait_by_the_clock(101);
    configure("20s", 10);
    for (i = 1; i < 3; i++)
        half_open(&h[i]);
    client_step(&h[1]);
    ck_assert_uint_eq(server_step(&h[1]), GSS_S_COMPLETE);
    ck_assert_uint_eq(server_step(&h[0]), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    client_step(&h[2]);
    ck_assert_uint_eq(server_step(&h[2]), GSS_S_COMPLETE);
    for (i = 0; i < 3; i++)
        handshake_end(&h[i]);
}
END_TEST

START_TEST(at_max_half_open_the_oldest_gives_way_and_is_told_so)
{
    struct handshake h[3];
    int i;

    configure("20s", 2);
    for (i = 0; i < 3; i++) {
        half_open(&h[i]);
        ck_assert_uint_eq(h[i].server_major, GSS_S_CONTINUE_NEEDED);
    }
    ck_assert_int_eq(left(h[0].server), 0);
    ck_assert_int_gt(left(h[1].server), 0);
    client_step(&h[0]);
    ck_assert_uint_eq(server_step(&h[0]), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    ck_assert(buffer_is(&h[0].to_client, "e=other-error"));
    ck_assert_str_eq(sentence_of(h[0].server_minor, &sha_256),
                     "Newer clients took the place of this one before it "
                     "answered: as many as max_half_open allows were in the "
                     "middle of authenticating");
    for (i = 1; i < 3; i++) {
        client_step(&h[i]);
        ck_assert_uint_eq(server_step(&h[i]), GSS_S_COMPLETE);
    }
    for (i = 0; i < 3; i++)
        handshake_end(&h[i]);
}
END_TEST

START_TEST(established_contexts_do_not_count)
{
    struct handshake h[4];
    int i;

    configure("20s", 1);
    for (i = 0; i < 4; i++) {
        handshake_begin(&h[i], &sha_256, "alice", "wonderland");
        handshake_run(&h[i]);
        ck_assert(handshake_is_complete(&h[i]));
    }
    for (i = 0; i < 4; i++)
        handshake_end(&h[i]);
}
END_TEST

START_TEST(a_child_goes_on_with_its_parent_s)
{
    struct handshake h[2];
    pid_t child;
    int status;

    configure("20s", 2);
    half_open(&h[0]);
    child = fork();
    if (child == 0) {
        half_open(&h[1]);
        client_step(&h[0]);
        _exit(h[1].server_major == GSS_S_CONTINUE_NEEDED &&
                      server_step(&h[0]) == GSS_S_COMPLETE
                  ? 0
                  : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    client_step(&h[0]);
    ck_assert_uint_eq(server_step(&h[0]), GSS_S_COMPLETE);
    handshake_end(&h[0]);
}
END_TEST

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

/* The first tokens of a negotiation that ends with this mechanism. */
static void
negotiate(struct handshake *h)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    OM_uint32 minor;

    handshake_begin(h, &spnego, "alice", "wonderland");
    ck_assert_uint_eq(gss_set_neg_mechs(&minor, h->client_cred, &mechs),
                      GSS_S_COMPLETE);
    client_step(h);
    ck_assert_uint_eq(server_step(h), GSS_S_CONTINUE_NEEDED);
}

/* A program that asks GSS_ERROR takes the client for a stranger, whoever makes
 * of the status what. */
START_TEST(spnego_refuses_an_answer_after_the_deadline)
{
    struct handshake h;

    configure("100ms", 10);
    negotiate(&h);
    client_step(&h);
    ck_assert_uint_eq(h.client_major, GSS_S_CONTINUE_NEEDED);
    wait_until_expired(h.server);
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    ck_assert_ptr_null(h.user);
    ck_assert(GSS_ERROR(client_step(&h)));
    handshake_end(&h);
}
END_TEST

START_TEST(spnego_passes_the_deadline_on)
{
    struct handshake h;
    OM_uint32 minor, seconds;

    configure("20s", 10);
    negotiate(&h);
    ck_assert_int_gt(left(h.server), 10000);
    ck_assert_int_le(left(h.server), 20000);
    ck_assert_uint_eq(gss_context_time(&minor, h.server, &seconds),
                      GSS_S_COMPLETE);
    ck_assert_uint_le(seconds, 20);
    while (h.client_major == GSS_S_CONTINUE_NEEDED) {
        client_step(&h);
        if (h.to_server.length != 0)
            server_step(&h);
    }
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_server_may_ask_how_long_it_may_wait);
    tcase_add_test(tests, an_answer_after_the_deadline_is_refused);
    tcase_add_test(tests, an_answer_finds_the_deadline_by_itself);
    tcase_add_test(tests, an_answer_is_late_whoever_else_is_not);
    tcase_add_test(tests, at_max_half_open_the_oldest_gives_way_and_is_told_so);
    tcase_add_test(tests, established_contexts_do_not_count);
    tcase_add_test(tests, a_child_goes_on_with_its_parent_s);
    tcase_add_test(tests, spnego_passes_the_deadline_on);
    tcase_add_test(tests, spnego_refuses_an_answer_after_the_deadline);
}

int
main(void)
{
    return world_run("deadline", add, 60);
}
