/*
 * A server whose users are in a directory that is no good: a login fails in
 * time, and both sides are told so (DESIGN's table of outcomes).
 */
#include "world.h"

#include <string.h>
#include <time.h>

#include "../unit/listener.h"

/* In milliseconds: what is waited for, and how much longer a busy machine may
 * take. */
#define TOTAL 600
#define LATE 5000

static struct listener listener;

static void
configure(enum listener_kind kind, const char *more)
{
    listener_start(&listener, kind);
    world_write("scram.conf",
                "[scram]\n store = %s\n ldap_base = dc=example\n"
                " ldap_connect_timeout = 200ms\n ldap_lookup_timeout = 200ms\n"
                " ldap_total_timeout = %dms\n%s\n",
                listener.url, TOTAL, more);
}

static long
milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the library says of a minor code of ours. */
static bool
says(OM_uint32 minor_code, const char *words)
{
    OM_uint32 minor, more = 0;
    gss_buffer_desc text;
    bool found;

    ck_assert_uint_eq(gss_display_status(&minor, minor_code, GSS_C_MECH_CODE,
                                         &sha_256, &more, &text),
                      GSS_S_COMPLETE);
    found = memmem(text.value, text.length, words, strlen(words)) != NULL;
    gss_release_buffer(&minor, &text);
    return found;
}

static const struct {
    enum listener_kind kind;
    const char *more;
} bad[] = {
    {LISTENER_SILENT, ""},  {LISTENER_SILENT, " ldap_tls = starttls"},
    {LISTENER_TRICKLE, ""}, {LISTENER_RESET, ""},
    {LISTENER_RUBBISH, ""}, {LISTENER_HUGE, ""},
};

START_TEST(a_login_fails_in_time_and_both_sides_are_told)
{
    struct handshake h;
    long began;

    configure(bad[_i].kind, bad[_i].more);
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    /* The server has a credential now, which takes no directory. */
    ck_assert_uint_eq(listener.connections, 0);
    client_step(&h);
    began = milliseconds();
    ck_assert_uint_eq(server_step(&h), GSS_S_FAILURE);
    ck_assert_int_lt(milliseconds() - began, TOTAL + LATE);
    ck_assert(says(h.server_minor, listener.url));
    ck_assert_uint_eq(h.to_client.length, strlen("e=other-error"));
    ck_assert_mem_eq(h.to_client.value, "e=other-error", h.to_client.length);
    ck_assert_ptr_null(h.server);
    ck_assert_uint_eq(client_step(&h), GSS_S_FAILURE);
    handshake_end(&h);
}
END_TEST

START_TEST(who_is_not_there_is_refused_at_the_end_and_not_before)
{
    struct handshake h;

    configure(LISTENER_EMPTY, "");
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(listener.questions, 1);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_BAD_SIG);
    ck_assert_mem_eq(h.to_client.value, "e=invalid-proof",
                     strlen("e=invalid-proof"));
    handshake_end(&h);
}
END_TEST

START_TEST(what_makes_no_sense_is_said_when_the_credential_is_acquired)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;

    configure(LISTENER_EMPTY, " ldap_filter = (uid=*)");
    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                       GSS_C_ACCEPT, &cred, NULL, NULL),
                      GSS_S_NO_CRED);
    ck_assert(says(minor, "ldap_filter"));
    ck_assert_uint_eq(listener.connections, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_login_fails_in_time_and_both_sides_are_told, 0,
                        COUNT(bad));
    tcase_add_test(tests,
                   who_is_not_there_is_refused_at_the_end_and_not_before);
    tcase_add_test(tests,
                   what_makes_no_sense_is_said_when_the_credential_is_acquired);
}

int
main(void)
{
    return world_run("gss ldap", add, 60);
}
