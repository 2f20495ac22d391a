/*
 * Logins whose proofs gss-scram-agent computes, while each call of the client's
 * under them fails in turn: where it cannot be asked there is the file, or a
 * sentence; a login that comes to its end is whole, and the next one finds the
 * connection in step. The agent is the program itself, whose calls all work.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gss/world_agent.h"
#include "ends.h"
#include "trial.h"

static struct exchange ends;

static void
start(void)
{
    ends_configure();
    world_agent_start();
    world_agent_keep(&world_agent_alice);
}

/* Connections to the agent are the only ones of their kind here. */
static void
close_connections(void)
{
    socklen_t size = sizeof(int);
    int fd, type;

    for (fd = 3; fd < 256; fd++)
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
            type == SOCK_SEQPACKET)
            close(fd);
}

/* One of which the module could not tell whether it is still its own is left
 * open. */
static void
close_unknown(void)
{
    if (fault_unknown)
        close_connections();
    fault_unknown = false;
}

static void
begin(void)
{
    ends_begin(&ends, true);
}

/* No connection is there that was kept. */
static void
begin_anew(void)
{
    begin();
    close_connections();
}

/* An agent derives keys for no more than so many times without a pause. */
#define TURNS 16

/* Up to the proof. The password is given anew, so that its keys are derived
 * anew and the agent says that it works before it answers. */
static void
begin_underived(void)
{
    static int turns;

    if (++turns % TURNS == 0) {
        world_agent_stop();
        world_agent_start();
    }
    world_agent_keep(&world_agent_alice);
    begin();
    ck_assert_uint_eq(ends_client_leg(&ends), GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(ends_server_leg(&ends), GSS_S_CONTINUE_NEEDED);
}

static void
begin_with_file(void)
{
    begin();
    world_write("credentials", "[*]\nuser = alice\npassword = wonderland\n");
    ck_assert_int_eq(chmod(world_path("credentials"), 0600), 0);
}

static bool
run(void)
{
    return ends_run(&ends);
}

static bool
prove(void)
{
    bool paused;

    if (GSS_ERROR(ends_client_leg(&ends)))
        return false;
    paused = fault_pause();
    ck_assert_uint_eq(ends_server_leg(&ends), GSS_S_COMPLETE);
    ck_assert_uint_eq(ends_client_leg(&ends), GSS_S_COMPLETE);
    ends_assert_whole(&ends);
    fault_resume(paused);
    return true;
}

static void
release(void)
{
    ends_release(&ends);
    close_unknown();
    remove(world_path("credentials"));
}

/* The agent's own credential: whom it is for, and for how long. */
static bool
acquire_and_run(void)
{
    gss_OID_set_desc desired = {1, &sha_256};
    OM_uint32 minor, seconds, major;

    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &desired, GSS_C_INITIATE,
                             &ends.client_cred, NULL, &seconds);
    if (trial_failed_with_sentence(major, minor)) {
        ck_assert_ptr_null(ends.client_cred);
        return false;
    }
    ck_assert(seconds > 3000 && seconds <= 3600);
    return run();
}

static const struct trial trials[] = {
    {begin, acquire_and_run, NULL, release},
    {begin, run, NULL, release},
    {begin_anew, run, NULL, release},
    {begin_with_file, run, NULL, release},
    {begin_underived, prove, NULL, release},
};

START_TEST(a_login_is_whole_or_refused)
{
    trial_run(&trials[_i]);
}
END_TEST

START_TEST(a_first_login_that_fails_spoils_none)
{
    trial_run_cold(&trials[0]);
}
END_TEST

/* Of the calls by which the agent is asked. */
static bool
is_asking(const char *call)
{
    static const char *const calls[] = {"socket",  "connect",    "getsockopt",
                                        "sendmsg", "setsockopt", "recvmsg"};
    size_t i;

    for (i = 0; i < COUNT(calls); i++)
        if (strcmp(call, calls[i]) == 0)
            return true;
    return false;
}

START_TEST(whatever_keeps_the_agent_from_being_asked_there_is_the_file)
{
    const char *where;
    unsigned n = 0, asking = 0;
    OM_uint32 major;

    do {
        begin_with_file();
        close_connections();
        n++;
        fault_arm(n, n);
        major = ends_client_leg(&ends);
        fault_disarm();
        where = fault_where();
        if (where == NULL || is_asking(where)) {
            ck_assert_msg(major == GSS_S_CONTINUE_NEEDED, "call %u, %s", n,
                          where);
            asking++;
        }
        release();
    } while (where != NULL);
    ck_assert_uint_gt(asking, 6);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, world_agent_stop);
    tcase_add_loop_test(tests, a_login_is_whole_or_refused, 0, COUNT(trials));
    tcase_add_test(tests, a_first_login_that_fails_spoils_none);
    tcase_add_test(tests,
                   whatever_keeps_the_agent_from_being_asked_there_is_the_file);
}

int
main(void)
{
    return world_run("agent_faults", add, 300);
}
