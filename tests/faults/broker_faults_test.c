/*
 * Logins that a broker verifies, while each call under them fails in turn: a
 * server is never left with a context that can be used, nor with a connection
 * that is out of step.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/fake_broker.h"
#include "ends.h"
#include "trial.h"

static struct fake_broker broker;
static struct exchange ends;
static gss_cred_id_t cred;

static void
start(void)
{
    ends_configure();
    world_write("scram.conf", "[scram]\n broker = %s\n", world_path("broker"));
    ck_assert(fake_broker_start(&broker, world_path("broker"), world_store(),
                                false, NULL));
}

static void
stop(void)
{
    fake_broker_stop(&broker);
}

static void
begin(void)
{
    ends_begin(&ends, false);
}

/* What is kept of the broker's welcome would spare the call. */
static void
begin_anew(void)
{
    ends_begin(&ends, true);
}

static bool
run(void)
{
    return ends_run(&ends);
}

/* A connection of which the module could not tell whether it is still its own
 * is left open. */
static void
close_unknown(void)
{
    socklen_t size = sizeof(int);
    int fd, type;

    for (fd = 3; fault_unknown && fd < 256; fd++)
        if (fd != broker.daemon.listener &&
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
            type == SOCK_SEQPACKET)
            close(fd);
    fault_unknown = false;
}

static void
release(void)
{
    ends_release(&ends);
    close_unknown();
}

static void
nothing(void)
{
}

static bool
acquire(void)
{
    gss_OID_set_desc desired = {1, &sha_256};
    OM_uint32 minor, major;

    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &desired, GSS_C_ACCEPT,
                             &cred, NULL, NULL);
    if (!trial_failed(major, minor))
        return true;
    ck_assert_ptr_null(cred);
    return false;
}

static void
release_cred(void)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &cred);
    close_unknown();
}

static const struct trial trials[] = {
    {begin, run, NULL, release},
    {begin_anew, run, NULL, release},
    {nothing, acquire, NULL, release_cred},
};

START_TEST(a_login_is_whole_or_refused)
{
    trial_run(&trials[_i]);
}
END_TEST

START_TEST(a_first_login_that_fails_spoils_none)
{
    trial_run_cold(&trials[_i]);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, a_login_is_whole_or_refused, 0, COUNT(trials));
    tcase_add_loop_test(tests, a_first_login_that_fails_spoils_none, 0,
                        COUNT(trials));
}

int
main(void)
{
    return world_run("broker_faults", add, 300);
}
