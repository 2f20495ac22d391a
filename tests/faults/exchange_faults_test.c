/*
 * A whole exchange, while each call under it fails in turn: no side is ever
 * left with a context that can be used.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "ends.h"
#include "trial.h"

static struct exchange ends;

/* The leg that failed, if any: what it was given is in to_server or to_client
 * still. */
static enum { NONE, CLIENT, SERVER } failed;

static bool
run(void)
{
    OM_uint32 client, server;

    failed = CLIENT;
    do {
        client = ends_client_leg(&ends);
        if (GSS_ERROR(client))
            return false;
        if (ends.to_server.length == 0)
            break;
        server = ends_server_leg(&ends);
        if (GSS_ERROR(server)) {
            failed = SERVER;
            return false;
        }
    } while (true);
    failed = NONE;
    ck_assert_uint_eq(client, GSS_S_COMPLETE);
    ck_assert_uint_eq(server, GSS_S_COMPLETE);
    ends_assert_whole(&ends);
    return true;
}

static void
assert_useless(gss_ctx_id_t context)
{
    gss_buffer_desc text = {5, (void *)"hello"}, token;
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_wrap(&minor, context, 1, GSS_C_QOP_DEFAULT, &text, NULL, &token),
        GSS_S_NO_CONTEXT);
    ck_assert_uint_eq(gss_inquire_context(&minor, context, NULL, NULL, NULL,
                                          NULL, NULL, NULL, NULL),
                      GSS_S_NO_CONTEXT);
}

/* The same token again, which is as right as it was: a side that has refused
 * does not change its mind. */
static void
the_refusal_stays(void)
{
    if (failed == CLIENT && ends.client != GSS_C_NO_CONTEXT) {
        ck_assert_uint_eq(ends_client_leg(&ends), GSS_S_NO_CONTEXT);
        assert_useless(ends.client);
    }
    if (failed == SERVER && ends.server != GSS_C_NO_CONTEXT) {
        ck_assert_uint_eq(ends_server_leg(&ends), GSS_S_NO_CONTEXT);
        assert_useless(ends.server);
    }
}

static void
begin(void)
{
    ends_begin(&ends, false);
}

static void
begin_with_defaults(void)
{
    ends_begin(&ends, true);
}

static void
end(void)
{
    ends_release(&ends);
}

static const struct trial trials[] = {
    {begin, run, the_refusal_stays, end},
    {begin_with_defaults, run, the_refusal_stays, end},
};

START_TEST(an_exchange_that_fails_leaves_no_context)
{
    trial_run(&trials[_i]);
}
END_TEST

START_TEST(a_first_exchange_that_fails_spoils_none)
{
    trial_run_cold(&trials[1]);
}
END_TEST

/* This program once more, which does the test below alone. */
START_TEST(a_module_whose_loading_failed_works)
{
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        setenv(FAULT_AT_LOAD, "1", 1);
        execl("/proc/self/exe", "exchange_faults_test", NULL);
        _exit(EXIT_FAILURE);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(an_exchange_works)
{
    ck_assert_ptr_nonnull(fault_where());
    begin_with_defaults();
    ck_assert(run());
    end();
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, ends_configure, NULL);
    if (getenv(FAULT_AT_LOAD) != NULL) {
        tcase_add_test(tests, an_exchange_works);
        return;
    }
    tcase_add_test(tests, a_module_whose_loading_failed_works);
    tcase_add_loop_test(tests, an_exchange_that_fails_leaves_no_context, 0,
                        COUNT(trials));
    tcase_add_test(tests, a_first_exchange_that_fails_spoils_none);
}

int
main(void)
{
    fault_disarm();
    return world_run("exchange_faults", add, 300);
}
